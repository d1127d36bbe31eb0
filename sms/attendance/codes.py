"""The code that the host of a meeting shows: made from the meeting's secret and the clock, and stored nowhere.

It is a one-time password by time (RFC 6238) over SHA-256. A code holds for a step of the clock and for the step after
it, so that whoever typed it in its last second is still in time. Pure functions; the database is not asked here.
"""

import hmac
import unicodedata
from datetime import datetime
from hashlib import sha256
from secrets import token_hex

STEP = 30  # seconds
DIGITS = 6


def new_secret() -> str:
    return token_hex(32)


def step_of(moment: datetime) -> int:
    """The number of the step; its first second belongs to it, the first of the next does not."""
    return int(moment.timestamp() // STEP)


def seconds_left(moment: datetime) -> int:
    """Whole seconds until another code is shown, at least one."""
    return STEP - int(moment.timestamp()) % STEP


def code_of(secret: str, step: int) -> str:
    digest = hmac.digest(bytes.fromhex(secret), step.to_bytes(8, "big"), sha256)
    place = digest[-1] & 0x0F
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def code_at(secret: str, moment: datetime) -> str:
    return code_of(secret, step_of(moment))


def is_shown(secret: str, code: str, moment: datetime) -> bool:
    """Whether the host shows this code at the moment, or showed it in the step before."""
    step = step_of(moment)
    # Both are compared whatever the first says: how long it takes tells nothing.
    return sum(hmac.compare_digest(code_of(secret, each), code) for each in (step, step - 1)) > 0


def digits_of(text: str) -> str:
    """What a person typed as a code is written: without spaces, and with digits of any script as 0 to 9."""
    return "".join(str(unicodedata.decimal(letter)) for letter in text if letter.isdecimal())
