"""States of a submission."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SubmissionState(TextChoices):
    """A student's own word is claimed until staff have verified it."""

    CLAIMED = "claimed", _("claimed")
    VERIFIED = "verified", _("verified")
