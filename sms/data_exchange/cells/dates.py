"""Days and moments, in the ways that people and spreadsheets write them.

`03/04/2026` is two dates. Which one is decided once for a column, from those of its texts that can
only be read one way (`day_month_order`), else by the person who imports it.
"""

import re
from collections.abc import Iterable
from copy import copy
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from sms.data_exchange.cells.base import Cell, in_plain_digits, tidy

DayMonth = Literal["dmy", "mdy"]

ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
SERIAL = re.compile(r"(\d{5})(?:\.(\d+))?")
NUMERIC = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})")
DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-/.,\s]+([^\W\d_][^\d\s/.,-]*)[-/.,\s]+(\d{4}|\d{2})")
MONTH_FIRST = re.compile(r"([^\W\d_][^\d\s/.,-]*)\.?[-/\s]+(\d{1,2})(?:st|nd|rd|th)?[-/,\s]+(\d{4}|\d{2})")
WEEKDAY = re.compile(r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[,.\s]+", re.IGNORECASE)
TIME = re.compile(
    r"(?:^|[\sT,]+)(\d{1,2})(?::(\d{2})(?::(\d{2})(\.\d+)?)?)?\s*([ap])?\.?(?(5)m\.?)"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)
SOMEWHERE_TIME = re.compile(r":\d{2}|\d\s*[ap]\.?m", re.IGNORECASE)

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan", "জানুয়ারি", "জানুয়ারী"),
            ("february", "feb", "ফেব্রুয়ারি", "ফেব্রুয়ারী"),
            ("march", "mar", "মার্চ"),
            ("april", "apr", "এপ্রিল"),
            ("may", "মে"),
            ("june", "jun", "জুন"),
            ("july", "jul", "জুলাই"),
            ("august", "aug", "আগস্ট"),
            ("september", "sep", "sept", "সেপ্টেম্বর"),
            ("october", "oct", "অক্টোবর"),
            ("november", "nov", "নভেম্বর"),
            ("december", "dec", "ডিসেম্বর"),
        ),
        start=1,
    )
    for name in map(tidy, names)
}
EPOCH = date(1899, 12, 30)  # day 0 of a sheet, for days after February 1900
SERIALS = range(20_000, 80_000)  # 1954 to 2119; smaller and larger numbers are hardly dates
YEARS = range(1900, 2200)  # a year outside is a slip of the finger
CENTURY_TURNS = 70  # of years in two digits, those below lie in this century


class AmbiguousOrder(ValueError):
    """Day and month could be either: the person is asked once for the column."""


class OrderedCell(Cell):
    """A cell in which 3/4/2026 is read by the order of its column, once that is known."""

    def __init__(self, order: DayMonth | None = None) -> None:
        super().__init__()
        self.order = order

    def with_order(self, order: DayMonth) -> Self:
        other = copy(self)
        other.order = order
        return other


class DateCell(OrderedCell):
    """A day, stored as ISO text."""

    def parse(self, text: str) -> str:
        plain = in_plain_digits(text)
        if SOMEWHERE_TIME.search(plain) and (found := TIME.search(plain)):
            plain = plain[: found.start()]
        day = _day_of(plain, text, self.order)
        if day.year not in YEARS:
            raise _no_date(text)
        return day.isoformat()


class MomentCell(OrderedCell):
    """A moment, stored as ISO text in UTC. Without an offset it is a time of `zone` (the site's); a day alone is that
    day at the time `alone`.
    """

    def __init__(self, zone: ZoneInfo | None = None, order: DayMonth | None = None, alone: time = time()) -> None:
        super().__init__(order)
        self.zone, self.alone = zone or ZoneInfo(settings.TIME_ZONE), alone

    def in_zone(self, zone: ZoneInfo) -> Self:
        other = copy(self)
        other.zone = zone
        return other

    def parse(self, text: str) -> str:
        plain = in_plain_digits(text)
        try:
            # Asked first: the whole moment would read a day alone as its midnight.
            moment = datetime.combine(date.fromisoformat(plain), self.alone)
        except ValueError:
            moment = self._read(plain, text)
        if moment.year not in YEARS:
            raise _no_date(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        return canonical_moment(moment)

    def shown(self, value: str | None) -> str:
        return datetime.fromisoformat(value).astimezone(self.zone).isoformat(sep=" ") if value else ""

    def _read(self, plain: str, text: str) -> datetime:
        try:
            return datetime.fromisoformat(plain)
        except ValueError:
            return self._moment_of(plain, text)

    def _moment_of(self, plain: str, text: str) -> datetime:
        serial = SERIAL.fullmatch(plain)
        if serial:
            seconds = round(float(f"0.{serial[2] or 0}") * 86_400)
            return datetime.combine(_day_of(serial[1], text, self.order), time()) + timedelta(seconds=seconds)
        found = TIME.search(plain) if SOMEWHERE_TIME.search(plain) else None
        if not found:
            return datetime.combine(_day_of(plain, text, self.order), self.alone)
        return datetime.combine(_day_of(plain[: found.start()], text, self.order), _time_of(found, text))


def canonical_moment(moment: datetime | None) -> str:
    """A moment of the database as a cell stores it."""
    return moment.astimezone(UTC).isoformat() if moment else ""


def day_month_order(texts: Iterable[str]) -> Literal["dmy", "mdy", "ambiguous", "none"]:
    """In which order the dates of a column stand, as far as they tell: “none” where no date depends on it."""
    pairs = {(int(found[1]), int(found[2])) for text in texts if (found := _numeric(text))}
    day_first = any(first > 12 >= second for first, second in pairs)
    month_first = any(second > 12 >= first for first, second in pairs)
    if day_first != month_first:
        return "dmy" if day_first else "mdy"
    is_open = day_first or any(first != second for first, second in pairs)
    return "ambiguous" if is_open else "none"


def _numeric(text: str) -> re.Match[str] | None:
    plain = in_plain_digits(tidy(text).lstrip("'"))
    found = NUMERIC.match(plain)
    return found if found and not plain[found.end() : found.end() + 1].isalnum() else None


def _day_of(plain: str, text: str, order: DayMonth | None) -> date:
    plain = WEEKDAY.sub("", plain.strip(" ,T"), count=1)
    year_first = ISO.fullmatch(plain) or COMPACT.fullmatch(plain)
    try:
        if year_first:
            return date(int(year_first[1]), int(year_first[2]), int(year_first[3]))
        if found := NUMERIC.fullmatch(plain):
            return _day_in_order(int(found[1]), int(found[2]), _year(found[3]), text, order)
        if (found := SERIAL.fullmatch(plain)) and int(found[1]) in SERIALS:
            return EPOCH + timedelta(days=int(found[1]))
        if found := DAY_FIRST.fullmatch(plain):
            return date(_year(found[3]), MONTHS[found[2].casefold()], int(found[1]))
        if found := MONTH_FIRST.fullmatch(plain):
            return date(_year(found[3]), MONTHS[found[1].casefold()], int(found[2]))
    except AmbiguousOrder:
        raise
    except (ValueError, KeyError) as error:
        raise _no_date(text) from error
    raise _no_date(text)


def _day_in_order(first: int, second: int, year: int, text: str, order: DayMonth | None) -> date:
    if order is None and first <= 12 and second <= 12 and first != second:
        raise AmbiguousOrder(
            _("“%(text)s” can be read with the day or the month first. Choose the order for the column.")
            % {"text": text}
        )
    is_day_first = order == "dmy" or (order is None and first > 12)
    return date(year, second, first) if is_day_first else date(year, first, second)


def _year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < CENTURY_TURNS else 1900)


def _time_of(found: re.Match[str], text: str) -> time:
    hour, half = int(found[1]), (found[5] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise _no_date(text)
        hour = hour % 12 + (12 if half == "p" else 0)
    offset = (found[6] or "").upper()
    zone = None if not offset else UTC if offset in ("Z", "UTC", "GMT") else datetime.strptime(offset, "%z").tzinfo
    try:
        return time(
            hour, int(found[2] or 0), int(found[3] or 0), round(float(found[4] or 0) * 1_000_000) % 1_000_000, zone
        )
    except ValueError as error:
        raise _no_date(text) from error


def _no_date(text: str) -> ValueError:
    return ValueError(_("“%(text)s” is no date. Write it as 2026-12-31.") % {"text": text})
