"""Holding the grades of an assignment, and releasing them together.

While they are held, `Submission.grade` stays empty and the grades wait in their own table. Both acts write that field
for the whole assignment by one statement and ask for the points of everyone whose field changed.
"""

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.assignments.models import Assignment, GradeRelease
from sms.assignments.queries import are_grades_out
from sms.audit.actions import record
from sms.core import clock
from sms.core.problems import Refused
from sms.points.actions import request_recalculation

# In the order in which an import locks them.
OF_THE_ASSIGNMENT = """
WITH locked AS (SELECT id FROM assignments_submission WHERE assignment_id = %s ORDER BY id FOR UPDATE)
UPDATE assignments_submission submission
"""
LET_OUT = (
    OF_THE_ASSIGNMENT
    + """
SET grade = current.percent
FROM locked JOIN assignments_grade current ON current.submission_id = locked.id AND current.is_current
WHERE submission.id = locked.id AND submission.grade IS DISTINCT FROM current.percent
RETURNING submission.mission_enrollment_id
"""
)
HIDE = (
    OF_THE_ASSIGNMENT
    + """
SET grade = NULL
FROM locked
WHERE submission.id = locked.id AND submission.grade IS NOT NULL
RETURNING submission.mission_enrollment_id
"""
)


@transaction.atomic
def release_grades(*, actor: User | None, assignment: Assignment) -> int:
    """Lets all grades out that are there; later ones are out at once. Returns how many students see a grade now."""
    _lock(assignment)
    held = GradeRelease.objects.filter(assignment=assignment, released_at=None)
    if not held.update(released_at=clock.now(), released_by=actor):
        raise Refused(_("The grades of this assignment are out already."))
    students = _write(LET_OUT, assignment)
    record(
        actor=actor, verb=gettext_noop("released the grades of"), subject=assignment, data={"students": len(students)}
    )
    return len(students)


@transaction.atomic
def hold_grades(*, actor: User | None, assignment: Assignment, reason: str = "") -> int:
    """Holds the grades until they are released together. Returns how many students do not see theirs any more.

    When some are out already, this takes them back, and needs a reason.
    """
    _lock(assignment)
    if GradeRelease.objects.filter(assignment=assignment, released_at=None).exists():
        raise Refused(_("The grades of this assignment are held already."))
    if are_grades_out(assignment) and not reason.strip():
        raise Refused(_("Students see these grades already. Say why you take them back."))
    GradeRelease.objects.update_or_create(assignment=assignment, defaults={"released_at": None, "released_by": None})
    students = _write(HIDE, assignment)
    record(
        actor=actor,
        verb=gettext_noop("held the grades of"),
        subject=assignment,
        data={"students": len(students), "reason": reason.strip()},
    )
    return len(students)


def _lock(assignment: Assignment) -> None:
    """Against those who grade meanwhile, who share a lock on it (gradebook.py)."""
    Assignment.objects.select_for_update(no_key=True).get(pk=assignment.pk)


def _write(statement: str, assignment: Assignment) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [assignment.pk])
        students = [student for (student,) in cursor.fetchall()]
    if students:
        request_recalculation(students)
    return students
