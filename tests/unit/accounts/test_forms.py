import pytest

from sms.accounts.forms import NameField, PhoneField, ProfileForm
from sms.accounts.queries import timezone_choices

PROFILE = {"name": "Rahim", "phone": "", "timezone": "Asia/Dhaka", "language": "en", "theme": "auto"}


@pytest.mark.parametrize(
    ("written", "stored"),
    [("01712-345678", "+8801712345678"), ("+44 20 7946 0958", "+442079460958"), ("", "")],
)
def test_a_phone_becomes_e164(written: str, stored: str) -> None:
    assert PhoneField().clean(written) == stored


def test_a_name_has_single_spaces() -> None:
    assert NameField().clean("  Rahim   Uddin ") == "Rahim Uddin"


def test_a_wrong_phone_and_timezone_are_named_beside_their_fields() -> None:
    form = ProfileForm({**PROFILE, "phone": "12", "timezone": "Mars/Olympus"})

    assert set(form.errors) == {"phone", "timezone"}
    assert "+8801712345678" in form.errors["phone"][0]


def test_every_region_has_places_and_dhaka_is_one() -> None:
    choices = dict(timezone_choices())

    assert ("Asia/Dhaka", "Dhaka") in choices["Asia"]
    assert all(choices.values())
