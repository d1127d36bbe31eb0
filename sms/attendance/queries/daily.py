"""Reading attendance: today, the last days as a strip, streak and rate."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from django.db import connection
from django.db.models import QuerySet, prefetch_related_objects
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sms.accounts.models import User
from sms.attendance.choices import ATTENDED, DayStatus, WindowState
from sms.attendance.models import AttendancePolicy, DailyRecord, Holiday
from sms.attendance.windows import Window, window_of
from sms.audit.models import Event
from sms.audit.queries import about
from sms.core import clock
from sms.programme import queries as programme
from sms.programme.choices import MissionStatus
from sms.programme.models import Batch, Mission, MissionEnrollment

OWN_ON_MODELS = {"taking_part": MissionEnrollment, "mission": Mission, "batch": Batch, "policy": AttendancePolicy}
OWN_ON_COLUMNS = [[field.attname for field in model._meta.concrete_fields] for model in OWN_ON_MODELS.values()]
OWN_ON = """
SELECT EXISTS (SELECT FROM attendance_holiday holiday WHERE holiday.batch_id = batch.id AND holiday."on" = %s), {columns}
FROM programme_missionenrollment taking_part
JOIN programme_enrollment enrollment ON enrollment.id = taking_part.enrollment_id
JOIN programme_mission mission ON mission.id = taking_part.mission_id
JOIN programme_batch batch ON batch.id = mission.batch_id
LEFT JOIN attendance_attendancepolicy policy ON policy.mission_id = mission.id
WHERE taking_part.id = %s AND enrollment.student_id = %s AND taking_part.left_on IS NULL AND taking_part.access <> 'revoked'
""".format(
    columns=", ".join(
        f'{alias}."{column}"'
        for alias, columns in zip(OWN_ON_MODELS, OWN_ON_COLUMNS, strict=True)
        for column in columns
    )
)

CORRECTING_VERBS = ("corrected the attendance of", "removed a day of attendance of")
STRIP_DAYS = 14
RATE_DAYS = 30


def visible_to(user: User) -> QuerySet[DailyRecord]:
    """Records of the students whom the person may see."""
    return DailyRecord.objects.filter(mission_enrollment__in=programme.visible_to(user).values("pk"))


def corrections_of(mission_enrollment: MissionEnrollment) -> QuerySet[Event]:
    """What staff set by hand, newest first, with both values."""
    return about(mission_enrollment).filter(verb__in=CORRECTING_VERBS)


def lock_moves_of(mission: Mission) -> QuerySet[Event]:
    return about(mission).filter(verb="moved the lock of attendance in")


def own_on(user: User, pk: int, on: date) -> MissionEnrollment | None:
    """One of the user's own missions (programme.own) with what the window of a day needs, and `on_holiday`.

    It opens every submission of the day, so it is written down: building it with the query API takes
    a third of the whole request.
    """
    with connection.cursor() as cursor:
        cursor.execute(OWN_ON, [on, pk, user.pk])
        row = cursor.fetchone()
    if row is None:
        return None
    values = iter(row[1:])
    student, mission, batch, policy = (
        model.from_db(connection.alias, columns, list(islice(values, len(columns))))
        for model, columns in zip(OWN_ON_MODELS.values(), OWN_ON_COLUMNS, strict=True)
    )
    student.on_holiday, student.mission, mission.batch = row[0], mission, batch
    mission.attendance_policy = policy if policy.pk else AttendancePolicy(mission=mission)
    return student


def policy_of(mission: Mission) -> AttendancePolicy:
    """The mission's policy, or an unsaved one with the defaults."""
    return getattr(mission, "attendance_policy", None) or AttendancePolicy(mission=mission)


@dataclass(frozen=True)
class Today:
    """A student's attendance of the present day in one mission, as the page shows it."""

    mission_enrollment: MissionEnrollment
    window: Window
    state: WindowState
    record: DailyRecord | None

    @property
    def can_submit(self) -> bool:
        return self.record is None and self.state in (WindowState.OPEN, WindowState.LATE)

    @property
    def attended(self) -> bool:
        return self.record is not None and self.record.status in ATTENDED


def todays(mission_enrollments: Iterable[MissionEnrollment]) -> list[Today]:
    """The present day in each mission, in two queries however many there are."""
    mission_enrollments = list(mission_enrollments)
    dates = {m.pk: clock.today(m.mission.batch.zone) for m in mission_enrollments}
    records = {
        (record.mission_enrollment_id, record.on): record
        for record in DailyRecord.objects.filter(mission_enrollment__in=dates, on__in=set(dates.values()))
    }
    holidays = _holidays(mission_enrollments, min(dates.values(), default=None))
    return [
        today_from(m, dates[m.pk], records.get((m.pk, dates[m.pk])), dates[m.pk] in holidays[m.mission.batch_id])
        for m in mission_enrollments
    ]


def today_from(mission_enrollment: MissionEnrollment, on: date, record: DailyRecord | None, is_holiday: bool) -> Today:
    mission = mission_enrollment.mission
    window = window_of(policy_of(mission), on, mission.batch.zone, is_holiday=is_holiday)
    return Today(mission_enrollment, window, window.state(clock.now()), record)


@dataclass(frozen=True)
class StripDay:
    """One cell of a strip: `status` is a DayStatus, "off" on a day of rest, or "none"."""

    on: date
    status: str

    @property
    def label(self) -> str:
        return f"{date_format(self.on, 'D j M')}: {self.status_label}"

    @property
    def status_label(self) -> str:
        if self.status in DayStatus.values:
            return str(DayStatus(self.status).label)
        return _("no attendance asked for") if self.status == "off" else _("nothing recorded")


def strips(mission_enrollments: Iterable[MissionEnrollment], days: int = STRIP_DAYS) -> dict[int, list[StripDay]]:
    """The last days of each student up to today, oldest first, by the key of the mission enrollment.

    Three queries at most for any number of students.
    """
    mission_enrollments = list(mission_enrollments)
    prefetch_related_objects([m.mission for m in mission_enrollments], "attendance_policy")
    lasts = {m.pk: clock.today(m.mission.batch.zone) for m in mission_enrollments}
    since = min(lasts.values(), default=date.max - timedelta(days=days)) - timedelta(days=days)
    statuses: dict[int, dict[date, str]] = defaultdict(dict)
    rows = DailyRecord.objects.filter(mission_enrollment__in=lasts, on__gt=since)
    for pk, on, status in rows.values_list("mission_enrollment_id", "on", "status"):
        statuses[pk][on] = status
    holidays = _holidays(mission_enrollments, since)
    return {
        m.pk: [
            StripDay(on, statuses[m.pk].get(on) or _empty_day(m.mission, on, holidays[m.mission.batch_id]))
            for on in clock.days_until(lasts[m.pk], days)
        ]
        for m in mission_enrollments
    }


def add_strips(mission_enrollments: list[MissionEnrollment]) -> None:
    """Hangs the strip of each student on its row, as `strip`. For the `enrich` of a list page."""
    by_student = strips(mission_enrollments)
    for mission_enrollment in mission_enrollments:
        mission_enrollment.strip = by_student[mission_enrollment.pk]


@dataclass(frozen=True)
class Summary:
    """Streaks in attended days in a row, and the share attended of the last 30 days (0–1, or None)."""

    streak: int
    best_streak: int
    rate: float | None

    @property
    def percent(self) -> int | None:
        return None if self.rate is None else round(100 * self.rate)


def summary_of(mission_enrollment: MissionEnrollment) -> Summary:
    """Excused days neither break a streak nor count in the rate."""
    rows = list(
        mission_enrollment.daily_records.exclude(status=DayStatus.EXCUSED).order_by("on").values_list("on", "status")
    )
    streak = best = 0
    for _on, status in rows:
        streak = streak + 1 if status in ATTENDED else 0
        best = max(best, streak)
    since = clock.today(mission_enrollment.mission.batch.zone) - timedelta(days=RATE_DAYS)
    recent = [status in ATTENDED for on, status in rows if on > since]
    return Summary(streak, best, sum(recent) / len(recent) if recent else None)


def month_of(mission_enrollment: MissionEnrollment, first: date) -> QuerySet[DailyRecord]:
    """Records of the calendar month that begins on `first`, newest first."""
    following = (first + timedelta(days=31)).replace(day=1)
    return mission_enrollment.daily_records.filter(on__gte=first, on__lt=following).order_by("-on")


def holidays_of(batch: Batch) -> list[tuple[date, str]]:
    """The days on which a batch is asked for nothing, each with its title."""
    return list(batch.holidays.values_list("on", "title"))


def _empty_day(mission: Mission, on: date, holidays: set[date]) -> str:
    runs = mission.status == MissionStatus.ACTIVE and mission.starts_on <= on <= mission.ends_on
    is_off = on in holidays or on.isoweekday() not in policy_of(mission).weekdays
    return "none" if runs and not is_off else "off"


def _holidays(mission_enrollments: Iterable[MissionEnrollment], since: date | None) -> dict[int, set[date]]:
    batches = {m.mission.batch_id for m in mission_enrollments}
    by_batch: dict[int, set[date]] = defaultdict(set)
    if since is not None:
        for batch, on in Holiday.objects.filter(batch__in=batches, on__gte=since).values_list("batch_id", "on"):
            by_batch[batch].add(on)
    return by_batch
