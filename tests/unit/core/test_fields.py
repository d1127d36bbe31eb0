"""Names, addresses and phones in one canonical form."""

import pytest
from django.core.exceptions import ValidationError

from sms.core.fields import clean_email, clean_name, clean_phone, readable_phone, validate_timezone


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("01712345678", "+8801712345678"),
        ("+880 1712-345678", "+8801712345678"),
        ("008801712345678", "+8801712345678"),
        ("+44 20 7946 0958", "+442079460958"),
        ("  ", ""),
    ],
)
def test_phone(text: str, stored: str) -> None:
    assert clean_phone(text) == stored


@pytest.mark.parametrize("text", ["12", "call me", "+8801", "0171234567890123"])
def test_a_phone_that_cannot_be_called_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="not a phone number that can be called"):
        clean_phone(text)


def test_a_phone_is_read_in_groups() -> None:
    assert (readable_phone("+8801712345678"), readable_phone("")) == ("+880 1712-345678", "")


def test_name_and_address() -> None:
    assert clean_name("  Jose\u0301 \t Al  Noor ") == "José Al Noor"
    assert clean_email(" Arif@Example.COM ") == "arif@example.com"


def test_timezone() -> None:
    validate_timezone("Asia/Dhaka")
    with pytest.raises(ValidationError, match="not a timezone"):
        validate_timezone("Asia/Atlantis")
