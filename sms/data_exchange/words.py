"""Headings as they are compared: by letters and digits alone."""

import unicodedata
from collections.abc import Iterable


def plain(heading: str) -> str:
    """Letters, marks and digits, without case: `E-mail  Address` is `emailaddress`."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    return "".join(letter for letter in text if unicodedata.category(letter)[0] in "LMN")


def shown(cell: str) -> str:
    """A heading as it is named in a sentence."""
    text = " ".join(cell.replace("\ufeff", "").split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def listed(cells: Iterable[str]) -> str:
    return ", ".join(f"“{shown(cell)}”" for cell in cells)


SECRET_PARTS = tuple(map(plain, ("password", "passwd", "passcode", "পাসওয়ার্ড")))
SECRETS = frozenset({"pwd", "pass", "pin", "pincode", "secret", "otp"})


def is_secret(heading: str) -> bool:
    """Whether a plain heading stands over passwords, which are never read."""
    return heading in SECRETS or any(part in heading for part in SECRET_PARTS)
