"""What Zoom and Google Meet report of a meeting, as who was there for how long.

Known headings, in any order, below whatever block about the meeting itself stands before them:

- Zoom, participants: Name (Original Name), User Email, Join Time, Leave Time, Duration (Minutes), Guest, In Waiting
  Room; newer: Name (original name), Email, …; unique users: Name, User Email, Total Duration (Minutes), Guest;
- Google Meet: First name, Last name, Email, Duration, Time joined, Time exited; or Participant Name, Email, Duration.

Who rejoins stands there again, and who joins with two devices at once twice: the minutes are those of the union.
Nothing here knows the students; meeting_matching.py does.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sms.core.fields import clean_email, clean_name
from sms.data_exchange.cells import MomentCell
from sms.data_exchange.reading import FileRefused, SourceRow
from sms.data_exchange.words import plain

HEADINGS = {
    "name": ("nameoriginalname", "name", "participantname", "participant", "username"),
    "first": ("firstname",),
    "last": ("lastname",),
    "email": ("useremail", "email", "emailaddress", "participantemail"),
    "joined": ("jointime", "timejoined", "joinedat", "firstseen"),
    "left": ("leavetime", "timeexited", "timeleft", "leftat", "lastseen"),
    "duration": ("durationminutes", "totaldurationminutes", "duration", "timeincall", "attendedduration"),
    "waiting": ("inwaitingroom",),
}
BLOCK = {"begins": ("starttime",), "host": ("useremail", "hostemail")}
ROWS_TO_SEARCH = 30

IN_BRACKETS = re.compile(r"^(.*?)\s*\(([^()]*)\)\s*$")
UNITS = re.compile(r"(\d+(?:\.\d+)?)\s*(h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)\b", re.IGNORECASE)
SECONDS = {"h": 3600, "m": 60, "s": 1}
CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d{2})")
ONLY_TIME = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?", re.IGNORECASE)
NARROW_SPACES = str.maketrans("\u202f\u00a0", "  ")  # what the writers of times put before AM and PM
YES = frozenset({"yes", "true"})


@dataclass(frozen=True)
class Stay:
    """One row of a report. Where it has no times there is only how long it was."""

    seconds: int
    joined: datetime | None = None
    left: datetime | None = None


@dataclass
class Attendee:
    """A person of a report, known by an address or, as a guest, by a name alone."""

    name: str
    email: str
    stays: list[Stay] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """What the person may be called: as shown, and what stands in brackets and before them."""
        found = IN_BRACKETS.match(self.name)
        return list(dict.fromkeys(filter(None, [self.name, *(map(clean_name, found.groups()) if found else ())])))


@dataclass(frozen=True)
class Report:
    attendees: list[Attendee]
    begins: datetime | None  # of the meeting, where the report says so, else the first who joined
    host: str  # the host's address, where the report says so


def joined_at(stays: Iterable[Stay]) -> datetime | None:
    return min((stay.joined for stay in stays if stay.joined), default=None)


def seconds_present(stays: Iterable[Stay]) -> int:
    """How long somebody was there, every second counted once. Stays without times are taken as one after the other."""
    stays = list(stays)
    total = sum(stay.seconds for stay in stays if stay.joined is None)
    until: datetime | None = None
    for stay in sorted((stay for stay in stays if stay.joined), key=lambda stay: stay.joined):
        begins = stay.joined if until is None else max(stay.joined, until)
        if stay.left > begins:
            total += int((stay.left - begins).total_seconds())
        until = stay.left if until is None else max(until, stay.left)
    return total


def read_report(rows: Sequence[SourceRow], *, starts_at: datetime, zone: ZoneInfo) -> Report:
    """The people of a report about a meeting that began at `starts_at`; times without an offset are those of `zone`.

    Zoom writes the month first, but not everywhere: of both ways to read the dates, the one that lies nearer to the
    meeting is taken. Raises FileRefused when these are no headings of a report, or a cell cannot be read.
    """
    place, columns = _heading(rows)
    block = _block(rows[:place])
    below = [row for row in rows[place + 1 :] if not _is_waiting(row, columns)]
    readings = [_reader(zone, order, starts_at) for order in ("mdy", "dmy")]
    texts = [text for row in below if (text := _cell(row, columns, "joined"))] or [block.get("begins", "")]
    read = min(readings, key=lambda reading: _distance(reading, texts[0], starts_at))
    attendees: dict[tuple[str, str], Attendee] = {}
    for row in below:
        name = clean_name(
            _cell(row, columns, "name") or f"{_cell(row, columns, 'first')} {_cell(row, columns, 'last')}"
        )
        email = clean_email(_cell(row, columns, "email"))
        if name or email:
            key = (email, "" if email else name.casefold())
            attendees.setdefault(key, Attendee(name, email)).stays.append(_stay(row, columns, read))
    people = list(attendees.values())
    begins = _moment(read, block["begins"]) if block.get("begins") else None
    return Report(people, begins or joined_at(stay for each in people for stay in each.stays), block.get("host", ""))


def seconds_of(text: str) -> int | None:
    """`1 hr 2 min`, `45 min`, `30 sec`, `1:02:30`, or a number of minutes; None for anything else."""
    text = text.translate(NARROW_SPACES).strip()
    if found := UNITS.findall(text):
        rest = UNITS.sub("", text).strip(" ,")
        return None if rest else round(sum(float(number) * SECONDS[unit[0].lower()] for number, unit in found))
    if clock := CLOCK.fullmatch(text):
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + int(clock[3])
    return round(float(text) * 60) if re.fullmatch(r"\d+(\.\d+)?", text) else None


# --- Rows


def _heading(rows: Sequence[SourceRow]) -> tuple[int, dict[str, int]]:
    for place, row in enumerate(rows[:ROWS_TO_SEARCH]):
        columns = _columns(row, HEADINGS)
        if {"duration", "joined"} & columns.keys() and {"name", "first"} & columns.keys():
            return place, columns
    raise FileRefused(
        _(
            "These are no headings of a report of Zoom or Google Meet. Choose the report of the participants, as a CSV file."
        )
    )


def _columns(row: SourceRow, names: dict[str, tuple[str, ...]]) -> dict[str, int]:
    headings = [plain(cell) for cell in row.cells]
    return {
        target: headings.index(found)
        for target, known in names.items()
        if (found := next((heading for heading in known if heading in headings), None))
    }


def _block(before: Sequence[SourceRow]) -> dict[str, str]:
    """What the rows before the headings say of the meeting itself: one of names, and one of values below it."""
    for names, values in itertools.pairwise(before):
        if columns := _columns(names, BLOCK):
            return {target: _cell(values, columns, target) for target in columns}
    return {}


def _cell(row: SourceRow, columns: dict[str, int], target: str) -> str:
    place = columns.get(target)
    return row.cells[place].strip() if place is not None and place < len(row.cells) else ""


def _is_waiting(row: SourceRow, columns: dict[str, int]) -> bool:
    """Whether the row tells of the time before somebody was let in."""
    return _cell(row, columns, "waiting").casefold() in YES


def _stay(row: SourceRow, columns: dict[str, int], read: Callable[[str], datetime]) -> Stay:
    joined, left = (
        _in_line(row, read, text) if (text := _cell(row, columns, name)) else None for name in ("joined", "left")
    )
    duration = _cell(row, columns, "duration")
    seconds = seconds_of(duration) if duration else 0
    if seconds is None:
        raise FileRefused(
            _("Line %(line)d: “%(text)s” is no duration. Write it like 1 hr 2 min.")
            % {"line": row.line, "text": duration}
        )
    if joined is None:
        return Stay(seconds)
    if left is None:
        left = joined + timedelta(seconds=seconds)
    elif left < joined:
        left += timedelta(days=1)  # times without a date, over midnight
    return Stay(seconds, joined, left)


def _in_line(row: SourceRow, read: Callable[[str], datetime], text: str) -> datetime:
    moment = _moment(read, text)
    if moment is None:
        raise FileRefused(
            _("Line %(line)d: “%(text)s” is no time. Write it like 11/03/2026 08:05:12 PM.")
            % {"line": row.line, "text": text}
        )
    return moment


# --- Times


def _reader(zone: ZoneInfo, order: str, starts_at: datetime) -> Callable[[str], datetime]:
    cell = MomentCell(zone, order=order)
    day = starts_at.astimezone(zone).date()

    def read(text: str) -> datetime:
        text = text.translate(NARROW_SPACES).strip()
        # A time alone is one of the day of the meeting.
        return datetime.fromisoformat(cell.parse(f"{day} {text}" if ONLY_TIME.fullmatch(text) else text))

    return read


def _moment(read: Callable[[str], datetime], text: str) -> datetime | None:
    try:
        return read(text)
    except ValueError:
        return None


def _distance(read: Callable[[str], datetime], text: str, starts_at: datetime) -> timedelta:
    moment = _moment(read, text)
    return abs(moment - starts_at) if moment else timedelta.max
