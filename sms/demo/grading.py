"""Grading in the demo: one assignment with a rubric, held, whose first few submissions the mentors have graded."""

from datetime import timedelta
from decimal import Decimal
from random import Random

from sms.accounts.models import User
from sms.assignments.actions import Criterion, grade_submission, hold_grades, record_submissions, set_rubric
from sms.assignments.models import Assignment, Submission
from sms.assignments.queries import queue_of
from sms.core import clock
from sms.demo.people import find
from sms.programme.choices import MissionStatus
from sms.programme.models import Batch, MissionEnrollment
from sms.programme.queries import taking_part

MENTORS = ("mentor", "mentor2")
GRADED_EACH = 4  # by each of them; the others wait in their queues
SHARE_HANDED_IN = 0.8
RUBRIC = (
    ("It does what it should", 30, "Everything that the exercise asks for works."),
    ("It can be read", 20, "Names say what they hold; nothing is there twice."),
    ("It was tried", 10, "There is a test, or a note on what was tried."),
)
COMMENTS = (
    "Good work. **Names** are where I would go on: `x2` tells nobody what it holds.",
    "It runs, and it is short. Try it with an empty list, too.",
    "A solid solution.\n\n- the loop can go\n- one function a thing",
    "You were close: the condition is the wrong way round.",
)
NOTE = "Was unsure of functions in the last session; ask again."


def grade_some(batch: Batch, seed: int) -> None:
    """The work that was due last in the mission that runs; nothing where none was."""
    assignment = (
        Assignment.objects.filter(mission__batch=batch, mission__status=MissionStatus.ACTIVE, due_at__lt=clock.now())
        .order_by("-due_at", "-pk")
        .first()
    )
    if assignment is None or assignment.criteria.exists():
        return
    sre, random = find("sre"), Random(seed)
    criteria = [Criterion(None, title, points, description) for title, points, description in RUBRIC]
    set_rubric(actor=sre, assignment=assignment, criteria=criteria)
    hold_grades(actor=sre, assignment=assignment)
    _hand_in(sre, assignment, random)
    for account in MENTORS:
        mentor = find(account)
        for submission in queue_of(mentor).filter(assignment=assignment)[:GRADED_EACH]:
            _grade(mentor, submission, random)


def _hand_in(sre: User, assignment: Assignment, random: Random) -> None:
    """In the evening before it was due. Who is recorded already stays as they are."""
    students = MissionEnrollment.objects.filter(taking_part(), mission=assignment.mission_id)
    waiting = students.exclude(submissions__assignment=assignment).order_by("pk").values_list("pk", flat=True)
    rows = [
        (student, assignment.pk, assignment.due_at - timedelta(minutes=random.randrange(5, 600)), None)
        for student in waiting
        if random.random() < SHARE_HANDED_IN
    ]
    record_submissions(actor=sre, rows=rows)


def _grade(mentor: User, submission: Submission, random: Random) -> None:
    criteria = list(submission.assignment.criteria.all())
    grade_submission(
        actor=mentor,
        submission=submission,
        seen=None,
        points={each.pk: Decimal(random.randint(each.points // 2, each.points)) for each in criteria},
        comment=random.choice(COMMENTS),
        private_note=NOTE if random.random() < 0.25 else "",
    )
