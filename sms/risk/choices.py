"""Labels of a student's standing, and the readable rule behind each."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RiskLabel(TextChoices):
    ON_TRACK = "on_track", _("on track")
    WATCH = "watch", _("watch")
    AT_RISK = "at_risk", _("at risk")
    CRITICAL = "critical", _("critical")


TONE = {
    RiskLabel.ON_TRACK: "good",
    RiskLabel.WATCH: "warn",
    RiskLabel.AT_RISK: "bad",
    RiskLabel.CRITICAL: "bad",
}

# The label is the gravest whose rule holds: attendance below the share, or days absent in a row.
RULES = (
    (RiskLabel.CRITICAL, 40, 5),
    (RiskLabel.AT_RISK, 60, 3),
    (RiskLabel.WATCH, 80, 2),
)

WINDOW_DAYS = 14
