"""What people paste as a list of who handed in: addresses, `Name <mail>`, CSV, columns from a sheet, student numbers.

Nothing is refused and nothing is lost: a line that says nothing comes out as an entry without an address. A sheet is
known by its headings; without them each line is searched for addresses. Pure: text in, entries out.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sms.core.fields import clean_email, clean_name

# Invisible marks. The joiners are letters' business in Bangla names, so only addresses lose them.
INVISIBLE = dict.fromkeys(
    map(ord, "\ufeff\u200b\u2060\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)
JOINERS = dict.fromkeys(map(ord, "\u200c\u200d"))
SPACES = {ord(char): " " for char in "\u00a0\u2007\u202f\u3000"}
WIDE = {ord("\uff20"): "@"}
CONTROLS = {code: " " for code in range(32) if chr(code) not in "\t\n\r"}

# Bounded, and only at the beginning of a word: a paste of megabytes without a space costs no more than any other.
WORD = r"[^\s<>,;:\"'()\[\]{}|@?]"
ADDRESS = re.compile(rf"(?<!{WORD}){WORD}{{1,64}}@{WORD}{{1,189}}")
MAILTO = re.compile(r"mailto:", re.IGNORECASE)
SUBJECT = re.compile(r"\?(subject|body|cc|bcc)=[^\s>)]*", re.IGNORECASE)
EDGES = ".,;:!?*_-"
NUMBER = re.compile(r"[A-Za-z]{0,8}[-/#]?\d[\w/-]*")
LONGEST_NUMBER, LONGEST_TIME, LONGEST_SHOWN = 40, 60, 300
ORDINAL = re.compile(r"^\s*\d{1,5}[.)]\s+")
SEPARATORS = re.compile(r"[,;\t|]")

HEADINGS_WITHIN = 10  # lines of a preamble, such as the title that a report begins with
QUOTED_LINES = 10  # lines that one quoted cell may go over, before its quote is taken for a stray one

HEADINGS = {
    "address": {"email", "emailaddress", "mail", "useremail", "studentemail", "loginemail", "gmail", "ইমেইল"},
    "number": {"studentid", "studentnumber", "studentno", "idnumber", "roll", "rollno", "rollnumber", "registrationno"},
    "name": {"name", "fullname", "studentname", "student", "participant", "নাম"},
    "first": {"firstname", "givenname"},
    "last": {"lastname", "surname", "familyname"},
    "time": {
        "submitted",
        "submittedat",
        "submittedon",
        "submissiontime",
        "submissiondate",
        "submitteddate",
        "timestamp",
        "handedin",
        "handedinat",
        "lastmodifiedsubmission",
        "completedat",
        "completedon",
        "time",
        "date",
    },
}

CLOCK = r"(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp][Mm])?)?"
NUMERIC = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})" + CLOCK)
WORDY = re.compile(r"(?:[A-Za-z]+,? +)?(\d{1,2}) +([A-Za-z]{3})[a-z]*\.?,? +(\d{4})" + CLOCK)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of a paste. `line` and `last_line` say where it stands, from 1. Without `address` and
    `student_number` it says nothing that can be looked up.
    """

    line: int
    last_line: int
    text: str
    name: str = ""
    address: str = ""
    student_number: str = ""
    time: str = ""
    submitted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pasted:
    """`heading` is the line with the headings, if there is one. `unclear_times` holds where the times could be read in
    two ways (day or month first) and none was taken.
    """

    entries: list[Entry]
    heading: int | None = None
    unclear_times: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """Lines that belong together because a quoted cell goes over them."""

    line: int
    last_line: int
    text: str
    shown: str = ""


@dataclass(slots=True)
class Columns:
    delimiter: str
    heading: int
    places: dict[str, list[int]] = field(default_factory=dict)


def parse(text: str, zone: ZoneInfo) -> Pasted:
    """Times without a timezone are those of `zone`."""
    records = list(_records(_clean(text).splitlines()))
    columns = _columns(records)
    entries: list[Entry] = []
    for record in records:
        if columns and record.line == columns.heading:
            continue
        if columns and record.line > columns.heading:
            entries.append(_from_cells(record, columns))
        else:
            entries.extend(_from_text(record))
    return _with_times(entries, columns, zone)


# --- Lines


def _clean(text: str) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", text).translate(INVISIBLE | SPACES | WIDE | CONTROLS)


def _records(lines: Sequence[str]) -> Iterator[Record]:
    """Lines that are not blank; those of a quoted cell that goes over several are one."""
    at = 0
    while at < len(lines):
        first, text = at, lines[at]
        if text.count('"') % 2:
            joined = next(
                (end for end in range(at + 1, min(at + QUOTED_LINES, len(lines))) if lines[end].count('"') % 2), None
            )
            # Only where no line between says something by itself: a stray quote must not swallow others.
            if joined and not any("@" in line for line in lines[at + 1 : joined + 1] if "@" in text):
                at, text = joined, "\n".join(lines[first : joined + 1])
        if text.strip():
            yield Record(first + 1, at + 1, text, " ".join(text[: 2 * LONGEST_SHOWN].split())[:LONGEST_SHOWN])
        at += 1


def _split(text: str, delimiter: str) -> list[str]:
    if text.count('"') % 2:
        text = text.replace('"', "")
    try:
        rows = list(csv.reader([text] if "\n" not in text else text.splitlines(keepends=True), delimiter=delimiter))
    except csv.Error:  # a cell longer than the reader takes
        return text.split(delimiter)
    return [" ".join(cell.split()) for row in rows for cell in row]


# --- A sheet with headings


def _columns(records: Sequence[Record]) -> Columns | None:
    """The headings: the first line of the paste that names a column of addresses or of student numbers."""
    for record in records[:HEADINGS_WITHIN]:
        if "@" in record.text:
            return None
        for delimiter in "\t", ",", ";", "|":
            places: dict[str, list[int]] = {}
            cells = _split(record.text, delimiter)
            for place, cell in enumerate(cells):
                if kind := _kind(cell):
                    places.setdefault(kind, []).append(place)
            if ("address" in places or "number" in places) and len(cells) > 1:
                return Columns(delimiter, record.line, places)
        if (kind := _kind(record.text)) in ("address", "number"):  # one column
            return Columns("\t", record.line, {kind: [0]})
    return None


def _kind(cell: str) -> str:
    word = "".join(char for char in cell.casefold() if char.isalnum() or unicodedata.category(char).startswith("M"))
    return next((kind for kind, words in HEADINGS.items() if word in words), "")


def _from_cells(record: Record, columns: Columns) -> Entry:
    cells = _split(record.text, columns.delimiter)

    def of(kind: str) -> str:
        found = (cells[place] for place in columns.places.get(kind, ()) if place < len(cells))
        return next((cell for cell in found if cell), "")

    addresses = [
        address for place in columns.places.get("address", ()) for address in _addresses(cells[place : place + 1])
    ]
    if not addresses and "address" not in columns.places and "number" not in columns.places:
        addresses = _addresses(cells)
    number = "" if addresses else _number(of("number"))
    if not addresses and not number:  # a row that is shifted, or a line that is no row
        addresses = _addresses(cells)
    name = of("name") or f"{of('first')} {of('last')}"
    return _entry(record, name=name, address=addresses[0] if addresses else "", number=number, time=of("time"))


# --- Lines without headings


def _from_text(record: Record) -> Iterator[Entry]:
    text = MAILTO.sub(" ", unicodedata.normalize("NFKC", record.text).translate(JOINERS))
    found = [match for match in ADDRESS.finditer(text) if _address(match[0])]
    if not found:
        yield from _numbers(record)
    elif len(found) == 1:
        [match] = found
        # From what was pasted, not from its folded form: a name keeps its joiners and its letters.
        rest = [_label(cell) for cell in _cells_around(record.text, match[0])]
        time = next((cell for cell in rest if _looks_like_time(cell)), "")
        yield _entry(record, name=_name(rest), address=_address(match[0]), time=time)
    else:
        seen = 0
        for match in found:
            name = _name([_label(cell) for cell in SEPARATORS.split(text[seen : match.start()])])
            yield _entry(record, name=name, address=_address(match[0]))
            seen = match.end()


def _cells_around(text: str, address: str) -> list[str]:
    text = SUBJECT.sub(" ", MAILTO.sub(" ", text))
    at = text.casefold().find(address.casefold())
    if at >= 0:
        text = f"{text[:at]}\t{text[at + len(address) :]}"
    return SEPARATORS.split(text)


def _numbers(record: Record) -> Iterator[Entry]:
    words = [_label(word) for word in SEPARATORS.split(record.text)]
    words = [word for word in words if word]
    numbers = [_number(word) for word in words]
    if numbers and all(numbers) and not _looks_like_time(_label(record.text)):
        for number in numbers:
            yield _entry(record, number=number)
    elif len(found := [number for number in numbers if number]) == 1 and len(words) > 1:
        time = next((word for word in words if _looks_like_time(word)), "")
        yield _entry(record, name=_name([word for word in words if not _number(word)]), number=found[0], time=time)
    else:
        yield _entry(record, name=_name(words))


def _name(cells: Iterable[str]) -> str:
    """The first cell that reads like a name: letters, and neither a number nor a time."""
    return next(
        (
            cell
            for cell in cells
            if any(char.isalpha() for char in cell)
            and "@" not in cell
            and not _number(cell)
            and not _looks_like_time(cell)
        ),
        "",
    )


def _label(text: str) -> str:
    return ORDINAL.sub("", " ".join(text.split())).strip(" <>()[]{}\"'“”‘’.,;:*•-–—").strip()


# --- Values


def _entry(record: Record, *, name: str = "", address: str = "", number: str = "", time: str = "") -> Entry:
    return Entry(record.line, record.last_line, record.shown, clean_name(name), address, number, time)


def _addresses(cells: Iterable[str]) -> list[str]:
    texts = (MAILTO.sub(" ", unicodedata.normalize("NFKC", cell).translate(JOINERS)) for cell in cells)
    found = (_address(match) for text in texts for match in ADDRESS.findall(text))
    return [address for address in found if address]


def _address(word: str) -> str:
    """The address in its stored form; empty where nothing is left of it."""
    local, _at, host = clean_email(word.strip(EDGES)).partition("@")
    local, host = local.lstrip("."), host.strip(".-/")
    return f"{local}@{host}" if local and host else ""


def _number(word: str) -> str:
    return word if len(word) <= LONGEST_NUMBER and NUMBER.fullmatch(word) and not _looks_like_time(word) else ""


# --- Times


def _looks_like_time(cell: str) -> bool:
    return 0 < len(cell) <= LONGEST_TIME and (
        bool(NUMERIC.fullmatch(cell) or WORDY.fullmatch(cell)) or _iso(cell) is not None
    )


def _with_times(entries: list[Entry], columns: Columns | None, zone: ZoneInfo) -> Pasted:
    heading = columns.heading if columns else None
    orders = {order for entry in entries if (order := _order(entry.time))}
    # What says month or day for certain decides for the others; where nothing does, a guess would be silent and wrong.
    unclear = "either" in orders and len(orders & {"day", "month"}) != 1
    day_first = "month" not in orders
    return Pasted(
        [
            replace(entry, submitted_at=_moment(entry.time, zone, day_first)) if entry.time and not unclear else entry
            for entry in entries
        ],
        heading,
        unclear,
    )


def _order(cell: str) -> str:
    """What comes first in a date of numbers: day, month, or either; empty for other dates."""
    match = NUMERIC.fullmatch(cell)
    if not match:
        return ""
    first, second = int(match[1]), int(match[2])
    return "day" if first > 12 else "month" if second > 12 else "same" if first == second else "either"


def _moment(cell: str, zone: ZoneInfo, day_first: bool) -> datetime | None:
    moment = _iso(cell)
    if moment is None and (match := NUMERIC.fullmatch(cell)):
        first, second = int(match[1]), int(match[2])
        day, month = (first, second) if day_first else (second, first)
        moment = _at(int(match[3]), month, day, match.groups()[3:])
    elif moment is None and (match := WORDY.fullmatch(cell)):
        month = MONTHS.index(match[2].lower()) + 1 if match[2].lower() in MONTHS else 0
        moment = _at(int(match[3]), month, int(match[1]), match.groups()[3:])
    if moment is None:
        return None
    try:
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        moment.timestamp()
    except (OverflowError, ValueError):
        return None
    return moment if 1970 < moment.year < 9000 else None


def _iso(cell: str) -> datetime | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}", cell):
        return None
    try:
        return datetime.fromisoformat(cell.replace(" UTC", "+00:00"))
    except ValueError:
        return None


def _at(year: int, month: int, day: int, wall: tuple[str | None, ...]) -> datetime | None:
    hour, minute, second, half = wall
    hours = int(hour or 0)
    if half and hours <= 12:
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    try:
        return datetime(year, month, day, hours, int(minute or 0), int(second or 0))  # noqa: DTZ001, the caller knows the zone
    except ValueError:
        return None
