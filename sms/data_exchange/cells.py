"""Single cells of a file: what a text means as a value of a column, and how the value is written.

Widgets of django-import-export. `clean` gives the canonical value (text, number or list: what fits into JSON) or raises
ValueError with a sentence that says how to mend the cell; `render` writes the value so that cleaning it again gives the
same value. What is cleaned without asking is only what no person would dispute (spaces, the case of an address, the
form of a phone number); what could be meant otherwise is a warning (`gmail.con`) or a fault.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _
from import_export.widgets import Widget

from sms.core.fields import clean_phone


class _Sentinel:
    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


BLANK = _Sentinel("BLANK")  # leaves what is there
CLEAR = _Sentinel("CLEAR")  # empties it
CLEAR_TEXT = "<clear>"

# What a spreadsheet would take for a formula gets a leading apostrophe in a file, and so does an apostrophe itself.
GUARDED = ("=", "+", "-", "@", "\t", "\r", "'")
ERROR_VALUES = {
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#DIV/0!",
    "#NULL!",
    "#NUM!",
    "#SPILL!",
    "#CALC!",
    "#GETTING_DATA",
}
# Joiners are letters inside a Bangla word and nothing at its edge.
EDGES = " \t\r\n\f\v\u00a0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff"
OUTER = re.compile(f"^[{EDGES}]+|[{EDGES}]+$")
INNER_SPACE = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u3000]+")
SEPARATORS = re.compile(r"[,;|\n]+")


def read_cell(widget: "Cell", text: str) -> Any:
    """The value of the text, or BLANK, or CLEAR. Raises ValueError with the remedy."""
    if text.isascii() and text.isalnum():
        return widget.clean(text)
    text = without_edges(text)
    if not text:
        return BLANK
    if is_marked(text):
        text = text[1:]
    elif text.lower() == CLEAR_TEXT:
        return CLEAR
    elif text.upper() in ERROR_VALUES:
        raise ValueError(_("The spreadsheet shows an error here. Correct the formula, or enter the value itself."))
    return widget.clean(text if text.isascii() else unicodedata.normalize("NFC", text))


def without_edges(text: str) -> str:
    return OUTER.sub("", text)


def guard_formula(text: str) -> str:
    """As it stands in a file: what a spreadsheet or an import would take for something else gets an apostrophe."""
    is_special = text.startswith(GUARDED) or text.lower() == CLEAR_TEXT or text.upper() in ERROR_VALUES
    return f"'{text}" if is_special else text


def is_marked(text: str) -> bool:
    """Whether the apostrophe at its head is a mark: that of guard_formula, or a spreadsheet's before a number."""
    rest = text[1:]
    return text[0] == "'" and (rest[:1].isdigit() or guard_formula(rest) != rest)


class Cell(Widget):
    def clean(self, value: str, row: Any = None, **_options: Any) -> Any:
        raise NotImplementedError

    def render(self, value: Any, obj: Any = None, **_options: Any) -> str:
        return "" if value is None else str(value)

    def warning(self, value: Any) -> str:
        """A sentence about a value that is taken as it is and looks wrong."""
        return ""


class TextCell(Cell):
    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def clean(self, value: str, row: Any = None, **_options: Any) -> str:
        if len(value) > self.most:
            raise ValueError(_("This is longer than %(most)d characters. Shorten it.") % {"most": self.most})
        if "\0" in value:
            raise ValueError(_("This holds characters that no text has. Type it again."))
        return value


class NameCell(TextCell):
    def __init__(self) -> None:
        super().__init__(200)

    def clean(self, value: str, row: Any = None, **_options: Any) -> str:
        name = INNER_SPACE.sub(" ", super().clean(value))
        if not any(map(str.isalpha, name)):
            raise ValueError(_("This is no name: it has no letter. Names in another script need a file in UTF-8."))
        return name

    def warning(self, value: str) -> str:
        if "\ufffd" in value or "??" in value or re.search(r"Ã.|à¦|à§", value):
            return _("Some letters of this name are damaged. Save the file as UTF-8 and upload it again.")
        return ""


SIMPLE_ADDRESS = re.compile(r"[a-z0-9._%+-]+@(?:[a-z0-9-]+\.)+[a-z]{2,24}")
NAMED_ADDRESS = re.compile(r"[^<>]*<([^<>@\s]+@[^<>\s]+)>")
_validate_email = EmailValidator()
MISSPELT = {
    "gmail.con": "gmail.com", "gmail.co": "gmail.com", "gmail.cm": "gmail.com", "gmail.om": "gmail.com",
    "gmail.comm": "gmail.com", "gmai.com": "gmail.com", "gmial.com": "gmail.com", "gamil.com": "gmail.com",
    "gmil.com": "gmail.com", "gmal.com": "gmail.com", "gnail.com": "gmail.com", "gmaill.com": "gmail.com",
    "googlemail.con": "googlemail.com", "yahoo.con": "yahoo.com", "yaho.com": "yahoo.com", "yahooo.com": "yahoo.com",
    "hotmial.com": "hotmail.com", "hotmal.com": "hotmail.com", "hotmail.con": "hotmail.com", "hotmai.com": "hotmail.com",
    "outlok.com": "outlook.com", "outlook.con": "outlook.com", "iclod.com": "icloud.com", "icloud.con": "icloud.com",
}  # fmt: skip


class EmailCell(Cell):
    def clean(self, value: str, row: Any = None, **_options: Any) -> str:
        address = value.lower()
        if SIMPLE_ADDRESS.fullmatch(address) and ".." not in address and len(address) <= 254:
            return address
        if named := NAMED_ADDRESS.fullmatch(address):
            address = named[1]
        if address.count("@") > 1 and SEPARATORS.search(address):
            raise ValueError(_("There are two addresses in this cell. Keep the one that the person signs in with."))
        try:
            _validate_email(address)
        except ValidationError:
            raise ValueError(_("This is no e-mail address. Write it as name@example.com.")) from None
        if len(address) > 254:
            raise ValueError(_("This is too long for an e-mail address. Check it."))
        return address

    def warning(self, value: str) -> str:
        local, _at, domain = value.rpartition("@")
        if domain in MISSPELT:
            meant = f"{local}@{MISSPELT[domain]}"
            return _("Did you mean %(address)s? It is taken as it stands.") % {"address": meant}
        return ""


SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+?\d+")
PHONE_CHARACTERS = str.maketrans(
    {**{chr(zero + digit): str(digit) for zero in (0x09E6, 0x0966, 0x0660, 0x06F0, 0xFF10) for digit in range(10)},
     **dict.fromkeys(" -().\u00a0\u2010\u2011\u2012\u2013\u2014\u202a\u202c\u202d\u200b\u200c\u200d", "")}
)  # fmt: skip


class PhoneCell(Cell):
    """A number that can be called, as E.164. The country is DEFAULT_PHONE_REGION unless the number says otherwise."""

    def clean(self, value: str, row: Any = None, **_options: Any) -> str:
        if known := self.mobile(value):
            return known
        if SCIENTIFIC.fullmatch(value):
            raise ValueError(
                _("The spreadsheet has cut this number short. Format the column as text, and enter the number again.")
            )
        text = re.sub(r"^(tel|mobile|phone|mob)\s*[:.]\s*", "", value.translate(PHONE_CHARACTERS).lower())
        if re.search(r"[,;/|&\n]|\bor\b", text) or len(text) > 20 or self._is_two(value):
            raise ValueError(_("There are two numbers in this cell. Keep one of them."))
        if known := self.mobile(text):
            return known
        try:
            return clean_phone(text.removesuffix(".0"))
        except ValidationError as error:
            raise ValueError(error.messages[0]) from None

    def mobile(self, text: str) -> str:
        """E.164 of a mobile number of the region in any of its usual forms, or nothing. The way of nearly all cells."""
        found = self._mobile.fullmatch(text)
        return f"+{self._code}{found[1]}" if found else ""

    @cached_property
    def _mobile(self) -> re.Pattern[str]:
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(settings.DEFAULT_PHONE_REGION)
        prefix = metadata.national_prefix or ""
        head = rf"(?:\+{self._code}(?:{prefix})?|00{self._code}(?:{prefix})?|{self._code}|{prefix})?"
        lengths = "|".join(rf"\d{{{length}}}" for length in metadata.mobile.possible_length)
        return re.compile(rf"{head}((?=(?:{lengths})$)(?:{metadata.mobile.national_number_pattern}))", re.ASCII)

    @cached_property
    def _code(self) -> int:
        return phonenumbers.country_code_for_region(settings.DEFAULT_PHONE_REGION)

    def _is_two(self, value: str) -> bool:
        """Two numbers beside each other with a space between."""
        parts = value.translate(PHONE_CHARACTERS | {32: " "}).split()
        return len(parts) == 2 and all(self.mobile(part) for part in parts)


class CodeCell(Cell):
    """The code of a batch, mission or assignment, compared in lower case."""

    pattern = re.compile(r"[a-z0-9_-]{1,40}")

    def clean(self, value: str, row: Any = None, **_options: Any) -> str:
        code = value.lower()
        if not self.pattern.fullmatch(code):
            raise ValueError(_("A code has letters, digits, hyphens and underscores only, 40 at most."))
        return code


class CodesCell(CodeCell):
    """Several codes in one cell, such as the batches of a student: a sorted list without doubles."""

    def clean(self, value: str, row: Any = None, **_options: Any) -> list[str]:
        parts = [part for text in SEPARATORS.split(value) if (part := without_edges(text))]
        return sorted({super(CodesCell, self).clean(part) for part in parts})

    def render(self, value: Collection[str], obj: Any = None, **_options: Any) -> str:
        return ", ".join(value)


class ChoiceCell(Cell):
    """One of the values of a TextChoices, by value or by label in any language of the reader."""

    def __init__(self, choices: Sequence[tuple[str, Any]]) -> None:
        super().__init__()
        self.choices = choices
        self.values = {value for value, _label in choices}

    def clean(self, value: str, row: Any = None, **_options: Any) -> str:
        folded = value.casefold()
        if folded in self.values:
            return folded
        by_label = {str(label).casefold(): choice for choice, label in self.choices}
        if folded in by_label:
            return by_label[folded]
        raise ValueError(_("Write one of %(values)s.") % {"values": ", ".join(value for value, _label in self.choices)})


class IntegerCell(Cell):
    def __init__(self, least: int, most: int) -> None:
        super().__init__()
        self.least = least
        self.most = most

    def clean(self, value: str, row: Any = None, **_options: Any) -> int:
        try:
            number = int(value.removesuffix(".0"))
        except ValueError:
            raise ValueError(_("Write a whole number.")) from None
        if not self.least <= number <= self.most:
            raise ValueError(_("Write a number from %(least)d to %(most)d.") % {"least": self.least, "most": self.most})
        return number


class GradeCell(Cell):
    """A mark with at most two decimals; the canonical value is its shortest text."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def clean(self, value: str, row: Any = None, **_options: Any) -> str:
        try:
            grade = Decimal(value.replace(",", ".").removesuffix("%").strip())
        except InvalidOperation:
            raise ValueError(_("Write the mark as a number, such as 78 or 78.5.")) from None
        if not grade.is_finite() or not 0 <= grade <= self.most:
            raise ValueError(_("Write a mark from 0 to %(most)d.") % {"most": self.most})
        if grade != round(grade, 2):
            raise ValueError(_("Write the mark with two decimals at most."))
        return canonical_grade(grade)


def canonical_grade(grade: Decimal | None) -> str:
    return "" if grade is None else f"{grade:f}".rstrip("0").rstrip(".") if "." in f"{grade:f}" else f"{grade:f}"


class TimezoneCell(Cell):
    def clean(self, value: str, row: Any = None, **_options: Any) -> str:
        known = _timezones().get(value.casefold().replace(" ", "_"))
        if known is None:
            raise ValueError(_("This is no timezone. Write one like Asia/Dhaka."))
        return known


@lru_cache(maxsize=1)
def _timezones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


# --- Dates and moments

EXCEL_EPOCH = date(1899, 12, 30)
SERIALS = range(20_000, 80_000)  # 1954 to 2119
ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
YEAR_FIRST = re.compile(r"(\d{4})[./](\d{1,2})[./](\d{1,2})")
NUMBERS = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})")
NAMED_MONTH = re.compile(
    r"(\d{1,2})[ ./-]?([a-z]{3,9})[ ,./-]*(\d{4}|\d{2})|([a-z]{3,9})[ .]?(\d{1,2})(?:st|nd|rd|th)?,? ?(\d{4})", re.I
)
MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}


class AmbiguousOrder(ValueError):
    """3/4/2026: the person has to say once for the column which of the two is the day."""


class DateCell(Cell):
    """A calendar day; the canonical value is ISO. `order`, dmy or mdy, decides how 3/4/2026 is read."""

    def __init__(self, order: str | None = None) -> None:
        super().__init__()
        self.order = order

    def with_order(self, order: str) -> "DateCell":
        return DateCell(order)

    def clean(self, value: str, row: Any = None, **_options: Any) -> str:
        return self.day_of(value).isoformat()

    def day_of(self, text: str) -> date:
        try:
            if found := ISO_DATE.fullmatch(text) or YEAR_FIRST.fullmatch(text):
                return date(*map(int, found.groups()))
            if text.isdigit() or re.fullmatch(r"\d+\.0+", text):
                return self._serial(int(text.partition(".")[0]))
            if found := NUMBERS.fullmatch(text):
                return self._ordered(*map(int, found.groups()))
            if found := NAMED_MONTH.fullmatch(text):
                return self._named(found)
        except AmbiguousOrder:
            raise
        except (ValueError, KeyError):
            pass
        raise ValueError(_("This is no date. Write it as 2026-12-31."))

    def _serial(self, days: int) -> date:
        if days not in SERIALS:
            raise ValueError
        return EXCEL_EPOCH + timedelta(days=days)

    def _ordered(self, first: int, second: int, year: int) -> date:
        year += 2000 if year < 100 else 0
        if first > 12:
            return date(year, second, first)
        if second > 12:
            return date(year, first, second)
        if self.order is None and first != second:
            raise AmbiguousOrder(_("Day and month can be read in two ways. Write the date as 2026-12-31."))
        day, month = (second, first) if self.order == "mdy" else (first, second)
        return date(year, month, day)

    def _named(self, found: re.Match[str]) -> date:
        day, month, year = (found[1], found[2], found[3]) if found[2] else (found[5], found[4], found[6])
        return date(int(year) + (2000 if len(year) == 2 else 0), MONTHS[month[:3].lower()], int(day))


TIME_OF_DAY = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([ap])?\.?m?\.?", re.I)


class MomentCell(DateCell):
    """A moment; the canonical value is ISO in UTC with seconds. A text without an offset is in `zone`; a date alone is
    the end of that day, when work that is due on it is due.
    """

    def __init__(self, zone: ZoneInfo | None = None, order: str | None = None) -> None:
        super().__init__(order)
        self.zone = zone

    def with_order(self, order: str) -> "MomentCell":
        return MomentCell(self.zone, order)

    def clean(self, value: str, row: Any = None, **_options: Any) -> str:
        return canonical_moment(self.moment_of(value))

    def moment_of(self, text: str) -> datetime:
        try:
            moment = datetime.fromisoformat(text) if len(text) > 10 else None
        except ValueError:
            moment = None
        if moment is None:
            day, _space, wall = text.partition(" ") if " " in text else text.partition("T")
            try:
                moment = datetime.combine(self.day_of(day), self._time_of(wall) if wall else time(23, 59))
            except AmbiguousOrder:
                raise
            except ValueError:
                raise ValueError(_("This is no time. Write it as 2026-12-31 23:59.")) from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone or ZoneInfo(settings.TIME_ZONE))
        return moment

    def _time_of(self, text: str) -> time:
        found = TIME_OF_DAY.fullmatch(text.strip())
        if not found:
            raise ValueError
        hour = int(found[1])
        if found[4]:
            hour = hour % 12 + (12 if found[4].lower() == "p" else 0)
        return time(hour, int(found[2]), int(found[3] or 0))


def canonical_moment(moment: datetime | None) -> str:
    """ISO in UTC, to the second."""
    return "" if moment is None else moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "+00:00"


def day_month_order(texts: Iterable[str]) -> str:
    """How a column orders day and month: dmy, mdy, ambiguous, or none when no text depends on it.

    One text with a day beyond the twelfth settles it for the column; two that contradict leave it ambiguous.
    """
    has_dmy = has_mdy = in_doubt = False
    for text in texts:
        found = NUMBERS.match(without_edges(text))
        if not found:
            continue
        first, second = int(found[1]), int(found[2])
        has_dmy |= first > 12
        has_mdy |= second > 12
        in_doubt |= first != second and first <= 12 and second <= 12
    if has_dmy != has_mdy:
        return "dmy" if has_dmy else "mdy"
    return "ambiguous" if in_doubt else "none"
