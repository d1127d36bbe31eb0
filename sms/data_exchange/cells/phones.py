"""Phone numbers as E.164. Nine in ten are mobile numbers of the home region and go a short way."""

import re
from collections.abc import Callable
from functools import cache

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext as _

from sms.data_exchange.cells.base import Cell, in_plain_digits

PUNCTUATION = str.maketrans("", "", " \t\n\r\xa0-‐‑–—().'’`\u200b\u200c\u200d\u202a\u202c\u2060\ufeff")
LABEL = re.compile(r"(?:tel|phone|mobile|mob|cell|ph|m|t)\s*[:.]\s*", re.IGNORECASE)
POWER_OF_TEN = re.compile(r"\d(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)
BETWEEN_NUMBERS = re.compile(r"[/,;|&\n]|\bor\b|\band\b", re.IGNORECASE)
SHORTEST = 6

Short = Callable[[str], str | None]


class PhoneCell(Cell):
    """Numbers without a country code are read in `region`, else in DEFAULT_PHONE_REGION."""

    def __init__(self, region: str = "") -> None:
        super().__init__()
        self.region = region or settings.DEFAULT_PHONE_REGION
        self._short_way = short_way(self.region)

    def parse(self, text: str) -> str:
        text = in_plain_digits(text)
        return self._short_way(text.translate(PUNCTUATION)) or self._long_way(text)

    def _long_way(self, text: str) -> str:
        if POWER_OF_TEN.fullmatch(text.strip("'")):
            raise ValueError(
                _("“%(text)s” lost its last digits in the spreadsheet. Format the column as text and enter it again.")
                % {"text": text}
            )
        parts = [part for part in BETWEEN_NUMBERS.split(text) if sum(map(str.isdigit, part)) >= SHORTEST]
        # A space parts the groups of one number, or two whole ones.
        words = text.split()
        if len(parts) > 1 or (len(words) > 1 and all(map(self._short_way, words))):
            raise ValueError(_("“%(text)s” holds more than one number. Keep one of them.") % {"text": text})
        bare = LABEL.sub("", text, count=1).strip("' ").removesuffix(".0")
        number = _parsed(bare, self.region)
        if number is None:
            raise ValueError(
                _("“%(text)s” is not a phone number that can be called. Write it as +8801712345678.") % {"text": text}
            )
        return number


def _parsed(text: str, region: str) -> str | None:
    """Letters and extensions, which phonenumbers reads around, make no number here."""
    if any(map(str.isalpha, text)):
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or number.extension:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@cache
def short_way(region: str) -> Short:
    """Reads digits as a mobile number of the region, as phonenumbers would, or gives None.

    phonenumbers parses 8,000 numbers a second; this takes its pattern for the region's mobiles. The
    rules for prefixes of some regions are more than a prefix: those always go the long way.
    """
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    if (
        metadata is None
        or not metadata.mobile
        or not metadata.mobile.national_number_pattern
        or not metadata.general_desc
        or not metadata.general_desc.national_number_pattern
        or metadata.national_prefix_transform_rule
        or metadata.national_prefix_for_parsing not in (None, metadata.national_prefix)
        or not (metadata.international_prefix or "").isdigit()
    ):
        return lambda digits: None
    code, mobile = metadata.country_code, metadata.mobile.national_number_pattern
    with_code = re.compile(rf"(?:\+|{metadata.international_prefix}){code}({mobile})")
    bare_code = re.compile(rf"{code}({mobile})")
    national = re.compile(rf"(?:{metadata.national_prefix})?({mobile})" if metadata.national_prefix else f"({mobile})")
    possible = re.compile(metadata.general_desc.national_number_pattern)

    def read(digits: str) -> str | None:
        found = national.fullmatch(digits) or with_code.fullmatch(digits)
        if not found and not possible.fullmatch(digits):
            found = bare_code.fullmatch(digits)
        return f"+{code}{found[1]}" if found else None

    return read
