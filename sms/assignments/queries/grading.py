"""Reading grades: what waits for one, what was given, and what of it is out.

Only `own_grade` is for students. It starts at `Submission.grade`, which is empty until the grade is out.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, DecimalField, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce, Floor, Least

from sms.accounts.models import User
from sms.assignments.choices import GradeSource
from sms.assignments.models import Assignment, Grade, GradePart, GradeRelease, Submission
from sms.core import bulk
from sms.programme import queries as programme
from sms.programme.models import Mission, MissionEnrollment

BANDS = 10
Key = tuple[int, int]


@dataclass(frozen=True)
class Figures:
    """Of one assignment: how many submissions there are and how many have a grade, and how many grades lie in each
    tenth of the scale; full marks count to the last.
    """

    handed_in: int
    bands: list[int]

    @property
    def graded(self) -> int:
        return sum(self.bands)

    @property
    def waiting(self) -> int:
        return self.handed_in - self.graded


def gradable_by(user: User) -> QuerySet[Submission]:
    """What the person may grade: with assignments.grade_all everyone's, a mentor their students'. Never one's own."""
    return (
        Submission.objects.filter(mission_enrollment__in=_students_of(user).order_by().values("pk"))
        .exclude(mission_enrollment__enrollment__student=user)
        .annotate(waiting_since=Coalesce("submitted_at", "recorded_at"))
    )


def may_grade(user: User, submission: Submission) -> bool:
    may = user.has_perm("assignments.grade_own_students") or user.has_perm("assignments.grade_all")
    return may and gradable_by(user).filter(pk=submission.pk).exists()


def queue_of(user: User) -> QuerySet[Submission]:
    """What waits for a grade, the oldest first, of students who still take part."""
    return (
        gradable_by(user)
        .filter(programme.taking_part("mission_enrollment__"), ~Exists(_current_grade(OuterRef("pk"))))
        .order_by("waiting_since", "pk")
    )


def with_people(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Loads student, assignment, mission and batch of the rows that are shown: for staff a hundred times as many wait,
    and joined to all of these they would be sorted as wide rows.
    """
    return submissions.prefetch_related(
        "mission_enrollment__enrollment__student", "mission_enrollment__mission", "assignment__mission__batch"
    )


def missions_to_grade(user: User) -> QuerySet[Mission]:
    """Of the students whose work the person may grade."""
    return Mission.objects.filter(pk__in=_students_of(user).order_by().values("mission"))


def graded(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Those that have a grade, out or held."""
    return submissions.filter(Exists(_current_grade(OuterRef("pk"))))


def waiting_for(user: User) -> int:
    """How many submissions of running batches wait for this person's grade."""
    return queue_of(user).filter(programme.daily("assignment__mission__batch__")).order_by().count()


def next_in(queue: QuerySet[Submission], after: Submission) -> Submission | None:
    """The submission behind this one, and behind the last one the first."""
    since = after.submitted_at or after.recorded_at
    later = Q(waiting_since__gt=since) | Q(waiting_since=since, pk__gt=after.pk)
    return queue.filter(later).first() or queue.exclude(pk=after.pk).first()


def grades_of(submission: Submission) -> list[Grade]:
    """All that were ever given, the current one first, each with `graded_by` and its `parts`."""
    return list(submission.grades.select_related("graded_by").prefetch_related(_parts()).order_by("-is_current", "-pk"))


def with_current_grade(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Loads `current_grades`, a list with the current grade, held or not, or an empty one. Not for students."""
    current = Grade.objects.filter(is_current=True, percent__isnull=False).select_related("graded_by")
    return submissions.prefetch_related(Prefetch("grades", queryset=current, to_attr="current_grades"))


def own_grade(user: User, assignment: Assignment) -> Grade | None:
    """The student's own grade, with its parts, as soon as it is out. Of several spells in the mission the latest."""
    return (
        Grade.objects.filter(
            submission__mission_enrollment__in=programme.own(user).order_by().values("pk"),
            submission__assignment=assignment,
            submission__grade__isnull=False,
            is_current=True,
        )
        .select_related("graded_by", "submission__assignment__mission")
        .prefetch_related(_parts())
        .order_by("-submission__mission_enrollment")
        .first()
    )


def graded_by_hand(keys: Collection[Key]) -> set[Key]:
    """Which of these submissions, by mission enrollment and assignment, somebody has ever graded by hand."""
    graded = Grade.objects.filter(
        submission__mission_enrollment__in=bulk.among({taking_part for taking_part, _assignment in keys}),
        submission__assignment__in=bulk.among({assignment for _taking_part, assignment in keys}),
        source=GradeSource.HAND,
    ).values_list("submission__mission_enrollment_id", "submission__assignment_id")
    return set(graded) & set(keys)


def last_graded(assignment: Assignment) -> dict[int, datetime]:
    """By mission enrollment, when the submission was graded last, also where the grade is held or taken back."""
    grades = Grade.objects.filter(submission__assignment=assignment, is_current=True)
    return dict(grades.values_list("submission__mission_enrollment", "graded_at"))


def release_of(assignment: Assignment) -> GradeRelease | None:
    """How the assignment gives its grades out together, or None when each is out at once."""
    return GradeRelease.objects.filter(assignment=assignment).select_related("released_by").first()


def holding(assignments: Collection[int]) -> set[int]:
    """Which of these assignments hold their grades."""
    held = GradeRelease.objects.filter(assignment__in=list(assignments), released_at=None)
    return set(held.values_list("assignment_id", flat=True))


def are_grades_out(assignment: Assignment) -> bool:
    """Whether students see grades of this assignment."""
    return assignment.submissions.filter(grade__isnull=False).exists()


def figures_of(assignment: Assignment) -> Figures:
    band = Least(Floor(F("percent") / (100 // BANDS)), BANDS - 1, output_field=DecimalField())
    grades = Grade.objects.filter(submission__assignment=assignment, is_current=True, percent__isnull=False)
    counted = dict(grades.annotate(band=band).values_list("band").annotate(n=Count("pk")).order_by())
    return Figures(assignment.submissions.count(), [counted.get(place, 0) for place in range(BANDS)])


def is_graded_by_rubric(assignment: Assignment) -> bool:
    return GradePart.objects.filter(criterion__assignment=assignment).exists()


def _students_of(user: User) -> QuerySet[MissionEnrollment]:
    return programme.visible_to(user) if user.has_perm("assignments.grade_all") else programme.assigned_to(user)


def _current_grade(submission: OuterRef) -> QuerySet[Grade]:
    return Grade.objects.filter(submission=submission, is_current=True, percent__isnull=False)


def _parts() -> Prefetch:
    return Prefetch("parts", queryset=GradePart.objects.select_related("criterion").order_by("criterion__order"))
