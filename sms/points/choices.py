"""Words of the ledger: why an entry was written, what a rule counts, how far in front a student is."""

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


class Band(TextChoices):
    """How far in front a student is. Nobody is told that they are last."""

    TENTH = "tenth", _("in the first 10%")
    QUARTER = "quarter", _("in the first 25%")
    HALF = "half", _("in the first half")
    REST = "rest", _("on the way to the first half")
