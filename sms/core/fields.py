"""Values that more than one app stores, in one canonical form.

Phones are kept as E.164 (`+8801712345678`), names in Unicode NFC with single spaces, e-mail
addresses in lower case: domain.md, "Contacts".
"""

import unicodedata
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

HIDDEN, MASKED_DIGITS, MASKED_LETTERS = "•", 4, 4


def clean_name(text: str) -> str:
    """The name in NFC, with runs of white space as one space and none at the edges."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def clean_email(text: str) -> str:
    """The address as it is compared and stored."""
    return text.strip().lower()


def clean_phone(text: str) -> str:
    """The number as E.164, or an empty string for an empty one.

    Numbers without a country code are read in DEFAULT_PHONE_REGION. Raises ValidationError.
    """
    text = text.strip()
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, settings.DEFAULT_PHONE_REGION)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise ValidationError(
            _("“%(text)s” is not a phone number that can be called. Write it as +8801712345678.") % {"text": text}
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def readable_phone(e164: str) -> str:
    """The number in groups, as people read it aloud."""
    if not e164:
        return ""
    return phonenumbers.format_number(phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def masked_phone(e164: str) -> str:
    """Enough of the number to know it again, and not enough to call it: +880 17•• ••• •78."""
    if not e164:
        return ""
    number = phonenumbers.parse(e164)
    digits = phonenumbers.national_significant_number(number)
    shown = digits[:2] if len(digits) > MASKED_DIGITS + 2 else ""
    masked = f"{shown}{HIDDEN * (len(digits) - len(shown) - 2)}{digits[-2:]}"
    groups = (masked[:-6], masked[-6:-3], masked[-3:])
    return " ".join([f"+{number.country_code}", *filter(None, groups)])


def masked_email(email: str) -> str:
    """a••••@gmail.com; the dots do not tell how long the name is."""
    name, _at, host = email.partition("@")
    return f"{name[:1]}{HIDDEN * MASKED_LETTERS}@{host}"


def validate_timezone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is not a timezone. Choose one like Asia/Dhaka.") % {"name": name})


def default_timezone() -> str:
    return settings.TIME_ZONE


class TimezoneField(models.CharField):
    """The IANA name of a timezone, such as Asia/Dhaka."""

    def __init__(self, **options: object) -> None:
        options.setdefault("max_length", 64)
        options.setdefault("default", default_timezone)
        options.setdefault("verbose_name", _("timezone"))
        super().__init__(**options)
        self.validators.append(validate_timezone)


def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)
