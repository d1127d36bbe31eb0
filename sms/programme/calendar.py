"""The calendar of a batch: its missions as bars over the weeks, today, and the days that apps above mark.

Everything is a share of the whole width, so that the drawing fits any screen; the template only draws it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sms.core import clock
from sms.programme.models import Batch, Mission

HEAD = 22  # heights in pixels: the names of the months, and each mission
ROW = 44
BAR = 14
MOST_MONTHS = 9  # named; of a longer batch every second or third month is
TURNS_AT = 45  # percent: a title that begins farther right ends at its bar's end instead

Marks = Callable[[Batch], Iterable[tuple[date, str]]]

_providers: list[Marks] = []


def register(provider: Marks) -> None:
    """`provider` gives the days of a batch that are to be marked, each with its title."""
    _providers.append(provider)


@dataclass(frozen=True)
class Bar:
    mission: Mission
    x: str
    width: str
    title_x: str
    turns: bool
    title_y: int
    y: int


@dataclass(frozen=True)
class Mark:
    on: date
    title: str
    x: str
    width: str


@dataclass(frozen=True)
class Calendar:
    """Positions and widths are percentages as SVG reads them, heights are pixels."""

    first: date
    last: date
    bars: list[Bar]
    marks: list[Mark]
    weeks: list[str]
    months: list[tuple[str, date]]
    today: str
    height: int

    @property
    def bar_height(self) -> int:
        return BAR

    @property
    def body_height(self) -> int:
        return self.height - HEAD

    @property
    def head(self) -> int:
        return HEAD


def calendar_of(batch: Batch, missions: Iterable[Mission]) -> Calendar:
    missions = list(missions)
    first = _monday(min([batch.starts_on, *(mission.starts_on for mission in missions)]))
    last = _monday(max([batch.ends_on, *(mission.ends_on for mission in missions)])) + timedelta(days=6)
    days = (last - first).days + 1

    def share(count: int) -> str:
        return f"{100 * count / days:.3f}%"

    def place(on: date) -> str:
        return share((on - first).days)

    today = clock.today(batch.zone)
    return Calendar(
        first=first,
        last=last,
        bars=[_bar(mission, row, place, share) for row, mission in enumerate(missions)],
        marks=[
            Mark(on, title, place(on), share(1))
            for provider in _providers
            for on, title in provider(batch)
            if first <= on <= last
        ],
        weeks=[share(7 * week) for week in range(1, days // 7)],
        months=[(place(month), month) for month in _months(first, last)],
        today=place(today) if first <= today <= last else "",
        height=HEAD + ROW * len(missions),
    )


def _bar(mission: Mission, row: int, place: Callable[[date], str], share: Callable[[int], str]) -> Bar:
    start, end = place(mission.starts_on), place(mission.ends_on + timedelta(days=1))
    turns = float(start.rstrip("%")) > TURNS_AT
    top = HEAD + ROW * row
    return Bar(
        mission=mission,
        x=start,
        width=share((mission.ends_on - mission.starts_on).days + 1),
        title_x=end if turns else start,
        turns=turns,
        title_y=top + 16,
        y=top + 23,
    )


def _months(first: date, last: date) -> list[date]:
    """The first days of the months that are named."""
    months = [date(n // 12, n % 12 + 1, 1) for n in range(_index(first), _index(last) + 1)]
    step = -(-len(months) // MOST_MONTHS)
    return [month for month in months[::step] if first <= month <= last - timedelta(days=10)]


def _index(on: date) -> int:
    return on.year * 12 + on.month - 1


def _monday(on: date) -> date:
    return on - timedelta(days=on.weekday())
