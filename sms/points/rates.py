"""What each kind of event gives on which days: the rules of a mission, and the defaults before them, as ranges of days.

A proposed rule is a further row among them, which is all that a rehearsal differs in: what it shows and what then
happens are one computation.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from django.db import connection
from django.db.models import QuerySet

from sms.points.sources import Kind, all_kinds
from sms.programme.models import MissionEnrollment

ALWAYS, NEVER_AGAIN = date.min, date.max

RULES = """
SELECT mission.id, rule.kind, COALESCE(rule.effective_from, %s::date), rule.id, rule.points, rule.set_by_id
FROM (SELECT DISTINCT mission_id FROM programme_missionenrollment WHERE id IN ({students})) AS mission (id)
LEFT JOIN points_pointsrule rule ON rule.mission_id = mission.id AND rule.superseded_at IS NULL
ORDER BY mission.id, rule.id
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
    def since(self) -> date:
        return self.effective_from or ALWAYS


@dataclass(frozen=True)
class Rate:
    """Holds from `since` until the day before `until`. Without a rule it is the default or a proposal."""

    mission_id: int
    kind: str
    since: date
    points: int
    rule_id: int | None = None
    set_by_id: int | None = None
    until: date = NEVER_AGAIN


def rates_for(students: QuerySet[MissionEnrollment], proposal: Proposal) -> list[Rate]:
    """The rates of the missions of these students; whoever calls holds their locks, so no rule changes meanwhile."""
    sql, parameters = students.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(RULES.format(students=sql), [ALWAYS, *parameters])
        rows = cursor.fetchall()
    return [
        rate
        for mission_id, rules in groupby(rows, key=lambda row: row[0])
        for rate in _of_mission(mission_id, [rule for rule in rules if rule[1]], proposal)
    ]


def _of_mission(mission_id: int, rules: list[tuple], proposal: Proposal) -> Iterator[Rate]:
    for kind, declared in all_kinds().items():
        yield from _ranges(list(_beginnings(mission_id, kind, declared, rules, proposal)))


def _beginnings(mission_id: int, kind: str, declared: Kind, rules: list[tuple], proposal: Proposal) -> Iterator[Rate]:
    """What begins on which day. Of those that begin on one day the last counts."""
    is_proposed = kind in proposal.points
    yield Rate(mission_id, kind, ALWAYS, declared.default_points)
    for _mission, of_kind, since, rule_id, points, set_by_id in rules:
        ends = is_proposed and proposal.replaces_later and since > proposal.since
        if of_kind == kind and not ends:
            yield Rate(mission_id, kind, since, points, rule_id, set_by_id)
    if is_proposed:
        yield Rate(mission_id, kind, proposal.since, proposal.points[kind])


def _ranges(beginnings: list[Rate]) -> Iterator[Rate]:
    last_of_day = {rate.since: rate for rate in beginnings}
    days = sorted(last_of_day)
    for day, following in zip(days, [*days[1:], NEVER_AGAIN], strict=True):
        rate = last_of_day[day]
        yield Rate(rate.mission_id, rate.kind, day, rate.points, rate.rule_id, rate.set_by_id, following)
