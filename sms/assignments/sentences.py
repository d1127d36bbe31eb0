"""What the rules of an assignment say to people."""

from django.utils.translation import gettext as _

from sms.assignments.models import Assignment


def late_sentence(assignment: Assignment) -> str:
    """What becomes of late work. Until when it is taken stands beside, as a time."""
    if not assignment.accepts_late:
        return _("Late work is not taken.")
    if assignment.late_per_day and assignment.late_floor < assignment.late_share:
        return _(
            "Late work keeps %(share)d%% of its points, %(loss)d%% less after each full day, and at least %(floor)d%%."
        ) % {"share": assignment.late_share, "loss": assignment.late_per_day, "floor": assignment.late_floor}
    if assignment.late_share < 100:
        return _("Late work keeps %(share)d%% of its points.") % {"share": assignment.late_share}
    return _("Late work is taken; its grade counts in full.")
