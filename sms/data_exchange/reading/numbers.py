"""Numbers of a sheet as the text that a person would have typed.

A sheet has no dates, only days since 1900 (or 1904) with a format that draws them as dates.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

# Formats that need no definition: ECMA-376 part 1, 18.8.30, with those of East Asia.
BUILT_IN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])

NOT_LETTERS_OF_TIME = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
LETTERS_OF_TIME = re.compile(r"[dmyhs]", re.IGNORECASE)

EPOCH_1900, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001, a sheet knows no timezone
FALSE_LEAP_DAY = 60  # Lotus 1-2-3 believed in 29 February 1900, and Excel kept it
LAST_DAY = 2_958_465  # 9999-12-31
EXACT_DIGITS = 1e21


@dataclass(frozen=True)
class NumberFormat:
    is_date: bool = False
    digits: int = 0  # a format of zeros, such as 00000, draws a number with this many digits


GENERAL = NumberFormat()


def number_format_of(code: str) -> NumberFormat:
    first = code.split(";")[0]
    if first and not first.strip("0"):
        return NumberFormat(digits=len(first))
    return NumberFormat(is_date=bool(LETTERS_OF_TIME.search(NOT_LETTERS_OF_TIME.sub("", first))))


def formats_of(codes: dict[int, str], used: Iterable[int]) -> list[NumberFormat]:
    """The format of each cell style, from the numbers of the formats that the styles use."""
    return [
        NumberFormat(is_date=True)
        if number in BUILT_IN_DATES
        else number_format_of(codes[number])
        if number in codes
        else GENERAL
        for number in used
    ]


def text_of_number(raw: str, number_format: NumberFormat, *, epoch: datetime) -> str:
    """`8.8017E12` in full digits, `5.0` as `5`, dates as ISO; what is no number stays as it is."""
    if number_format is GENERAL and raw.isdigit():
        return raw
    try:
        number = float(raw)
    except ValueError:
        return raw
    if number_format.is_date and 0 <= number < LAST_DAY + 1:
        return _text_of_moment(number, epoch)
    if not abs(number) < EXACT_DIGITS:
        return raw
    text = format(Decimal(format(number, ".15g")), "f") if "." in raw or "e" in raw.lower() else raw.strip()
    return text.zfill(number_format.digits)


def _text_of_moment(days: float, epoch: datetime) -> str:
    seconds = timedelta(seconds=round(days % 1 * 86_400))
    if days < 1:
        return (epoch + seconds).time().isoformat()
    whole = int(days)
    if epoch is EPOCH_1900 and whole < FALSE_LEAP_DAY:
        whole += 1
    moment = epoch + timedelta(days=whole) + seconds
    return moment.isoformat(sep=" ") if days % 1 else moment.date().isoformat()
