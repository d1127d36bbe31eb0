"""Why a ledger entry was written."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Cause(TextChoices):
    RECORDED = "recorded", _("recorded")
    CORRECTED = "corrected", _("corrected")
    RULE_CHANGED = "rule_changed", _("the rule changed")
    REMOVED = "removed", _("removed")


class Unit(TextChoices):
    """What the number of a rule counts."""

    POINTS = "points", _("points")
    PERCENT = "percent", _("percent")
