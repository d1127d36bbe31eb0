"""The statement that compares what students should have with what the ledger says.

It is set-based: one student, a mission or all of them cost the same handful of statements. The
sources' own querysets stand in it as subqueries; nothing is fetched row by row.

Each event meets its rate (rates.py) in a hash join. It is a left join, although every declared kind has a rate on every
day: so the planner knows that no event gets lost there, and reads the events in parallel.
"""

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from sms.core import clock
from sms.points.choices import Cause, Unit
from sms.points.rates import NEVER_AGAIN, Proposal, Rate, rates_for
from sms.points.sources import EVENT, PointsSource, all_kinds, all_sources
from sms.programme.models import MissionEnrollment

DIVISOR = {Unit.POINTS: 1, Unit.PERCENT: 100}

# Comparing a mission hashes a row for each of its events, which does not fit into the few megabytes that the statements
# of pages get by with.
LOCK = "SELECT COUNT(*), set_config('work_mem', '64MB', TRUE) FROM ({students}) AS locked"

RATES = """
rates (mission_id, kind, since, until, rule_id, rate, default_rate, factor, set_by) AS NOT MATERIALIZED (VALUES {rates})
"""
RATE = """
(%s::bigint, %s::text, %s::date, %s::date, %s::bigint, %s::integer, %s::integer, %s::numeric / %s, %s::bigint)
"""

# Students of one mission have the same rates, so nobody's mission is looked up then.
EVENTS_WITH_RATES = """
SELECT event.mission_enrollment_id, %s::text AS source, event.reference::text, event.kind::text, event."by"::bigint,
       rates.rule_id, rates.rate, rates.default_rate, rates.set_by,
       COALESCE(ROUND(event.amount * rates.factor), 0)::integer AS points
FROM ({events}) AS event (mission_enrollment_id, reference, kind, day, amount, "by") {student}
LEFT JOIN rates ON rates.kind = event.kind AND event.day >= rates.since AND event.day < rates.until {same_mission}
"""
STUDENT = "JOIN programme_missionenrollment student ON student.id = event.mission_enrollment_id"
SAME_MISSION = "AND rates.mission_id = student.mission_id"

# What an entry was booked as is asked only where something differs: one probe of the index each.
DIFFERENCES = """
WITH {rates},
expected AS NOT MATERIALIZED ({expected}),
booked AS (
    SELECT mission_enrollment_id, source, reference, SUM(points)::integer AS points
    FROM points_ledgerentry
    WHERE mission_enrollment_id IN ({students}) AND source = ANY(%s)
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

# Each event adds its points times a number that is drawn from its name, so the marks of two sets of entries are equal
# when they give the same points for the same events, however many entries that took; and else with a chance of 1 in 2^40.
MARK = "SUM(points * (HASHTEXTEXTENDED(reference, HASHTEXTEXTENDED(source, 0)) >> 24))"
MARK_OF_SOURCE = (
    "(SELECT mission_enrollment_id, {mark} AS mark FROM ({expected}) AS event GROUP BY mission_enrollment_id)"
)
UNEQUAL = """
WITH {rates},
should AS (
    SELECT mission_enrollment_id AS id, SUM(mark) AS mark FROM ({marks}) AS marks GROUP BY mission_enrollment_id
),
booked AS (
    SELECT mission_enrollment_id AS id, {mark} AS mark FROM points_ledgerentry
    WHERE mission_enrollment_id IN ({students}) AND source = ANY(%s) GROUP BY mission_enrollment_id
)
SELECT id FROM should FULL JOIN booked USING (id) WHERE COALESCE(should.mark, 0) <> COALESCE(booked.mark, 0)
"""

TOTAL_OF_SOURCE = (
    "(SELECT mission_enrollment_id, SUM(points) AS points FROM ({expected}) AS event GROUP BY mission_enrollment_id)"
)
TOTALS = """
WITH {rates},
should AS (
    SELECT mission_enrollment_id AS id, SUM(points) AS points FROM ({totals}) AS totals GROUP BY mission_enrollment_id
),
booked AS (
    SELECT mission_enrollment_id AS id, SUM(points) AS points,
           COALESCE(SUM(points) FILTER (WHERE source = ANY(%s)), 0) AS concerned
    FROM points_ledgerentry WHERE mission_enrollment_id IN ({students}) GROUP BY mission_enrollment_id
)
SELECT chosen.id, COALESCE(booked.points, 0)::integer,
       (COALESCE(booked.points - booked.concerned, 0) + COALESCE(should.points, 0))::integer
FROM ({students}) AS chosen (id) LEFT JOIN booked USING (id) LEFT JOIN should USING (id)
ORDER BY chosen.id
"""


def lock(mission_enrollments: QuerySet[MissionEnrollment]) -> None:
    """Nobody else books for these students until the transaction ends."""
    # In the order of the key, so that two recalculations never wait for each other in a circle;
    # NO KEY, so that new records may still refer to these rows meanwhile.
    locked = mission_enrollments.order_by("pk").select_for_update(no_key=True, of=("self",)).values("pk")
    sql, parameters = locked.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(LOCK.format(students=sql), parameters)


def append_differences(
    mission_enrollments: QuerySet[MissionEnrollment], sources: Collection[PointsSource] | None = None
) -> int:
    """Writes the ledger entries that are missing, of all sources or of some. Returns how many; a second call returns 0.

    The caller holds the locks of these mission enrollments.
    """
    comparison = Comparison(mission_enrollments, sources)
    if not comparison.rates:
        return 0
    differences, parameters = comparison.differences()
    with connection.cursor() as cursor:
        cursor.execute(APPEND.format(differences=differences), [clock.now(), *parameters])
        return cursor.rowcount


def count_differences(mission_enrollments: QuerySet[MissionEnrollment]) -> int:
    """How many entries `append_differences` would write."""
    comparison = Comparison(mission_enrollments)
    if not comparison.rates:
        return 0
    differences, parameters = comparison.differences()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({differences}) AS difference", parameters)
        return cursor.fetchone()[0]


def unequal(
    mission_enrollments: QuerySet[MissionEnrollment], sources: Collection[PointsSource] | None = None
) -> list[int]:
    """The students whose ledger is not what the sources say. Found without looking at their entries one by one, which
    is what makes it cheap to recalculate a mission in which everything is as it should be.
    """
    comparison = Comparison(mission_enrollments, sources)
    if not comparison.rates:
        return []
    marks, parameters = comparison.of_each_source(MARK_OF_SOURCE, mark=MARK)
    sql = UNEQUAL.format(rates=comparison.rates_sql, marks=marks, mark=MARK, students=comparison.students)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, *comparison.student_parameters, comparison.keys])
        return [key for (key,) in cursor.fetchall()]


def totals(
    mission_enrollments: QuerySet[MissionEnrollment], sources: Collection[PointsSource], proposal: Proposal
) -> list[tuple[int, int, int]]:
    """(mission enrollment, points in the ledger, points after these sources were recalculated with these rules)."""
    comparison = Comparison(mission_enrollments, sources, proposal)
    if not comparison.rates:
        return []
    of_sources, parameters = comparison.of_each_source(TOTAL_OF_SOURCE)
    sql = TOTALS.format(rates=comparison.rates_sql, totals=of_sources, students=comparison.students)
    with connection.cursor() as cursor:
        cursor.execute(
            sql, [*parameters, comparison.keys, *comparison.student_parameters, *comparison.student_parameters]
        )
        return cursor.fetchall()


class Comparison:
    """The parts of the statements above, as SQL with parameters: students, rates, and what each source says."""

    def __init__(
        self,
        mission_enrollments: QuerySet[MissionEnrollment],
        sources: Collection[PointsSource] | None = None,
        proposal: Proposal | None = None,
    ) -> None:
        self.scope = mission_enrollments.order_by().values("pk")
        self.students, self.student_parameters = self.scope.query.sql_with_params()
        self.sources = all_sources() if sources is None else list(sources)
        self.keys = [source.key for source in self.sources]
        self.rates = rates_for(mission_enrollments, proposal or Proposal())
        self.is_one_mission = len({rate.mission_id for rate in self.rates}) == 1

    @property
    def rates_sql(self) -> str:
        return RATES.format(rates=", ".join([RATE] * len(self.rates)))

    @property
    def rates_parameters(self) -> list[Any]:
        kinds = all_kinds()
        return [value for rate in self.rates for value in _values(rate, kinds[rate.kind])]

    def of_each_source(self, template: str, **words: str) -> tuple[str, list[Any]]:
        """The template around what each source says, all of them together."""
        parts, parameters = [], self.rates_parameters
        for source in self.sources:
            sql, of_source = source.events(self.scope).values(*EVENT).query.sql_with_params()
            expected = EVENTS_WITH_RATES.format(
                events=sql,
                student="" if self.is_one_mission else STUDENT,
                same_mission="" if self.is_one_mission else SAME_MISSION,
            )
            parts.append(template.format(expected=expected, **words))
            parameters += [source.key, *of_source]
        return " UNION ALL ".join(parts), parameters

    def differences(self) -> tuple[str, list[Any]]:
        expected, parameters = self.of_each_source("{expected}")
        causes = [Cause.RECORDED, Cause.REMOVED, Cause.CORRECTED, Cause.RULE_CHANGED, Cause.CORRECTED]
        return DIFFERENCES.format(rates=self.rates_sql, expected=expected, students=self.students), [
            *parameters,
            *self.student_parameters,
            self.keys,
            *(cause.value for cause in causes),
            Cause.RULE_CHANGED.value,
        ]


def _values(rate: Rate, kind: Any) -> tuple[Any, ...]:
    until = "infinity" if rate.until == NEVER_AGAIN else rate.until
    points, divisor = rate.points, DIVISOR[kind.unit]
    return (
        rate.mission_id, rate.kind, rate.since, until, rate.rule_id, points, kind.default_points, points, divisor,
        rate.set_by_id,
    )  # fmt: skip
