"""The one clock of the site: the server's, never the browser's.

Every rule that depends on time asks `now()`, so a test can stand at an exact second with
`frozen_at()`. A day is a date in the timezone of its batch, and a window of a day is given in
local times of that timezone; the functions below turn one into the other, also where a timezone
shifts (Dhaka moved by an hour in 2009, others do twice a year).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_frozen: datetime | None = None


def now() -> datetime:
    """The present instant, in UTC."""
    return _frozen or datetime.now(UTC)


def today(zone: ZoneInfo) -> date:
    """The date that a wall calendar shows in `zone` at this instant."""
    return now().astimezone(zone).date()


def at_local(on: date, wall: time, zone: ZoneInfo, *, closing: bool = False) -> datetime:
    """The instant, in UTC, at which clocks in `zone` show `wall` on the day `on`.

    Where the clocks are put back and a time happens twice, a window opens at the first and, with
    `closing`, closes at the second: the person gets the hour. A time that is skipped because the
    clocks are put forward counts as the same distance from the hour before the shift.
    """
    return (
        datetime.combine(on, wall, tzinfo=zone)
        .replace(fold=int(closing and wall_is_ambiguous(on, wall, zone)))
        .astimezone(UTC)
    )


def wall_is_ambiguous(on: date, wall: time, zone: ZoneInfo) -> bool:
    """Whether clocks in `zone` show this time twice on this day."""
    moment = datetime.combine(on, wall, tzinfo=zone)
    return moment.replace(fold=0).utcoffset() > moment.replace(fold=1).utcoffset()


def days_until(last: date, count: int) -> list[date]:
    """The `count` dates that end with `last`, oldest first."""
    return [last - timedelta(days=back) for back in range(count - 1, -1, -1)]


@contextmanager
def frozen_at(moment: datetime) -> Iterator[None]:
    """Stops the clock at `moment` for all threads of this process. For tests."""
    global _frozen
    before, _frozen = _frozen, moment.astimezone(UTC)
    try:
        yield
    finally:
        _frozen = before
