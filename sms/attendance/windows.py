"""When a day of a mission asks for attendance, and what counts at which instant.

Pure functions over dates and local times; the database is not asked here. A window holds its
opening instant and not its closing one: at the exact second of the close it is closed.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sms.attendance.choices import DayStatus, WindowState
from sms.attendance.models import AttendancePolicy
from sms.core import clock


@dataclass(frozen=True)
class Window:
    """The instants, in UTC, between which one day's attendance is taken."""

    on: date
    opens: datetime
    late_after: datetime
    late_from: datetime
    closes: datetime
    is_off: bool

    def state(self, moment: datetime) -> WindowState:
        if self.is_off:
            return WindowState.OFF
        if moment < self.opens:
            return WindowState.BEFORE
        if moment >= self.closes:
            return WindowState.CLOSED
        return WindowState.OPEN if moment < self.late_from else WindowState.LATE

    def status_at(self, moment: datetime) -> DayStatus | None:
        """Present or late, or None when nothing can be submitted at this instant."""
        return {WindowState.OPEN: DayStatus.PRESENT, WindowState.LATE: DayStatus.LATE}.get(self.state(moment))


def window_of(policy: AttendancePolicy, on: date, zone: ZoneInfo, *, is_holiday: bool) -> Window:
    """The window of one day. Off-days and holidays ask for nothing. Grace ends with the window at the latest."""
    late_after = clock.at_local(on, policy.late_after, zone, closing=True)
    return Window(
        on=on,
        opens=clock.at_local(on, policy.opens_at, zone),
        late_after=late_after,
        late_from=late_after + timedelta(minutes=policy.grace),
        closes=clock.at_local(on, policy.closes_at, zone, closing=True),
        is_off=is_holiday or on.isoweekday() not in policy.weekdays,
    )
