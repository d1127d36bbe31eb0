"""Phone numbers, and that the short way agrees with phonenumbers."""

import random
import time

import phonenumbers
import pytest

from sms.data_exchange.cells import PhoneCell
from sms.data_exchange.cells.phones import PUNCTUATION, short_way

CELL = PhoneCell("BD")
GO_THE_LONG_WAY = {"GB", "JP", "BR"}  # their prefixes are more than a prefix


@pytest.mark.parametrize(
    "text",
    [
        "01712345678",
        "1712345678",
        "8801712345678",
        "008801712345678",
        "+8801712345678",
        "+880 1712-345678",
        "+88 (0)1712 345678",
        "+88 01712-345678",
        "০১৭১২৩৪৫৬৭৮",
        "+৮৮০ ১৭১২-৩৪৫৬৭৮",
        "'01712345678",
        "'+8801712345678",
        "tel:+8801712345678",
        "Mob: 01712345678",
        "01712345678.0",
        "\u202a01712345678\u202c",
        "017 1234 5678",
    ],
)
def test_ways_to_write_one_number(text: str) -> None:
    assert CELL.clean(text) == "+8801712345678"


@pytest.mark.parametrize(
    ("text", "value"),
    [("+44 20 7946 0958", "+442079460958"), ("0044 20 7946 0958", "+442079460958"), ("02-7111234", "+88027111234")],
)
def test_numbers_from_elsewhere_and_of_houses(text: str, value: str) -> None:
    assert CELL.clean(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("8.80171E+12", "Format the column as text"),
        ("8,80171e12", "Format the column as text"),
        ("01712345678/01812345678", "more than one number"),
        ("01712345678, 01812345678", "more than one number"),
        ("01712345678 or 01812345678", "more than one number"),
        ("01712345678\n01812345678", "more than one number"),
        ("01712345678 01812345678", "more than one number"),
        ("12", "is not a phone number"),
        ("+8801", "is not a phone number"),
        ("call me", "is not a phone number"),
        ("01712345678 ext 5", "is not a phone number"),
        ("0171O345678", "is not a phone number"),
        ("0171234567890123", "is not a phone number"),
    ],
)
def test_rejections(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        CELL.clean(text)


def test_a_number_is_guarded_in_a_file_and_plain_on_a_page() -> None:
    assert (CELL.render("+8801712345678"), CELL.shown("+8801712345678")) == ("'+8801712345678", "+8801712345678")


def test_the_region_is_that_of_the_settings(settings) -> None:
    settings.DEFAULT_PHONE_REGION = "US"
    assert PhoneCell().clean("(212) 555-0123") == "+12125550123"


def slow(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, 0) if phonenumbers.is_valid_number(number) else None


@pytest.mark.parametrize("region", ["BD", "IN", "US", "GB", "DE", "JP", "BR", "IT"])
def test_the_short_way_agrees_with_phonenumbers(region: str) -> None:
    """Whatever it takes, phonenumbers reads as the same number; what it leaves goes the long way anyhow."""
    chance, read = random.Random(region), short_way(region)
    code = str(phonenumbers.country_code_for_region(region))
    example = str(phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE).national_number)
    taken = 0
    for _number in range(1_500):
        digits = list(example)
        for place in chance.sample(range(len(digits)), chance.randrange(len(digits))):
            digits[place] = chance.choice("0123456789")
        length = chance.choice([len(digits)] * 6 + [len(digits) - 1, len(digits) + 1])
        national = "".join([*digits, "7"][:length])
        text = chance.choice(["", "0", "1", code, f"+{code}", f"00{code}", f"011{code}"]) + national
        found = read(text)
        if found is not None:
            taken += 1
            assert found == slow(text, region), text
    assert (taken > 100) == (region not in GO_THE_LONG_WAY), taken


def test_the_short_way_takes_all_mobiles_of_the_home_region() -> None:
    chance, read = random.Random(1), short_way("BD")
    for _number in range(2_000):
        national = f"1{chance.choice('3456789')}{chance.randrange(10**8):08}"
        for text in (national, f"0{national}", f"880{national}", f"+880{national}", f"00880{national}"):
            assert read(text) == f"+880{national}"


def test_the_short_way_is_many_times_as_short() -> None:
    texts = [f"+880 17{number:02}-345678" for number in range(100)] * 20
    assert all(short_way("BD")(text.translate(PUNCTUATION)) for text in texts)
    assert seconds(CELL.clean, texts) * 5 < seconds(lambda text: slow(text, "BD"), texts)


def seconds(read, texts: list[str]) -> float:
    began = time.process_time()
    for text in texts:
        read(text)
    return time.process_time() - began
