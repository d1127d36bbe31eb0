"""Lateness in SQL: the rule of sms/assignments/lateness.py, for many submissions at once."""

from collections.abc import Collection, Iterable

from django.db.models import (
    Case,
    CharField,
    DecimalField,
    DurationField,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Floor, Greatest

from sms.assignments.choices import Timeliness
from sms.assignments.models import Assignment, Extension, Submission
from sms.programme.models import MissionEnrollment

SECONDS_OF_A_DAY = 86_400
SHARE = DecimalField(max_digits=5, decimal_places=2)


class Seconds(Func):
    """The length of an interval, exactly."""

    template = "EXTRACT(EPOCH FROM (%(expressions)s))"
    output_field = DecimalField(max_digits=20, decimal_places=6)


def open_extension(mission_enrollment: str, assignment: str) -> QuerySet[Extension]:
    """For a subquery: the extension that holds; the names lead to the student and the assignment of the outer row."""
    return Extension.objects.filter(
        mission_enrollment=OuterRef(mission_enrollment), assignment=OuterRef(assignment), revoked_at=None
    ).order_by()


def with_own_due(assignments: QuerySet[Assignment], students: Iterable[int]) -> QuerySet[Assignment]:
    """Adds `own_due_at`, when each is due for the one of these mission enrollments that takes part in its mission."""
    extended = Extension.objects.filter(assignment=OuterRef("pk"), mission_enrollment__in=students, revoked_at=None)
    return assignments.annotate(own_due_at=Greatest("due_at", Subquery(extended.order_by().values("due_at")[:1])))


def due_times(students: Collection[MissionEnrollment]) -> QuerySet:
    """(mission enrollment, when it is due for them) of all that the missions of these students ask for."""
    extended = Subquery(open_extension("pk", "mission__assignments").values("due_at"))
    return (
        MissionEnrollment.objects.filter(
            pk__in=[student.pk for student in students], mission__assignments__isnull=False
        )
        .order_by()
        .annotate(own_due_at=Greatest("mission__assignments__due_at", extended))
        .values_list("pk", "own_due_at")
    )


def with_timeliness(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Adds `own_due_at`, `timeliness` and `share`, the part of the points from 0 to 1."""
    extended = Subquery(open_extension("mission_enrollment", "assignment").values("due_at"))
    no_end = Q(assignment__late_until=None) | Q(submitted_at__lte=F("assignment__late_until"))
    delay = ExpressionWrapper(F("submitted_at") - F("own_due_at"), output_field=DurationField())
    days = Floor(Seconds(delay) / Value(SECONDS_OF_A_DAY))
    percent = Greatest(F("assignment__late_floor"), F("assignment__late_share") - F("assignment__late_per_day") * days)
    return submissions.annotate(
        # GREATEST passes over NULL: without an extension the due time of the assignment stands.
        own_due_at=Greatest("assignment__due_at", extended),
        timeliness=Case(
            When(submitted_at=None, then=Value(Timeliness.UNKNOWN.value)),
            When(submitted_at__lte=F("own_due_at"), then=Value(Timeliness.ON_TIME.value)),
            When(no_end, assignment__accepts_late=True, then=Value(Timeliness.LATE.value)),
            default=Value(Timeliness.TOO_LATE.value),
            output_field=CharField(),
        ),
        share=Case(
            When(timeliness=Timeliness.LATE, then=Cast(percent, SHARE) / Value(100, output_field=SHARE)),
            When(timeliness=Timeliness.TOO_LATE, then=Value(0, output_field=SHARE)),
            default=Value(1, output_field=SHARE),
            output_field=SHARE,
        ),
    )
