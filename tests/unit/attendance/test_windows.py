"""What counts at which second of a day."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from sms.attendance.choices import DayStatus, WindowState
from sms.attendance.models import AttendancePolicy
from sms.attendance.windows import Window, window_of

DHAKA = ZoneInfo("Asia/Dhaka")
SUNDAY = date(2026, 11, 22)
FRIDAY = date(2026, 11, 20)


def window(on: date = SUNDAY, *, is_holiday: bool = False, **policy: object) -> Window:
    return window_of(AttendancePolicy(**policy), on, DHAKA, is_holiday=is_holiday)


def local(*parts: int, on: date = SUNDAY, microsecond: int = 0) -> datetime:
    return datetime.combine(on, time(*parts, microsecond=microsecond), tzinfo=DHAKA).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "state", "status"),
    [
        (local(0), WindowState.BEFORE, None),
        (local(7, 59, 59, microsecond=999_999), WindowState.BEFORE, None),
        (local(8), WindowState.OPEN, DayStatus.PRESENT),
        (local(19, 59, 59, microsecond=999_999), WindowState.OPEN, DayStatus.PRESENT),
        (local(20), WindowState.LATE, DayStatus.LATE),
        (local(23, 58, 59, microsecond=999_999), WindowState.LATE, DayStatus.LATE),
        (local(23, 59), WindowState.CLOSED, None),
        (local(12, on=date(2026, 11, 23)), WindowState.CLOSED, None),
        (local(12, on=date(2026, 11, 21)), WindowState.BEFORE, None),
    ],
)
def test_each_second_counts(moment: datetime, state: WindowState, status: DayStatus | None) -> None:
    assert (window().state(moment), window().status_at(moment)) == (state, status)


@pytest.mark.parametrize("off", [window(FRIDAY), window(is_holiday=True), window(weekdays=[])])
def test_days_off_ask_for_nothing(off: Window) -> None:
    moment = datetime.combine(off.on, time(12), tzinfo=DHAKA)
    assert (off.state(moment), off.status_at(moment)) == (WindowState.OFF, None)


def test_without_a_late_part_it_goes_from_open_to_closed() -> None:
    strict = window(late_after=time(20), closes_at=time(20))
    assert [strict.state(moment) for moment in (local(19, 59, 59), local(20))] == [WindowState.OPEN, WindowState.CLOSED]


def test_the_hour_that_happens_twice_belongs_to_the_person() -> None:
    """On the last day of 2009 clocks in Dhaka showed 23:00 to 24:00 twice."""
    last = window(date(2009, 12, 31), closes_at=time(23, 30))
    assert (last.opens, last.closes) == (
        datetime(2009, 12, 31, 1, tzinfo=UTC),
        datetime(2009, 12, 31, 17, 30, tzinfo=UTC),
    )


def test_within_the_grace_a_student_is_present_and_the_window_says_nothing_of_it() -> None:
    kind = window(grace=10)
    assert kind.late_after == window().late_after
    assert [kind.status_at(moment) for moment in (local(20), local(20, 9, 59), local(20, 10))] == [
        DayStatus.PRESENT, DayStatus.PRESENT, DayStatus.LATE,
    ]  # fmt: skip


def test_grace_does_not_outlast_the_window() -> None:
    assert window(late_after=time(20), closes_at=time(20, 5), grace=10).state(local(20, 5)) == WindowState.CLOSED


@pytest.mark.parametrize(
    ("on", "opens", "utc"),
    [
        (date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # 02:00 to 03:00 is left out
        (date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # 02:00 to 03:00 comes twice
        (date(2028, 2, 29), time(8), datetime(2028, 2, 29, 7, tzinfo=UTC)),
        (date(2026, 11, 22), time(0), datetime(2026, 11, 21, 23, tzinfo=UTC)),
    ],
)
def test_where_clocks_are_put_forward_and_back(on: date, opens: time, utc: datetime) -> None:
    berlin = window_of(AttendancePolicy(opens_at=opens), on, ZoneInfo("Europe/Berlin"), is_holiday=False)
    assert berlin.opens == utc
