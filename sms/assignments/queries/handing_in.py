"""Where students stand with their assignments, and what they handed in themselves."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from sms.accounts.models import User
from sms.assignments.choices import SubmissionState, Timeliness, TrackerState, Way
from sms.assignments.lateness import due_of, end_of, judge
from sms.assignments.models import Assignment, Evidence, Extension, Submission
from sms.core import clock
from sms.programme import queries as programme
from sms.programme.choices import MissionStatus
from sms.programme.models import MissionEnrollment

DUE_SOON = timedelta(hours=48)


@dataclass(frozen=True)
class Standing:
    """One assignment as it is for one student. `is_graded` says that the student may know the grade."""

    assignment: Assignment
    student: MissionEnrollment
    extension: Extension | None
    submission: Submission | None
    is_graded: bool

    @property
    def due_at(self) -> datetime:
        return due_of(self.assignment, self.extension)

    @property
    def end_at(self) -> datetime | None:
        """Until when work is taken; None without an end."""
        return end_of(self.assignment, self.extension)

    @property
    def state(self) -> TrackerState:
        now = clock.now()
        if self.submission:
            return TrackerState.GRADED if self.is_graded else TrackerState.SUBMITTED
        if now < self.assignment.opens_at:
            return TrackerState.AHEAD
        if now <= self.due_at:
            return TrackerState.DUE_SOON if self.due_at - now <= DUE_SOON else TrackerState.OPEN
        return TrackerState.MISSING if self.is_over else TrackerState.LATE

    @property
    def is_over(self) -> bool:
        return self.end_at is not None and clock.now() > self.end_at

    @property
    def takes_work(self) -> bool:
        """Whether the student can hand in, or hand in again, at this instant."""
        return self.assignment.way != Way.LIST and self.assignment.opens_at <= clock.now() and not self.is_over

    @property
    def is_verified(self) -> bool:
        return self.submission is not None and self.submission.state == SubmissionState.VERIFIED

    @property
    def timeliness(self) -> Timeliness | None:
        """Of what was handed in."""
        if self.submission is None:
            return None
        return judge(self.assignment, self.extension, self.submission.submitted_at).timeliness

    @property
    def share_now(self) -> int:
        """The percentage of the points that work keeps when it is handed in at this instant."""
        return int(judge(self.assignment, self.extension, clock.now()).share * 100)


def counted_grades(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Those whose grade counts: it gives points, and the student may know it."""
    return submissions.filter(grade__isnull=False)


def tracker(user: User) -> list[Standing]:
    """All that a student's own missions ask for, what is due last first. The number of queries is fixed."""
    students = {student.mission_id: student for student in programme.own(user).filter(programme.daily())}
    assignments = Assignment.objects.filter(
        mission__in=students, mission__status__in=(MissionStatus.ACTIVE, MissionStatus.COMPLETED)
    ).order_by("-due_at", "-pk")
    return standings((assignment, students[assignment.mission_id]) for assignment in assignments)


def standing_of(student: MissionEnrollment, assignment: Assignment) -> Standing:
    return standings([(assignment, student)])[0]


def standings(pairs: Iterable[tuple[Assignment, MissionEnrollment]]) -> list[Standing]:
    pairs = list(pairs)
    theirs = {
        "mission_enrollment__in": {student.pk for _assignment, student in pairs},
        "assignment__in": {assignment.pk for assignment, _student in pairs},
    }
    submissions = Submission.objects.filter(**theirs)
    counted = set(counted_grades(submissions).values_list("pk", flat=True))
    by_key = {(each.assignment_id, each.mission_enrollment_id): each for each in submissions}
    extensions = {
        (each.assignment_id, each.mission_enrollment_id): each
        for each in Extension.objects.filter(**theirs, revoked_at=None)
    }
    found = []
    for assignment, student in pairs:
        assignment.mission = student.mission
        submission = by_key.get((assignment.pk, student.pk))
        is_graded = submission is not None and submission.pk in counted
        extension = extensions.get((assignment.pk, student.pk))
        found.append(Standing(assignment, student, extension, submission, is_graded))
    return found


def count_by_state(found: Sequence[Standing]) -> dict[TrackerState, int]:
    counts = Counter(standing.state for standing in found)
    return {state: counts[state] for state in TrackerState}


def evidence_of(student: MissionEnrollment, assignment: Assignment) -> QuerySet[Evidence]:
    """What the student handed in for the assignment, the latest version first."""
    return Evidence.objects.filter(mission_enrollment=student, assignment=assignment)


def evidence_visible_to(user: User) -> QuerySet[Evidence]:
    """Of the students whom the person may see: staff all, a mentor their students', a student their own."""
    return Evidence.objects.filter(mission_enrollment__in=programme.visible_to(user).order_by().values("pk"))
