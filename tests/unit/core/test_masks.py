"""What is left of a contact until it is revealed."""

import pytest

from sms.core.fields import masked_email, masked_phone


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("", ""),
        ("+8801712345678", "+880 17•• ••• •78"),
        ("+919876543210", "+91 98•• ••• •10"),
        ("+12025550123", "+1 20•• ••• •23"),
        ("+4930123456", "+49 30 ••• •56"),
        ("+290123", "+290 •23"),
    ],
)
def test_a_number_keeps_its_country_and_both_ends(phone: str, masked: str) -> None:
    assert masked_phone(phone) == masked


@pytest.mark.parametrize(
    ("email", "masked"),
    [
        ("arif.rahman@gmail.com", "a••••@gmail.com"),
        ("a@example.com", "a••••@example.com"),
        ("আরিফ@example.com", "আ••••@example.com"),
    ],
)
def test_an_address_keeps_its_first_letter_and_its_host(email: str, masked: str) -> None:
    assert masked_email(email) == masked
