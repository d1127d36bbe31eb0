"""The points that work gives: for handing it in, on time or late, and for its grade. Registered with the points app.

Only what staff have verified counts. What was handed in nobody knows when counts as in time: that is how records of
earlier programmes come, and a missing time is not the student's fault.
"""

from collections.abc import Collection

from django.db.models import (
    Case,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    ExpressionWrapper,
    F,
    Func,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.assignments.choices import SubmissionState, Timeliness
from sms.assignments.models import Assignment, Submission
from sms.assignments.queries import counted_grades, with_timeliness
from sms.points.choices import Unit
from sms.points.models import LedgerEntry
from sms.points.sources import Kind, PointsSource
from sms.programme.models import MissionEnrollment

ON_TIME, LATE, GRADE = "assignments.on_time", "assignments.late", "assignments.grade"
NUMBER = DecimalField(max_digits=12, decimal_places=4)
PERCENT = Value(100, output_field=NUMBER)


def handing_in_events(mission_enrollments: QuerySet[MissionEnrollment]) -> QuerySet[Submission]:
    """One event for each submission that was not too late; the amount is the share that late work keeps."""
    return (
        _verified(mission_enrollments)
        .exclude(timeliness=Timeliness.TOO_LATE)
        .annotate(
            kind_key=Case(
                When(timeliness=Timeliness.LATE, then=Value(LATE)), default=Value(ON_TIME), output_field=CharField()
            ),
            amount=Cast(F("share"), NUMBER),
        )
    )


def grade_events(mission_enrollments: QuerySet[MissionEnrollment]) -> QuerySet[Submission]:
    """One event for each grade that counts: its part of the points of the assignment, less what late work loses."""
    points = F("assignment__max_points") * F("grade") / PERCENT * F("share")
    return counted_grades(_verified(mission_enrollments)).annotate(
        kind_key=Value(GRADE, CharField()), amount=ExpressionWrapper(points, output_field=NUMBER)
    )


def _verified(mission_enrollments: QuerySet[MissionEnrollment]) -> QuerySet[Submission]:
    """With what both sources say of an event. Its day is the one on which the work came in, in the batch's timezone."""
    came_in = Coalesce("submitted_at", "assignment__due_at")
    local = Func(F("assignment__mission__batch__timezone"), came_in, function="timezone", output_field=DateTimeField())
    submissions = Submission.objects.filter(mission_enrollment__in=mission_enrollments, state=SubmissionState.VERIFIED)
    return with_timeliness(submissions).annotate(
        reference=Cast(F("assignment_id"), CharField()), day=Cast(local, DateField()), by=F("recorded_by")
    )


def titles(references: Collection[str]) -> dict[str, str]:
    """What the assignments of these references are called."""
    return {str(pk): title for pk, title in Assignment.objects.filter(pk__in=references).values_list("pk", "title")}


def explain_handing_in(entry: LedgerEntry) -> str:
    if entry.kind == LATE:
        return _("%(title)s: handed in late") % {"title": _title(entry)}
    return _("%(title)s: handed in on time") % {"title": _title(entry)}


def explain_grade(entry: LedgerEntry) -> str:
    return _("%(title)s: grade") % {"title": _title(entry)}


def _title(entry: LedgerEntry) -> str:
    """A list of entries looks all its titles up at once and leaves them as `found`."""
    found = getattr(entry, "found", None) or titles([entry.reference]).get(entry.reference)
    return found or _("An assignment that is gone")


HANDING_IN = PointsSource(
    key="assignments.handing_in",
    kinds={ON_TIME: Kind(gettext_lazy("Work on time"), 10), LATE: Kind(gettext_lazy("Late work"), 5)},
    events=handing_in_events,
    explain=explain_handing_in,
    title=gettext_lazy("Handing in work"),
    look_up=titles,
)
GRADES = PointsSource(
    key="assignments.grade",
    kinds={GRADE: Kind(gettext_lazy("Grade of an assignment"), 100, Unit.PERCENT)},
    events=grade_events,
    explain=explain_grade,
    title=gettext_lazy("Grades"),
    look_up=titles,
)
