"""A month of a student: each day with its status, and what was corrected on it by whom."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sms.attendance.choices import DayStatus
from sms.attendance.models import DailyRecord, Holiday
from sms.attendance.queries.daily import CORRECTING_VERBS, policy_of
from sms.audit.models import Event
from sms.audit.queries import about
from sms.core import clock
from sms.programme.models import MissionEnrollment


@dataclass(frozen=True)
class MonthDay:
    """`status` is a DayStatus, "off" where nothing is asked, "ahead" for days to come, or "none"."""

    on: date
    status: str
    is_today: bool
    holiday: str = ""
    excuse: str = ""

    @property
    def letter(self) -> str:
        """Said besides the colour; the letters of the reader's language."""
        return {
            "present": _("P"),
            "late": _("L"),
            "absent": _("A"),
            "excused": _("E"),
        }.get(self.status, "")

    @property
    def label(self) -> str:
        return f"{date_format(self.on, 'l j F')}: {self.holiday or self.excuse or self.status_label}"

    @property
    def status_label(self) -> str:
        if self.status in DayStatus.values:
            return str(DayStatus(self.status).label)
        return {"off": _("no attendance asked for"), "ahead": _("still to come")}.get(
            self.status, _("nothing recorded")
        )


@dataclass(frozen=True)
class Month:
    """`weeks` begin on Monday; places before the first day and behind the last are None."""

    first: date
    weekdays: list[str]
    weeks: list[list[MonthDay | None]]


def month_grid(mission_enrollment: MissionEnrollment, first: date, records: Iterable[DailyRecord]) -> Month:
    """Three queries: holidays, excused days that wait or are granted, and the policy where it is not loaded."""
    mission = mission_enrollment.mission
    following = (first + timedelta(days=31)).replace(day=1)
    statuses = {record.on: record.status for record in records}
    weekdays = policy_of(mission).weekdays
    today = clock.today(mission.batch.zone)
    holidays = dict(
        Holiday.objects.filter(batch=mission.batch_id, on__gte=first, on__lt=following).values_list("on", "title")
    )
    excused = dict(
        mission_enrollment.excused_days.filter(on__gte=first, on__lt=following).values_list("on", "request__state")
    )

    def day(on: date) -> MonthDay:
        is_asked = (
            on not in holidays
            and on.isoweekday() in weekdays
            and max(mission.starts_on, mission_enrollment.joined_on) <= on <= mission.ends_on
        )
        status = statuses.get(on) or ("off" if not is_asked else "ahead" if on > today else "none")
        excuse = ""
        if on in excused and on not in statuses:
            excuse = _("excused, granted") if excused[on] == "granted" else _("excuse asked for")
        return MonthDay(on, status, on == today, holidays.get(on, ""), excuse)

    days: list[MonthDay | None] = [day(first + timedelta(days=n)) for n in range((following - first).days)]
    padded = [None] * first.weekday() + days
    padded += [None] * (-len(padded) % 7)
    monday = date(2024, 1, 1)
    return Month(
        first,
        [date_format(monday + timedelta(days=n), "D") for n in range(7)],
        [padded[n : n + 7] for n in range(0, len(padded), 7)],
    )


def add_changes(mission_enrollment: MissionEnrollment, records: Iterable[DailyRecord]) -> None:
    """Hangs on each record what staff changed on its day, newest first, as `changes`. One query."""
    records = list(records)
    days = [record.on.isoformat() for record in records]
    changes: dict[str, list[Event]] = defaultdict(list)
    if days:
        events = about(mission_enrollment).filter(verb__in=CORRECTING_VERBS, data__on__in=days)
        for event in events:
            event.before_label = _label(event.data.get("before"))
            event.after_label = _label(event.data.get("after"))
            changes[event.data["on"]].append(event)
    for record in records:
        record.changes = changes[record.on.isoformat()]


def _label(status: str | None) -> str:
    return str(DayStatus(status).label) if status in DayStatus.values else _("nothing recorded")
