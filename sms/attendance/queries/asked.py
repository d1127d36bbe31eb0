"""The days that missions asked for, and how the days of many students are counted.

A day is asked for when the mission runs on it, its policy names the weekday, it is no holiday of the batch, and it is
not in the future; it is asked of a student from the day of joining until the day before leaving. Orientation is
voluntary, so an upcoming mission asks for nothing. Whatever is recorded counts, asked for or not, as on the
student's own page; a day that was asked for and has no record is missing and is left out of the rate.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Case,
    Count,
    DateField,
    Expression,
    F,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import Cast, Coalesce, NullIf

from sms.attendance.choices import ATTENDED, DayStatus
from sms.attendance.models import Holiday
from sms.attendance.queries.daily import policy_of
from sms.core import clock
from sms.programme.choices import MissionStatus
from sms.programme.models import Mission, MissionEnrollment

AskedDays = dict[int, list[date]]


@dataclass(frozen=True)
class Period:
    """Both days belong to it."""

    since: date
    until: date

    @property
    def days(self) -> list[date]:
        return clock.days_until(self.until, (self.until - self.since).days + 1)

    def holds(self, field: str) -> Q:
        return Q(**{f"{field}__gte": self.since, f"{field}__lte": self.until})


def asked_days(missions: Collection[Mission], period: Period) -> AskedDays:
    """The days of the period that each mission asks for, in order. Two queries for any number of missions."""
    missions = list(missions)
    prefetch_related_objects(missions, "attendance_policy")
    holidays: dict[int, set[date]] = defaultdict(set)
    rows = Holiday.objects.filter(period.holds("on"), batch__in={mission.batch_id for mission in missions})
    for batch, on in rows.values_list("batch_id", "on"):
        holidays[batch].add(on)
    return {mission.pk: _asked_by(mission, period, holidays[mission.batch_id]) for mission in missions}


def _asked_by(mission: Mission, period: Period, holidays: set[date]) -> list[date]:
    if mission.status == MissionStatus.UPCOMING:
        return []
    weekdays = policy_of(mission).weekdays
    first = max(period.since, mission.starts_on)
    last = min(period.until, mission.ends_on, clock.today(mission.batch.zone))
    days = clock.days_until(last, max((last - first).days + 1, 0))
    return [on for on in days if on.isoweekday() in weekdays and on not in holidays]


@dataclass
class Tally:
    """Days of any number of students, by what became of them."""

    present: int = 0
    late: int = 0
    excused: int = 0
    absent: int = 0
    missing: int = 0

    @property
    def attended(self) -> int:
        return self.present + self.late

    @property
    def percent(self) -> int | None:
        """The share attended of what is recorded and not excused, as everywhere on the site."""
        counted = self.attended + self.absent
        return round(100 * self.attended / counted) if counted else None


class _DaysBefore(Func):
    """How many of the ordered days lie before a date."""

    function = "width_bucket"
    arg_joiner = " - 1, "
    output_field = IntegerField()

    def __init__(self, day: object, days: list[date]) -> None:
        super().__init__(day, Value(days, output_field=ArrayField(DateField())))


class _OncePerRow(Coalesce):
    """Grouped by what its subquery refers to. Django would group by its value, and so ask it anew for every record."""

    def get_group_by_cols(self) -> list[Expression]:
        return [column for source in self.get_source_expressions() for column in source.get_group_by_cols()]


def asked_of(asked: AskedDays) -> Case:
    """How many days were asked of a mission enrollment while it was open."""
    left_on = Coalesce(F("left_on"), Value(date(9999, 12, 31)))
    return Case(
        *(
            When(mission=mission, then=_DaysBefore(left_on, days) - _DaysBefore(F("joined_on"), days))
            for mission, days in asked.items()
            if days
        ),
        default=0,
        output_field=IntegerField(),
    )


def in_spell(records: str = "", spell: str = "mission_enrollment__") -> Q:
    """Holds for records of days on which the student took part."""
    on = f"{records}on"
    return Q(**{f"{on}__gte": F(f"{spell}joined_on")}) & (
        Q(**{f"{spell}left_on": None}) | Q(**{f"{on}__lt": F(f"{spell}left_on")})
    )


def on_asked_day(asked: AskedDays, records: str = "", spell: str = "mission_enrollment__") -> Q:
    """Holds for records of days that their mission asked for. Without any such day it holds for none."""
    some = (Q(**{f"{spell}mission": mission, f"{records}on__in": days}) for mission, days in asked.items() if days)
    return reduce(or_, some, Q(pk__in=[]))


def with_tally(rows: QuerySet, *, asked: AskedDays, within: Period | Q, spell: str = "") -> QuerySet:
    """Annotates `present`, `late`, `excused`, `absent`, `asked`, `missing` and `rate` (0–100, or None).

    `spell` leads from a row to its mission enrollments. `within` is the period, or what records are to fulfil.
    """
    records = f"{spell}daily_records__"
    here = within.holds(f"{records}on") if isinstance(within, Period) else within
    as_asked = here & in_spell(records, spell) & on_asked_day(asked, records, spell)
    rows = rows.annotate(
        **{
            status: Count(f"{spell}daily_records", filter=here & Q(**{f"{records}status": status}))
            for status in DayStatus.values
        },
        recorded=Count(f"{spell}daily_records", filter=as_asked),
        asked=_asked_of_all(rows, asked) if spell else asked_of(asked),
    )
    attended = sum((F(status) for status in ATTENDED[1:]), F(ATTENDED[0]))
    return rows.annotate(
        missing=F("asked") - F("recorded"),
        rate=Cast(attended, FloatField()) * 100 / NullIf(attended + F(DayStatus.ABSENT), 0),
    )


def _asked_of_all(rows: QuerySet, asked: AskedDays) -> Coalesce:
    """The days asked of all mission enrollments of a row: of a mission, or of an enrollment in a batch."""
    field = "mission" if rows.model is Mission else "enrollment"
    mine = MissionEnrollment.objects.filter(**{field: OuterRef("pk")}).order_by().values(field)
    return _OncePerRow(Subquery(mine.annotate(n=Sum(asked_of(asked))).values("n")), 0)


def there_during(period: Period, prefix: str = "") -> Q:
    """Holds for mission enrollments that were open in the period, the day of leaving included: what was tapped in
    the morning of it stays recorded.
    """
    return Q(**{f"{prefix}joined_on__lte": period.until}) & (
        Q(**{f"{prefix}left_on": None}) | Q(**{f"{prefix}left_on__gte": period.since})
    )


def weeks_until(last: date, weeks: int) -> Period:
    return Period(last - timedelta(days=7 * weeks - 1), last)
