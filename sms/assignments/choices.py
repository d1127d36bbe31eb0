"""States of a submission, and where a grade comes from."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SubmissionState(TextChoices):
    """A student's own word is claimed until staff have verified it."""

    CLAIMED = "claimed", _("claimed")
    VERIFIED = "verified", _("verified")


class GradeSource(TextChoices):
    """Whether a person gave the grade on its page, or a file brought it."""

    HAND = "hand", _("by hand")
    FILE = "file", _("by file")
