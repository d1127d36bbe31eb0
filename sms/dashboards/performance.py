"""How a student does in each mission, and how the others in it do. Read-only, for managers and mentors."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from django.db.models import Count, F, Q, Value
from django.db.models.functions import TruncWeek
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sms.accounts.models import User
from sms.assignments.queries import due_times
from sms.attendance.choices import ATTENDED, DayStatus
from sms.attendance.models import DailyRecord
from sms.attendance.queries import StripDay, strips
from sms.core import clock
from sms.points.queries import with_points
from sms.programme import queries as programme
from sms.programme.models import MissionEnrollment
from sms.risk import queries as risk

WEEKS_SHOWN = 12
GOOD, FAIR = 80, 60  # percent of days attended


@dataclass(frozen=True)
class Week:
    """One bar of the trend: percent of the days of a week that were attended. Excused days do not count."""

    first: date
    attended: int
    counted: int

    @property
    def value(self) -> int:
        return round(100 * self.attended / self.counted)

    @property
    def label(self) -> str:
        return date_format(self.first, "j M")

    @property
    def text(self) -> str:
        return _("%(percent)d%% · %(attended)d of %(counted)d") % {
            "percent": self.value,
            "attended": self.attended,
            "counted": self.counted,
        }

    @property
    def tone(self) -> str:
        return "good" if self.value >= GOOD else "warn" if self.value >= FAIR else "bad"


@dataclass(frozen=True)
class Work:
    """How much work a mission has set so far, and what comes next."""

    due: int = 0
    total: int = 0
    next_due_at: datetime | None = None


@dataclass(frozen=True)
class Performance:
    student: MissionEnrollment
    strip: list[StripDay]
    weeks: list[Week]
    reasons: list[str]
    work: Work
    attended: int
    counted: int
    median_percent: int | None
    median_points: int | None

    @property
    def percent(self) -> int | None:
        return round(100 * self.attended / self.counted) if self.counted else None


def performance_of(student: User, reader: User) -> list[Performance]:
    """One for each spell in a mission that the reader may see, the newest first, in a fixed number of queries."""
    spells = list(
        risk.with_facts(with_points(programme.visible_to(reader).filter(enrollment__student=student))).order_by(
            "-joined_on", "-mission__order", "-pk"
        )
    )
    missions = {spell.mission_id for spell in spells}
    # Of few, a middle tells what the others have; whoever may not see them must not work it out.
    least = 1 if reader.has_perm("programme.view_all_students") else LEAST_OF_A_MEDIAN
    by_strip, by_week = strips(spells), _weeks(spells)
    works, percents, points = _works(spells), _median_percents(missions, least), _median_points(missions, least)
    return [
        Performance(
            student=spell,
            strip=by_strip[spell.pk],
            weeks=by_week[spell.pk][-WEEKS_SHOWN:],
            reasons=risk.reasons(spell),
            work=works.get(spell.pk, Work()),
            attended=sum(week.attended for week in by_week[spell.pk]),
            counted=sum(week.counted for week in by_week[spell.pk]),
            median_percent=percents.get(spell.mission_id),
            median_points=points.get(spell.mission_id),
        )
        for spell in spells
    ]


LEAST_OF_A_MEDIAN = 5
COUNTED = ~Q(status=DayStatus.EXCUSED)
DAYS_ATTENDED = Count("pk", filter=Q(status__in=ATTENDED))


def _weeks(spells: Collection[MissionEnrollment]) -> dict[int, list[Week]]:
    rows = (
        DailyRecord.objects.filter(COUNTED, mission_enrollment__in=spells)
        .values_list("mission_enrollment", TruncWeek("on"))
        .annotate(attended=DAYS_ATTENDED, counted=Count("pk"))
        .order_by(TruncWeek("on"))
    )
    weeks: dict[int, list[Week]] = defaultdict(list)
    for spell, first, attended, counted in rows:
        weeks[spell].append(Week(first, attended, counted))
    return weeks


def _works(spells: Collection[MissionEnrollment]) -> dict[int, Work]:
    """By spell, as a student may have more time than the others in the mission."""
    now = clock.now()
    dues: dict[int, list[datetime]] = defaultdict(list)
    for spell, due_at in due_times(spells):
        dues[spell].append(due_at)
    return {
        spell: Work(
            due=sum(due_at <= now for due_at in its),
            total=len(its),
            next_due_at=min((due_at for due_at in its if due_at > now), default=None),
        )
        for spell, its in dues.items()
    }


def _median_percents(missions: Collection[int], least: int) -> dict[int, int]:
    """The median share of days attended among those who are in each mission now, in percent."""
    shares = (
        DailyRecord.objects.filter(
            COUNTED, programme.here_now("mission_enrollment__"), mission_enrollment__mission__in=missions
        )
        .order_by()
        .values("mission_enrollment")
        .annotate(share=DAYS_ATTENDED * Value(100.0) / Count("pk"), mission=F("mission_enrollment__mission"))
    )
    return _medians(shares.values_list("mission", "share"), least)


def _median_points(missions: Collection[int], least: int) -> dict[int, int]:
    students = with_points(MissionEnrollment.objects.filter(programme.here_now(), mission__in=missions))
    return _medians(students.order_by().values_list("mission", "points"), least)


def _medians(rows: Collection[tuple[int, float]], least: int) -> dict[int, int]:
    values: dict[int, list[float]] = defaultdict(list)
    for mission, value in rows:
        values[mission].append(value)
    return {mission: round(median(its)) for mission, its in values.items() if len(its) >= least}
