"""The statements behind the actions: one each for any number of pairs, and no rules.

A pair is (mentor, mission enrollment). Each statement returns the pairs that it really changed: only for these
may the caller write or remove grants. A pair that another transaction opened or ended at the same moment belongs
to that one, and so does its grant.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

Pair = tuple[int, int]  # (mentor's key, mission enrollment's key)

# In ascending order, in which two transactions that meet wait for one another instead of locking up.
OPEN = """
INSERT INTO mentoring_mentorassignment (mentor_id, mission_enrollment_id, started_at, assigned_by_id, reason)
SELECT pair.mentor_id, pair.mission_enrollment_id, %s::timestamptz, %s::bigint, ''
FROM UNNEST(%s::bigint[], %s::bigint[]) WITH ORDINALITY AS pair (mentor_id, mission_enrollment_id, place)
ORDER BY pair.place
ON CONFLICT DO NOTHING
RETURNING mentor_id, mission_enrollment_id
"""
FOUND = """
SELECT assignment.id
FROM mentoring_mentorassignment assignment
JOIN UNNEST(%s::bigint[], %s::bigint[]) AS pair (mentor_id, mission_enrollment_id)
    USING (mentor_id, mission_enrollment_id)
WHERE assignment.ended_at IS NULL
ORDER BY assignment.id
FOR UPDATE OF assignment
"""
CLOSE = f"""
WITH found AS ({FOUND})
UPDATE mentoring_mentorassignment assignment
SET ended_at = GREATEST(assignment.started_at, %s::timestamptz), ended_by_id = %s::bigint, reason = %s
FROM found
WHERE assignment.id = found.id
RETURNING assignment.mentor_id, assignment.mission_enrollment_id
"""  # noqa: S608 its parts are constants
REMOVE = f"""
WITH found AS ({FOUND})
DELETE FROM mentoring_mentorassignment assignment
USING found
WHERE assignment.id = found.id
RETURNING assignment.mentor_id, assignment.mission_enrollment_id
"""  # noqa: S608 its parts are constants
# Held: whoever ends their spell in the mission at the same moment waits, and then finds the assignment to end.
STILL_THERE = """
SELECT id
FROM programme_missionenrollment
WHERE id = ANY(%s::bigint[]) AND left_on IS NULL
ORDER BY id
FOR SHARE
"""
BY_MISSION = """
SELECT pair.mentor_id, student.mission_id, COUNT(*)
FROM UNNEST(%s::bigint[], %s::bigint[]) AS pair (mentor_id, mission_enrollment_id)
JOIN programme_missionenrollment student ON student.id = pair.mission_enrollment_id
GROUP BY pair.mentor_id, student.mission_id
ORDER BY pair.mentor_id, student.mission_id
"""


def open_new(pairs: Iterable[Pair], *, at: datetime, by: int | None) -> list[Pair]:
    """Opens assignments; those that are open stay as they are."""
    return _run(OPEN, [at, by, *_columns(pairs)])


def close(pairs: Iterable[Pair], *, at: datetime, by: int | None, reason: str) -> list[Pair]:
    """Ends those that are open."""
    return _run(CLOSE, [*_columns(pairs), at, by, reason])


def remove(pairs: Iterable[Pair]) -> list[Pair]:
    """Deletes those that are open."""
    return _run(REMOVE, _columns(pairs))


def not_there(mission_enrollments: Iterable[int]) -> set[int]:
    """Those whose student is not in the mission (any more); the others stay there until the transaction ends."""
    asked = set(mission_enrollments)
    return asked - {key for (key,) in _run(STILL_THERE, [sorted(asked)])}


def by_mission(pairs: Iterable[Pair]) -> dict[int, list[tuple[int, int]]]:
    """By mentor: (mission, number of students) of each of their missions."""
    counts: dict[int, list[tuple[int, int]]] = {}
    for mentor, mission, number in _run(BY_MISSION, _columns(pairs)):
        counts.setdefault(mentor, []).append((mission, number))
    return counts


def _run(statement: str, parameters: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def _columns(pairs: Iterable[Pair]) -> list[list[int]]:
    ordered = sorted(set(pairs))
    return [[mentor for mentor, _ in ordered], [mission_enrollment for _, mission_enrollment in ordered]]
