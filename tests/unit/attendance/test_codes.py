from datetime import UTC, datetime, timedelta

from sms.attendance import codes

SECRET = "5f" * 32
STEP_BEGINS = datetime(2026, 11, 22, 14, 0, 30, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def test_a_code_is_that_of_rfc_6238() -> None:
    """The vectors of its appendix B for SHA-256, of which the last six digits are ours."""
    secret = b"12345678901234567890123456789012".hex()
    moments = (59, 1111111109, 1111111111, 1234567890, 2000000000, 20000000000)
    shown = [codes.code_at(secret, datetime.fromtimestamp(at, UTC)) for at in moments]
    assert shown == ["119246", "084774", "062674", "819424", "698825", "737706"]


def test_a_code_is_shown_for_a_step_and_taken_for_the_next() -> None:
    code = codes.code_at(SECRET, STEP_BEGINS)
    taken = {
        "before it is shown": STEP_BEGINS - MICROSECOND,
        "from its first instant": STEP_BEGINS,
        "until its last": STEP_BEGINS + timedelta(seconds=30) - MICROSECOND,
        "in the step after": STEP_BEGINS + timedelta(seconds=30),
        "until the last of that": STEP_BEGINS + timedelta(seconds=60) - MICROSECOND,
        "and no longer": STEP_BEGINS + timedelta(seconds=60),
    }
    assert [codes.is_shown(SECRET, code, moment) for moment in taken.values()] == [False, True, True, True, True, False]
    assert not codes.is_shown("6e" * 32, code, STEP_BEGINS), "another meeting has another code"


def test_how_long_a_code_is_still_shown() -> None:
    assert codes.seconds_left(STEP_BEGINS) == 30
    assert codes.seconds_left(STEP_BEGINS - MICROSECOND) == 1
    assert codes.seconds_left(STEP_BEGINS + timedelta(seconds=29)) == 1


def test_a_code_may_be_typed_with_spaces_and_in_any_digits() -> None:
    assert codes.digits_of(" 012 345 ") == "012345"
    assert codes.digits_of("০১২-৩৪৫") == "012345"
    assert codes.digits_of("no code") == ""
    assert not codes.is_shown(SECRET, codes.digits_of(""), STEP_BEGINS)
