"""Recording what was handed in, as verified.

The bulk forms write thousands by a handful of statements (core/bulk.py). Of a list of submissions the audit list keeps
one event an assignment with their number; the import that they come from keeps each row and what stood there before.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from sms.accounts.models import User
from sms.assignments.choices import SubmissionState
from sms.assignments.models import Assignment, Submission
from sms.audit.actions import record_each
from sms.core import bulk, clock
from sms.core.problems import Refused, broken_constraints_refused
from sms.points.actions import request_recalculation

RECORDED = ["submitted_at", "grade", "state", "recorded_by_id", "recorded_at"]


LOCK_SUBMISSIONS = """
SELECT submission.mission_enrollment_id, submission.assignment_id, submission.id
FROM assignments_submission submission
JOIN UNNEST(%s::bigint[], %s::bigint[]) AS given (mission_enrollment_id, assignment_id)
  USING (mission_enrollment_id, assignment_id)
ORDER BY submission.id
FOR UPDATE OF submission
"""


DELETE_SUBMISSIONS = """
DELETE FROM assignments_submission submission
USING UNNEST(%s::bigint[], %s::bigint[]) AS given (mission_enrollment_id, assignment_id)
WHERE submission.mission_enrollment_id = given.mission_enrollment_id
  AND submission.assignment_id = given.assignment_id
RETURNING submission.mission_enrollment_id, submission.assignment_id
"""

# What a student handed in themself is their claim again once staff have taken back the verified record.
CLAIM_AGAIN = """
INSERT INTO assignments_submission (mission_enrollment_id, assignment_id, submitted_at, state, recorded_at)
SELECT DISTINCT ON (mission_enrollment_id, assignment_id)
    mission_enrollment_id, assignment_id, evidence.handed_in_at, 'claimed', evidence.handed_in_at
FROM assignments_evidence evidence
JOIN UNNEST(%s::bigint[], %s::bigint[]) AS removed (mission_enrollment_id, assignment_id)
  USING (mission_enrollment_id, assignment_id)
ORDER BY mission_enrollment_id, assignment_id, evidence.id DESC
"""


# What it means when the database says no to a bulk write, by the name of the constraint.
BROKEN = {
    "assignments_one_submission": gettext_lazy(
        "A student’s submission for an assignment is recorded already, or stands twice among these."
    ),
    "assignments_grade_is_percent": gettext_lazy("A grade is a percentage from 0 to 100."),
    "assignments_same_mission": gettext_lazy(
        "A submission belongs to an assignment of the mission that the student takes part in."
    ),
}


# Keys of the mission enrollment and of the assignment; when it was handed in; the mark in percent.
Key = tuple[int, int]


Row = tuple[int, int, datetime | None, Decimal | None]


@transaction.atomic
def record_submissions(*, actor: User | None, rows: Iterable[Row]) -> int:
    """Records what students handed in, as verified. Returns how many submissions that are.

    Raises Refused, and records nothing, when one of them is recorded already, has no percentage as its grade, or
    belongs to an assignment of another mission than the student's.
    """
    rows = list(rows)
    recorded = _recorded_by(actor)
    with broken_constraints_refused(BROKEN):
        bulk.insert(
            Submission, ["mission_enrollment_id", "assignment_id", *RECORDED], ((*row, *recorded) for row in rows)
        )
    _tell(actor, gettext_noop("recorded submissions for"), [row[:2] for row in rows])
    return len(rows)


@transaction.atomic
def change_submissions(*, actor: User | None, rows: Iterable[Row]) -> int:
    """Gives submissions that are recorded another time and grade, as verified. Returns how many."""
    given = {(taking_part, assignment): rest for taking_part, assignment, *rest in rows}
    stored = _locked(given)
    if gone := len(given.keys() - stored.keys()):
        raise Refused(
            ngettext(
                "%(n)d of these submissions is not recorded any more. Nothing was changed.",
                "%(n)d of these submissions are not recorded any more. Nothing was changed.",
                gone,
            )
            % {"n": gone}
        )
    recorded = _recorded_by(actor)
    with broken_constraints_refused(BROKEN):
        bulk.update(Submission, RECORDED, ((pk, *given[key], *recorded) for key, pk in stored.items()))
    _tell(actor, gettext_noop("changed submissions for"), list(stored))
    return len(stored)


@transaction.atomic
def remove_submissions(*, actor: User | None, keys: Iterable[Key]) -> int:
    """Takes submissions back out of the record. Returns how many there were.

    Where a student has handed in work themself, their claim stays.
    """
    with connection.cursor() as cursor:
        cursor.execute(DELETE_SUBMISSIONS, _as_arrays(keys))
        removed = cursor.fetchall()
        cursor.execute(CLAIM_AGAIN, _as_arrays(removed))
    _tell(actor, gettext_noop("removed submissions for"), removed)
    return len(removed)


def _recorded_by(actor: User | None) -> tuple[Any, ...]:
    return SubmissionState.VERIFIED.value, actor.pk if actor else None, clock.now()


def _as_arrays(keys: Iterable[Key]) -> list[list[int]]:
    keys = list(keys)
    return [[taking_part for taking_part, _assignment in keys], [assignment for _taking_part, assignment in keys]]


def _locked(keys: Iterable[Key]) -> dict[Key, int]:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SUBMISSIONS, _as_arrays(keys))
        return {(taking_part, assignment): pk for taking_part, assignment, pk in cursor.fetchall()}


def _tell(actor: User | None, verb: str, keys: Sequence[Key]) -> None:
    """One event an assignment, and the points of the students concerned."""
    counts = Counter(assignment for _taking_part, assignment in keys)
    record_each(
        actor=actor,
        verb=verb,
        events=(
            (each, {"submissions": counts[each.pk]}) for each in Assignment.objects.filter(pk__in=counts).order_by("pk")
        ),
    )
    if keys:
        request_recalculation({taking_part for taking_part, _assignment in keys})
