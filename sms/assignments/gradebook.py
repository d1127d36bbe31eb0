"""The rows of grades, written by the thousand as a part of actions, which check who may and record who did.

Whoever gives grades and whoever releases them meet at the assignment: giving shares a lock on it (`hold_still`) that
releasing takes for itself. So no grade falls between a release and what that release made visible. The lock comes
before those of the submissions, always, so that nobody waits in a circle.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db import connection

from sms.accounts.models import User
from sms.assignments.choices import GradeSource
from sms.assignments.models import Grade, GradeRelease
from sms.core import bulk, clock

SHARE = "SELECT FROM assignments_assignment WHERE id = ANY(%s) ORDER BY id FOR SHARE"

SUPERSEDE = "UPDATE assignments_grade SET is_current = FALSE WHERE is_current AND submission_id = ANY(%s)"

BY_FILE = [
    "submission_id", "percent", "comment", "private_note", "reason", "source", "graded_by_id", "graded_at", "is_current",
]  # fmt: skip


def hold_still(assignments: Iterable[int]) -> set[int]:
    """Until the end of the transaction nobody releases the grades of these assignments or takes them back.

    Returns those of them whose grades are held.
    """
    keys = sorted(set(assignments))
    with connection.cursor() as cursor:
        cursor.execute(SHARE, [keys])
    held = GradeRelease.objects.filter(assignment__in=bulk.among(keys), released_at=None)
    return set(held.values_list("assignment_id", flat=True))


def current_percents(submissions: Iterable[int]) -> dict[int, Decimal | None]:
    """By submission, the percentage of the current grade, also of one that is held."""
    grades = Grade.objects.filter(submission__in=bulk.among(submissions), is_current=True)
    return dict(grades.values_list("submission_id", "percent"))


def append_by_file(*, actor: User | None, percents: Mapping[int, Decimal | None]) -> None:
    """A further grade for each of these submissions, which becomes the current one."""
    if not percents:
        return
    with connection.cursor() as cursor:
        cursor.execute(SUPERSEDE, [list(percents)])
    rest = ("", "", "", GradeSource.FILE.value, actor.pk if actor else None, clock.now(), True)
    bulk.insert(Grade, BY_FILE, ((submission, percent, *rest) for submission, percent in percents.items()))
