"""Recording what was handed in, and its grades, as verified.

A grade that comes with a submission is out at once, unless the assignment holds its grades; then it waits for their
release as a grade given by hand does. Either way it stands in the history of grades.

The bulk forms write thousands by a handful of statements (core/bulk.py). Of a list of submissions the audit list keeps
one event an assignment with their number; the import that they come from keeps each row and what stood there before.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from sms.accounts.models import User
from sms.assignments import gradebook
from sms.assignments.choices import SubmissionState
from sms.assignments.models import Assignment, Submission
from sms.assignments.queries import graded_by_hand
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


DELETE_GRADES = "DELETE FROM assignments_grade WHERE submission_id = ANY(%s)"

# What a student handed in themself is their claim again once staff have taken back the verified record. By the latest
# version, also where the claim stood there before with the time of an earlier one.
CLAIM_AGAIN = """
INSERT INTO assignments_submission
    (mission_enrollment_id, assignment_id, submitted_at, state, recorded_by_id, recorded_at)
SELECT DISTINCT ON (mission_enrollment_id, assignment_id)
    mission_enrollment_id, assignment_id, evidence.handed_in_at, 'claimed', enrollment.student_id, evidence.handed_in_at
FROM assignments_evidence evidence
JOIN UNNEST(%s::bigint[], %s::bigint[]) AS removed (mission_enrollment_id, assignment_id)
  USING (mission_enrollment_id, assignment_id)
JOIN programme_missionenrollment student ON student.id = mission_enrollment_id
JOIN programme_enrollment enrollment ON enrollment.id = student.enrollment_id
ORDER BY mission_enrollment_id, assignment_id, evidence.id DESC
ON CONFLICT (mission_enrollment_id, assignment_id) DO UPDATE SET
    submitted_at = excluded.submitted_at, state = excluded.state, recorded_by_id = excluded.recorded_by_id,
    recorded_at = excluded.recorded_at
"""


# What it means when the database says no to a bulk write, by the name of the constraint.
BROKEN = {
    "assignments_one_submission": gettext_lazy(
        "A student’s submission for an assignment is recorded already, or stands twice among these."
    ),
    "assignments_grade_is_percent": gettext_lazy("A grade is a percentage from 0 to 100."),
    "assignments_graded_in_percent": gettext_lazy("A grade is a percentage from 0 to 100."),
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
    held = gradebook.hold_still(assignment for _taking_part, assignment, *_rest in rows)
    keys = bulk.new_keys(Submission, len(rows))
    recorded = _recorded_by(actor)
    with broken_constraints_refused(BROKEN):
        bulk.insert(
            Submission,
            ["id", "mission_enrollment_id", "assignment_id", *RECORDED],
            ((key, *_out(row, held), *recorded) for key, row in zip(keys, rows, strict=True)),
        )
        gradebook.append_by_file(
            actor=actor, percents={key: row[3] for key, row in zip(keys, rows, strict=True) if row[3] is not None}
        )
    _tell(actor, gettext_noop("recorded submissions for"), [row[:2] for row in rows])
    return len(rows)


@transaction.atomic
def change_submissions(*, actor: User | None, rows: Iterable[Row], claimed: Collection[Key] = ()) -> int:
    """Gives submissions that are recorded another time and grade, as verified. Returns how many.

    Those of `claimed` are the student's own word, or are it again: the time is that of their latest version.
    """
    given: dict[Key, Row] = {tuple(row[:2]): row for row in rows}
    held = gradebook.hold_still(assignment for _taking_part, assignment in given)
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
    graded = gradebook.current_percents(stored.values())
    with broken_constraints_refused(BROKEN):
        bulk.update(Submission, RECORDED, ((pk, *_out(given[key], held)[2:], *recorded) for key, pk in stored.items()))
        if claimed:
            again = {key: pk for key, pk in stored.items() if key in claimed}
            Submission.objects.filter(pk__in=bulk.among(again.values())).update(state=SubmissionState.CLAIMED)
            _claim_again(again)
        gradebook.append_by_file(
            actor=actor, percents={pk: given[key][3] for key, pk in stored.items() if given[key][3] != graded.get(pk)}
        )
    _tell(actor, gettext_noop("changed submissions for"), list(stored))
    return len(stored)


@transaction.atomic
def remove_submissions(*, actor: User | None, keys: Iterable[Key]) -> int:
    """Takes submissions back out of the record, with the grades that files brought. Returns how many there were.

    Where a student has handed in work themself, their claim stays. Raises Refused, and removes nothing, when somebody has graded one of them by hand.
    """
    stored = _locked(keys)
    if graded := len(graded_by_hand(stored)):
        raise Refused(
            ngettext(
                "%(n)d of these submissions was graded by hand and stays. Nothing was changed.",
                "%(n)d of these submissions were graded by hand and stay. Nothing was changed.",
                graded,
            )
            % {"n": graded}
        )
    with connection.cursor() as cursor:
        cursor.execute(DELETE_GRADES, [list(stored.values())])
    bulk.delete(Submission, stored.values())
    _claim_again(stored)
    _tell(actor, gettext_noop("removed submissions for"), list(stored))
    return len(stored)


def _claim_again(keys: Iterable[Key]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM_AGAIN, _as_arrays(keys))


def _out(row: Row, held: Collection[int]) -> Row:
    """The row as it is out: without its grade where the assignment holds grades."""
    taking_part, assignment, submitted_at, grade = row
    return taking_part, assignment, submitted_at, None if assignment in held else grade


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
