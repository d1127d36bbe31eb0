"""Choices, numbers, grades and timezones."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from zoneinfo import available_timezones

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sms.data_exchange.cells.base import Cell, in_plain_digits

Choices = Iterable[tuple[str, str | Promise]]
BETWEEN_WORDS = re.compile(r"[\s_-]+")


class ChoiceCell(Cell):
    """One of `choices`, by its value, its label in the present language or an alias, whatever the case."""

    def __init__(self, choices: Choices, aliases: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.choices = dict(choices)
        self.aliases = dict(aliases or {})
        self._words: dict[str | None, dict[str, str]] = {}

    def parse(self, text: str) -> str:
        if text in self.choices:
            return text
        value = self.words().get(_as_word(text))
        if value is None:
            raise ValueError(
                _("“%(text)s” is not known here. Write one of: %(choices)s.")
                % {"text": text, "choices": ", ".join(self.choices)}
            )
        return value

    def words(self) -> dict[str, str]:
        language = get_language()
        if language not in self._words:
            self._words[language] = (
                {_as_word(alias): value for alias, value in self.aliases.items()}
                | {_as_word(str(label)): value for value, label in self.choices.items()}
                | {_as_word(value): value for value in self.choices}
            )
        return self._words[language]


class IntegerCell(Cell):
    """A whole number from `least` to `most`; `5.0` and `1,000` are such, too."""

    guarded = False
    pattern = re.compile(r"([+-]?(?:\d+|\d{1,3}(?:,\d{3})+))(?:\.0+)?")
    longest = 18  # digits that a database stores

    def __init__(self, least: int | None = None, most: int | None = None) -> None:
        super().__init__()
        self.least, self.most = least, most

    def parse(self, text: str) -> int:
        found = self.pattern.fullmatch(in_plain_digits(text))
        if not found or len(found[1]) > self.longest:
            raise ValueError(_("“%(text)s” is no whole number. Write it in digits, like 12.") % {"text": text})
        number = int(found[1].replace(",", ""))
        _refuse_outside(text, number, self.least, self.most)
        return number


class GradeCell(Cell):
    """A number with up to `places` decimals, stored as its shortest text: `8.50` is `8.5`."""

    guarded = False
    pattern = re.compile(r"[+-]?\d{1,9}(?:[.,]\d+)?")
    thousands = re.compile(r"[+-]?\d{1,3},\d{3}")

    def __init__(self, least: int | None = 0, most: int | None = None, places: int = 2) -> None:
        super().__init__()
        self.least, self.most, self.places = least, most, places

    def parse(self, text: str) -> str:
        digits = in_plain_digits(text)
        if not self.pattern.fullmatch(digits) or self.thousands.fullmatch(digits):
            raise ValueError(_("“%(text)s” is no grade. Write it as a number, like 8.5.") % {"text": text})
        number = Decimal(digits.replace(",", "."))
        if number != round(number, self.places):
            raise ValueError(
                _("“%(text)s” has more than %(places)s decimals. Round it.") % {"text": text, "places": self.places}
            )
        _refuse_outside(text, number, self.least, self.most)
        return shortest(number)


class TimezoneCell(Cell):
    """The IANA name of a timezone, whatever the case."""

    def parse(self, text: str) -> str:
        name = _timezones().get(text.casefold().replace(" ", "_"))
        if name is None:
            raise ValueError(_("“%(text)s” is not a timezone. Choose one like Asia/Dhaka.") % {"text": text})
        return name


def canonical_grade(grade: Decimal | None) -> str:
    """A grade of the database as a cell stores it."""
    return "" if grade is None else shortest(grade)


def shortest(number: Decimal) -> str:
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _refuse_outside(text: str, number: int | Decimal, least: int | None, most: int | None) -> None:
    if least is not None and number < least:
        raise ValueError(_("“%(text)s” is too small. The least is %(least)s.") % {"text": text, "least": least})
    if most is not None and number > most:
        raise ValueError(_("“%(text)s” is too large. The most is %(most)s.") % {"text": text, "most": most})


def _as_word(text: str) -> str:
    return BETWEEN_WORDS.sub(" ", text.strip()).casefold()


@cache
def _timezones() -> dict[str, str]:
    return {name.casefold(): name for name in sorted(available_timezones())}
