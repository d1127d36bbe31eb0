"""Attendance by day: of a mission by its mentors, of a batch by its missions. Counted by the database."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, FilteredRelation, Q, QuerySet
from django.utils.translation import gettext as _

from sms.attendance.models import DailyRecord
from sms.attendance.queries.asked import AskedDays, Period, Tally, asked_days, in_spell, on_asked_day
from sms.programme.models import Batch, Mission, MissionEnrollment

LEVELS = (40, 60, 80, 90)  # percent at which the next tint begins


@dataclass
class Cell:
    """One day of one row. `level` 1–5 is the tint of the rate, 0 where there is none."""

    on: date
    is_asked: bool
    tally: Tally = field(default_factory=Tally)

    @property
    def level(self) -> int:
        percent = self.tally.percent
        return 0 if percent is None else 1 + sum(percent >= level for level in LEVELS)

    @property
    def gap(self) -> int:
        """What is left above the bar of a chart that is 100 high."""
        return 100 - (self.tally.percent or 0)


@dataclass
class Row:
    """`query` narrows the list of records to the row: a mission's or a mentor's."""

    title: str
    query: str
    cells: list[Cell]
    key: int | None = None

    @property
    def total(self) -> Tally:
        return added(cell.tally for cell in self.cells)


@dataclass
class Heat:
    days: list[date]
    rows: list[Row]
    all: Row


def added(tallies: Iterable[Tally]) -> Tally:
    """The sum of tallies."""
    total = Tally()
    for tally in tallies:
        for name, number in vars(tally).items():
            setattr(total, name, getattr(total, name) + number)
    return total


def heat_of_batch(batch: Batch, period: Period) -> Heat:
    """A row for each mission of the batch."""
    missions = list(batch.missions.select_related("batch").order_by("order", "pk"))
    asked = asked_days(missions, period)
    table = _tallies(Q(mission__batch=batch), asked, period, "mission")
    rows = [_row(m.title, f"mission={m.pk}", m.pk, table[m.pk], period, set(asked[m.pk])) for m in missions]
    cells = [
        Cell(on, any(c.is_asked for c in column), added(c.tally for c in column))
        for on, *column in _columns(period, rows)
    ]
    return Heat(period.days, rows, Row(_("All"), f"batch={batch.pk}", cells))


def heat_of_mission(mission: Mission, period: Period) -> Heat:
    """A row for each mentor with their students, and one for students without. A student of two mentors is in both
    rows, and once in the row of all.
    """
    asked = asked_days([mission], period)
    days = set(asked[mission.pk])
    everyone = _tallies(Q(mission=mission), asked, period, "mission")[mission.pk]
    table = _tallies(Q(mission=mission), asked, period, "guide__mentor", "guide__mentor__name")
    names = {key[0]: key[1] for key in table}
    rows = [
        _row(
            names[key] or _("No mentor"),
            f"mission={mission.pk}&mentor={key or 'none'}",
            key,
            table[key, names[key]],
            period,
            days,
        )
        for key in sorted(names, key=lambda key: (key is None, names[key], key))
    ]
    return Heat(period.days, rows, _row(_("All"), f"mission={mission.pk}", None, everyone, period, days))


def _row(title: str, query: str, key: int | None, tallies: dict, period: Period, asked: set[date]) -> Row:
    return Row(title, query, [Cell(on, on in asked, tallies[on]) for on in period.days], key)


def _columns(period: Period, rows: list[Row]) -> Iterable[tuple]:
    return zip(period.days, *(row.cells for row in rows), strict=True)


def _tallies(of: Q, asked: AskedDays, period: Period, *group: str) -> dict[Any, dict[date, Tally]]:
    """By the value of `group` (a tuple when there are several) and day. Two queries.

    Who has no record is not looked for one by one: it is who was there less who has a record.
    """
    spells = _guided(MissionEnrollment.objects.filter(of), "")
    there = spells.values_list(*group, "mission", "joined_on", "left_on").annotate(n=Count("pk")).order_by()
    table: dict[Any, dict[date, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for *key, mission, joined_on, left_on, number in there:
        days = table[_key(key)]
        for on in asked[mission]:
            if joined_on <= on and (left_on is None or on < left_on):
                days[on].missing += number
    within = MissionEnrollment.objects.filter(of).values("pk")
    records = _guided(
        DailyRecord.objects.filter(period.holds("on"), mission_enrollment__in=within), "mission_enrollment__"
    )
    names = [name if name.startswith("guide") else f"mission_enrollment__{name}" for name in group]
    counts = (
        records.values_list(*names, "on", "status")
        .annotate(n=Count("pk"), as_asked=Count("pk", filter=in_spell() & on_asked_day(asked)))
        .order_by()
    )
    for *key, on, status, number, as_asked in counts:
        tally = table[_key(key)][on]
        setattr(tally, status, getattr(tally, status) + number)
        tally.missing -= as_asked
    return table


def _guided(rows: QuerySet, prefix: str) -> QuerySet:
    """Joins the open assignments as `guide`, where a grouping asks for them."""
    path = f"{prefix}mentor_assignments"
    return rows.annotate(guide=FilteredRelation(path, condition=Q(**{f"{path}__ended_at": None})))


def _key(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else tuple(parts)
