"""The one statement that compares what students should have with what the ledger says.

It is set-based: one student, a mission or all of them cost the same handful of statements. The
sources' own querysets stand in it as subqueries; nothing is fetched row by row.

Rules become ranges of days, so that each event meets its rule in one hash join. A proposed rule is a further
row of that table, which is all that a rehearsal differs in: what it shows and what then happens are one computation.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from sms.core import clock
from sms.points.choices import Cause, Unit
from sms.points.sources import EVENT, PointsSource, all_kinds, all_sources
from sms.programme.models import MissionEnrollment

DIVISOR = {Unit.POINTS: 1, Unit.PERCENT: 100}

# Of rules that begin on one day the last holds: its predecessors get ranges without a day.
EXPECTED = """
WITH defaults (kind, points, divisor) AS (VALUES {defaults}),
missions AS (SELECT DISTINCT mission_id FROM programme_missionenrollment WHERE id IN ({scope})),
rules AS (
    SELECT mission_id, kind, NULL::bigint AS rule_id, points, NULL::bigint AS set_by, '-infinity'::date AS since,
           0 AS place
    FROM missions CROSS JOIN defaults
    UNION ALL
    SELECT mission_id, kind, id, points, set_by_id, COALESCE(effective_from, '-infinity'), 1
    FROM points_pointsrule
    WHERE superseded_at IS NULL AND mission_id IN (SELECT mission_id FROM missions)
    {proposed}
),
rates AS (
    SELECT mission_id, kind, rule_id, rules.points AS rate, defaults.points AS default_rate, divisor, set_by, since,
           LEAD(since, 1, 'infinity') OVER (PARTITION BY mission_id, kind ORDER BY since, place) AS until
    FROM rules JOIN defaults USING (kind)
),
events AS ({events}),
expected AS (
    SELECT events.mission_enrollment_id, events.source, events.reference, events.kind, events."by",
           rates.rule_id, rates.rate, rates.default_rate, rates.set_by,
           ROUND(events.amount * rates.rate / rates.divisor)::integer AS points
    FROM events
    JOIN programme_missionenrollment taking_part ON taking_part.id = events.mission_enrollment_id
    JOIN rates ON rates.mission_id = taking_part.mission_id AND rates.kind = events.kind
        AND events.day >= rates.since AND events.day < rates.until
)
"""

PROPOSED = """
    AND NOT (kind = ANY(%s) AND %s AND COALESCE(effective_from, '-infinity') > %s::date)
    UNION ALL
    SELECT mission_id, proposed.kind, NULL, proposed.points, NULL, %s::date, 2
    FROM missions CROSS JOIN (VALUES {rules}) AS proposed (kind, points)
"""

# What an entry was booked as is asked only where something differs, which is rare: one probe of the index each.
DIFFERENCES = """
{expected},
booked AS (
    SELECT mission_enrollment_id, source, reference, SUM(points)::integer AS points
    FROM points_ledgerentry
    WHERE mission_enrollment_id IN ({scope}) AND source = ANY(%s)
    GROUP BY mission_enrollment_id, source, reference
),
gaps AS (
    SELECT mission_enrollment_id, source, reference, expected.kind, expected."by", expected.rule_id, expected.rate,
           expected.default_rate, expected.set_by, booked.points IS NOT NULL AS was_booked,
           COALESCE(expected.points, 0) - COALESCE(booked.points, 0) AS points
    FROM expected FULL JOIN booked USING (mission_enrollment_id, source, reference)
    WHERE COALESCE(expected.points, 0) <> COALESCE(booked.points, 0)
),
caused AS (
    SELECT gaps.*, last.kind AS last_kind, last.rule_id AS last_rule_id,
           CASE WHEN NOT was_booked THEN %s
                WHEN gaps.kind IS NULL THEN %s
                WHEN gaps.kind <> last.kind THEN %s
                WHEN gaps.rate <> COALESCE(
                    (SELECT points FROM points_pointsrule WHERE id = last.rule_id), gaps.default_rate) THEN %s
                ELSE %s END AS cause
    FROM gaps LEFT JOIN LATERAL (
        SELECT kind, rule_id FROM points_ledgerentry entry
        WHERE was_booked AND entry.mission_enrollment_id = gaps.mission_enrollment_id
            AND entry.source = gaps.source AND entry.reference = gaps.reference
        ORDER BY id DESC LIMIT 1
    ) last ON TRUE
)
SELECT mission_enrollment_id, source, reference, COALESCE(kind, last_kind) AS kind, points, cause,
       CASE WHEN kind IS NULL THEN last_rule_id ELSE rule_id END AS rule_id,
       CASE WHEN cause = %s THEN set_by ELSE "by" END AS actor_id
FROM caused
"""

APPEND = """
INSERT INTO points_ledgerentry
    (mission_enrollment_id, source, reference, kind, points, cause, rule_id, actor_id, created_at)
SELECT mission_enrollment_id, source, reference, kind, points, cause, rule_id, actor_id, %s::timestamptz
FROM ({differences}) AS difference
ORDER BY mission_enrollment_id, source, reference
"""

TOTALS = """
{expected},
should AS (SELECT mission_enrollment_id, SUM(points) AS points FROM expected GROUP BY mission_enrollment_id),
booked AS (
    SELECT mission_enrollment_id, SUM(points) AS points,
           COALESCE(SUM(points) FILTER (WHERE source = ANY(%s)), 0) AS concerned
    FROM points_ledgerentry WHERE mission_enrollment_id IN ({scope}) GROUP BY mission_enrollment_id
)
SELECT chosen.id, COALESCE(booked.points, 0)::integer,
       (COALESCE(booked.points - booked.concerned, 0) + COALESCE(should.points, 0))::integer
FROM ({scope}) AS chosen (id)
LEFT JOIN booked ON booked.mission_enrollment_id = chosen.id
LEFT JOIN should ON should.mission_enrollment_id = chosen.id
ORDER BY chosen.id
"""


@dataclass(frozen=True)
class Proposal:
    """Rules that could be set: points by kind, from a day on (None: from the beginning). With `replaces_later`
    the rules of these kinds that begin on a later day end as well.
    """

    points: Mapping[str, int] = field(default_factory=dict)
    effective_from: date | None = None
    replaces_later: bool = False

    @property
    def since(self) -> str:
        return self.effective_from.isoformat() if self.effective_from else "-infinity"


def append_differences(
    mission_enrollments: QuerySet[MissionEnrollment], sources: Collection[PointsSource] | None = None
) -> int:
    """Writes the ledger entries that are missing, of all sources or of some. Returns how many; a second call returns 0.

    The caller holds the locks of these mission enrollments (actions.py).
    """
    differences, parameters = _differences(mission_enrollments, sources)
    with connection.cursor() as cursor:
        cursor.execute(APPEND.format(differences=differences), [clock.now(), *parameters])
        return cursor.rowcount


def count_differences(mission_enrollments: QuerySet[MissionEnrollment]) -> int:
    """How many entries `append_differences` would write."""
    differences, parameters = _differences(mission_enrollments)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({differences}) AS difference", parameters)
        return cursor.fetchone()[0]


def totals(
    mission_enrollments: QuerySet[MissionEnrollment], sources: Collection[PointsSource], proposal: Proposal
) -> list[tuple[int, int, int]]:
    """(mission enrollment, points in the ledger, points after these sources were recalculated with these rules)."""
    expected, parameters, scope, scope_parameters = _expected(mission_enrollments, sources, proposal)
    with connection.cursor() as cursor:
        cursor.execute(
            TOTALS.format(expected=expected, scope=scope),
            [*parameters, [source.key for source in sources], *scope_parameters, *scope_parameters],
        )
        return cursor.fetchall()


def _differences(
    mission_enrollments: QuerySet[MissionEnrollment], sources: Collection[PointsSource] | None = None
) -> tuple[str, list[Any]]:
    chosen = all_sources() if sources is None else sources
    expected, parameters, scope, scope_parameters = _expected(mission_enrollments, chosen)
    return DIFFERENCES.format(expected=expected, scope=scope), [
        *parameters,
        *scope_parameters,
        [source.key for source in chosen],
        Cause.RECORDED.value,
        Cause.REMOVED.value,
        Cause.CORRECTED.value,
        Cause.RULE_CHANGED.value,
        Cause.CORRECTED.value,
        Cause.RULE_CHANGED.value,
    ]


def _expected(
    mission_enrollments: QuerySet[MissionEnrollment],
    sources: Collection[PointsSource],
    proposal: Proposal | None = None,
) -> tuple[str, list[Any], str, tuple[Any, ...]]:
    """The statement's beginning with its parameters, and the chosen students as SQL with theirs."""
    scope = mission_enrollments.order_by().values("pk")
    scope_sql, scope_parameters = scope.query.sql_with_params()
    kinds = all_kinds()
    event_parts, event_parameters = [], []
    for source in sources:
        sql, parameters = source.events(scope).values(*EVENT).query.sql_with_params()
        event_parts.append(
            f"SELECT mission_enrollment_id, %s::text AS source, reference::text, kind::text, day, amount,"
            f' "by"::bigint FROM ({sql}) AS source_events (mission_enrollment_id, reference, kind, day, amount, "by")'
        )
        event_parameters += [source.key, *parameters]
    proposed, proposed_parameters = _proposed(proposal)
    statement = EXPECTED.format(
        defaults=", ".join(["(%s::text, %s::integer, %s::integer)"] * len(kinds)),
        scope=scope_sql,
        proposed=proposed,
        events=" UNION ALL ".join(event_parts),
    )
    defaults = [value for key, kind in kinds.items() for value in (key, kind.default_points, DIVISOR[kind.unit])]
    return (
        statement,
        [*defaults, *scope_parameters, *proposed_parameters, *event_parameters],
        scope_sql,
        scope_parameters,
    )


def _proposed(proposal: Proposal | None) -> tuple[str, list[Any]]:
    if not proposal or not proposal.points:
        return "", []
    rules = ", ".join(["(%s::text, %s::integer)"] * len(proposal.points))
    return PROPOSED.format(rules=rules), [
        list(proposal.points),
        proposal.replaces_later,
        proposal.since,
        proposal.since,
        *(value for rule in proposal.points.items() for value in rule),
    ]
