"""Reading assignments and what was handed in for them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from sms.accounts.models import User
from sms.assignments.models import Assignment, Evidence, Instructions, Submission
from sms.assignments.queries.lateness import with_own_due
from sms.core import clock
from sms.programme import queries as programme
from sms.programme.choices import MissionStatus
from sms.programme.models import MissionEnrollment


@dataclass(frozen=True)
class Work:
    """Assignments, the latest first, each with `handed_in`: a list with the student's submission, or an empty one."""

    assignments: list[Assignment]

    @property
    def handed_in(self) -> int:
        return sum(bool(each.handed_in) for each in self.assignments)


def visible_to(user: User) -> QuerySet[Assignment]:
    """All for staff; for a mentor those of the missions in which they guide somebody; for a student those of their own
    missions that have opened or will.
    """
    assignments = Assignment.objects.select_related("mission__batch")
    if user.has_perm("assignments.view_all_assignments"):
        return assignments
    seen = Q(
        mission__in=programme.own(user).order_by().values("mission"),
        mission__status__in=(MissionStatus.ACTIVE, MissionStatus.COMPLETED),
    )
    if user.has_perm("mentoring.view_own_students"):
        seen |= Q(mission__in=programme.assigned_to(user).order_by().values("mission"))
    return assignments.filter(seen)


def next_deadlines(mission_enrollments: Iterable[MissionEnrollment], limit: int = 4) -> QuerySet[Assignment]:
    """What is due soonest for a student who takes part in these ways, from now on, with `own_due_at`."""
    students = list(mission_enrollments)
    assignments = Assignment.objects.filter(mission__in=[student.mission_id for student in students])
    ahead = with_own_due(assignments, [student.pk for student in students]).filter(own_due_at__gt=clock.now())
    return ahead.select_related("mission__batch").order_by("own_due_at", "pk")[:limit]


def submissions_visible_to(user: User) -> QuerySet[Submission]:
    """Submissions of the students whom the person may see: staff all, a mentor their students', a student their own."""
    return Submission.objects.filter(mission_enrollment__in=programme.visible_to(user).values("pk"))


def submissions_for(user: User, assignment: Assignment) -> QuerySet[Submission]:
    """What the person may see of what was handed in for an assignment, by the name of the student."""
    return (
        submissions_visible_to(user)
        .filter(assignment=assignment)
        .select_related("mission_enrollment__enrollment__student", "mission_enrollment__mission")
        .order_by("mission_enrollment__enrollment__student__name", "pk")
    )


def with_submission_counts(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Adds `submission_count`. A subquery, which is worked out for the rows of the page alone."""
    counted = Submission.objects.filter(assignment=OuterRef("pk")).order_by().values("assignment")
    return assignments.annotate(submission_count=Coalesce(Subquery(counted.values(n=Count("pk"))), 0))


def work_of(student: MissionEnrollment) -> Work:
    """What the student's mission has asked for so far, and what was handed in before it was due."""
    assignments = with_own_due(Assignment.objects.filter(mission=student.mission_id), [student.pk])
    assignments = assignments.order_by("-own_due_at", "-pk")
    by_assignment = {submission.assignment_id: submission for submission in student.submissions.all()}
    for each in assignments:
        each.handed_in = [by_assignment[each.pk]] if each.pk in by_assignment else []
    return Work([each for each in assignments if each.handed_in or each.own_due_at <= clock.now()])


def assignments_in_use(pks: Iterable[int]) -> set[int]:
    """Which of these assignments something was handed in for."""
    pks = list(pks)
    return {
        pk
        for model in (Submission, Evidence)
        for pk in model.objects.filter(assignment__in=pks).order_by().values_list("assignment", flat=True).distinct()
    }


def instructions_of(assignment: Assignment) -> str:
    """In Markdown; empty where nobody wrote any."""
    return Instructions.objects.filter(assignment=assignment).values_list("text", flat=True).first() or ""
