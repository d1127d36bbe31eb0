"""Days and local times, also where a timezone shifts."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from sms.core import clock

DHAKA = ZoneInfo("Asia/Dhaka")
BERLIN = ZoneInfo("Europe/Berlin")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_stands_still_and_goes_on() -> None:
    with clock.frozen_at(utc(2026, 11, 22, 4)):
        with clock.frozen_at(datetime(2026, 11, 23, 10, tzinfo=DHAKA)):
            assert clock.now() == utc(2026, 11, 23, 4)
        assert clock.now() == utc(2026, 11, 22, 4)
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 5


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (utc(2026, 11, 22, 17, 59, 59), date(2026, 11, 22)),  # 23:59:59 in Dhaka
        (utc(2026, 11, 22, 18), date(2026, 11, 23)),  # midnight there
        (utc(2028, 2, 28, 18), date(2028, 2, 29)),
        (utc(2028, 2, 29, 18), date(2028, 3, 1)),
        (utc(2027, 2, 28, 18), date(2027, 3, 1)),
        (utc(2009, 6, 19, 16, 59, 59), date(2009, 6, 19)),  # the last second before the shift to UTC+7 …
        (utc(2009, 6, 19, 17), date(2009, 6, 20)),  # … which skips the hour before midnight
        (utc(2009, 12, 31, 16, 59, 59), date(2009, 12, 31)),  # 23:59:59 for the first time
        (utc(2009, 12, 31, 17, 59, 59), date(2009, 12, 31)),  # 23:59:59 for the second time
        (utc(2009, 12, 31, 18), date(2010, 1, 1)),
    ],
)
def test_today_in_dhaka(moment: datetime, day: date) -> None:
    with clock.frozen_at(moment):
        assert clock.today(DHAKA) == day


@pytest.mark.parametrize(
    ("on", "wall", "zone", "opening", "closing"),
    [
        (date(2026, 11, 22), time(8), DHAKA, utc(2026, 11, 22, 2), utc(2026, 11, 22, 2)),
        (date(2028, 2, 29), time(23, 59), DHAKA, utc(2028, 2, 29, 17, 59), utc(2028, 2, 29, 17, 59)),
        # In 2009 Dhaka went to UTC+7 …
        (date(2009, 6, 19), time(22, 59), DHAKA, utc(2009, 6, 19, 16, 59), utc(2009, 6, 19, 16, 59)),
        (date(2009, 6, 19), time(23, 30), DHAKA, utc(2009, 6, 19, 17, 30), utc(2009, 6, 19, 17, 30)),
        (date(2009, 6, 20), time(0), DHAKA, utc(2009, 6, 19, 17), utc(2009, 6, 19, 17)),
        (date(2009, 8, 1), time(8), DHAKA, utc(2009, 8, 1, 1), utc(2009, 8, 1, 1)),
        # … and back at the end of the year: the last hour of it happened twice.
        (date(2009, 12, 31), time(22, 59), DHAKA, utc(2009, 12, 31, 15, 59), utc(2009, 12, 31, 15, 59)),
        (date(2009, 12, 31), time(23, 30), DHAKA, utc(2009, 12, 31, 16, 30), utc(2009, 12, 31, 17, 30)),
        (date(2010, 1, 1), time(0), DHAKA, utc(2009, 12, 31, 18), utc(2009, 12, 31, 18)),
        # Twice a year in Europe.
        (date(2026, 3, 29), time(2, 30), BERLIN, utc(2026, 3, 29, 1, 30), utc(2026, 3, 29, 1, 30)),
        (date(2026, 3, 29), time(3), BERLIN, utc(2026, 3, 29, 1), utc(2026, 3, 29, 1)),
        (date(2026, 10, 25), time(2, 30), BERLIN, utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)),
        (date(2026, 10, 25), time(3), BERLIN, utc(2026, 10, 25, 2), utc(2026, 10, 25, 2)),
    ],
)
def test_at_local(on: date, wall: time, zone: ZoneInfo, opening: datetime, closing: datetime) -> None:
    assert (clock.at_local(on, wall, zone), clock.at_local(on, wall, zone, closing=True)) == (opening, closing)


def test_days_until() -> None:
    assert clock.days_until(date(2028, 3, 1), 3) == [date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)]
    assert clock.days_until(date(2028, 3, 1), 0) == []
