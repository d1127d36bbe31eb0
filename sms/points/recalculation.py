"""The one statement that compares what students should have with what the ledger says.

It is set-based: one student, a mission or all of them cost the same handful of statements. The
sources' own querysets stand in it as subqueries; nothing is fetched row by row.
"""

from typing import Any

from django.db import connection
from django.db.models import QuerySet

from sms.core import clock
from sms.points.choices import Cause, Unit
from sms.points.sources import EVENT, all_kinds, all_sources
from sms.programme.models import MissionEnrollment

DIVISOR = {Unit.POINTS: 1, Unit.PERCENT: 100}

DIFFERENCES = """
WITH scope AS ({scope}),
defaults (kind, points, divisor) AS (VALUES {defaults}),
events AS ({events}),
expected AS (
    SELECT events.mission_enrollment_id, events.source, events.reference, events.kind,
           ROUND(events.amount * COALESCE(rule.points, defaults.points) / defaults.divisor)::integer AS points
    FROM events
    JOIN programme_missionenrollment taking_part ON taking_part.id = events.mission_enrollment_id
    JOIN defaults ON defaults.kind = events.kind
    LEFT JOIN points_pointsrule rule ON rule.mission_id = taking_part.mission_id AND rule.kind = events.kind
),
booked AS (
    SELECT mission_enrollment_id, source, reference, SUM(points)::integer AS points,
           (ARRAY_AGG(kind ORDER BY id DESC))[1] AS kind
    FROM points_ledgerentry
    WHERE mission_enrollment_id IN (SELECT id FROM scope) AND source = ANY(%s)
    GROUP BY mission_enrollment_id, source, reference
)
SELECT mission_enrollment_id, source, reference,
       COALESCE(expected.kind, booked.kind) AS kind,
       COALESCE(expected.points, 0) - COALESCE(booked.points, 0) AS points,
       CASE WHEN booked.kind IS NULL THEN %s
            WHEN expected.kind IS NULL THEN %s
            WHEN expected.kind <> booked.kind THEN %s
            ELSE %s END AS cause
FROM expected FULL JOIN booked USING (mission_enrollment_id, source, reference)
WHERE COALESCE(expected.points, 0) <> COALESCE(booked.points, 0)
"""

APPEND = """
INSERT INTO points_ledgerentry (mission_enrollment_id, source, reference, kind, points, cause, created_at)
SELECT mission_enrollment_id, source, reference, kind, points, cause, %s::timestamptz FROM ({differences}) AS difference
"""


def append_differences(mission_enrollments: QuerySet[MissionEnrollment]) -> int:
    """Writes the ledger entries that are missing. Returns how many; a second call returns 0.

    The caller holds the locks of these mission enrollments (actions.py).
    """
    differences, parameters = _differences(mission_enrollments)
    with connection.cursor() as cursor:
        cursor.execute(APPEND.format(differences=differences), [clock.now(), *parameters])
        return cursor.rowcount


def count_differences(mission_enrollments: QuerySet[MissionEnrollment]) -> int:
    """How many entries `append_differences` would write."""
    differences, parameters = _differences(mission_enrollments)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({differences}) AS difference", parameters)
        return cursor.fetchone()[0]


def _differences(mission_enrollments: QuerySet[MissionEnrollment]) -> tuple[str, list[Any]]:
    scope = mission_enrollments.order_by().values("pk")
    scope_sql, scope_parameters = scope.query.sql_with_params()
    kinds = all_kinds()
    event_parts, event_parameters = [], []
    for source in all_sources():
        sql, parameters = source.events(scope).values(*EVENT).query.sql_with_params()
        event_parts.append(
            f'SELECT mission_enrollment_id, %s::text AS source, reference, kind, day, amount, "by"'
            f' FROM ({sql}) AS source_events (mission_enrollment_id, reference, kind, day, amount, "by")'
        )
        event_parameters += [source.key, *parameters]
    statement = DIFFERENCES.format(
        scope=f"SELECT id FROM ({scope_sql}) AS chosen (id)",
        defaults=", ".join(["(%s::text, %s::integer, %s::integer)"] * len(kinds)),
        events=" UNION ALL ".join(event_parts),
    )
    return statement, [
        *scope_parameters,
        *(value for key, kind in kinds.items() for value in (key, kind.default_points, DIVISOR[kind.unit])),
        *event_parameters,
        [source.key for source in all_sources()],
        Cause.RECORDED.value,
        Cause.REMOVED.value,
        Cause.CORRECTED.value,
        Cause.RULE_CHANGED.value,
    ]
