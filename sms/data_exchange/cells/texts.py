"""Texts, names, codes and addresses."""

import re
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from sms.data_exchange.cells.base import EDGES, Cell, tidy

NAME_LENGTH, CODE_LENGTH, EMAIL_LENGTH = 200, 40, 254


class TextCell(Cell):
    """Free text with its line breaks, up to `longest` characters."""

    def __init__(self, longest: int = 10_000) -> None:
        super().__init__()
        self.longest = longest

    def parse(self, text: str) -> str:
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        _refuse_longer(text, self.longest)
        return text


class NameCell(Cell):
    """A person's or a thing's name: single spaces, and at least one letter."""

    def __init__(self, longest: int = NAME_LENGTH) -> None:
        super().__init__()
        self.longest = longest

    def parse(self, text: str) -> str:
        text = " ".join(text.split()).strip(EDGES)
        if not any(map(str.isalpha, text)):
            reason = (
                _("“%(text)s” lost its letters when the file was saved. Save it as “CSV UTF-8” and upload it again.")
                if "?" in text or "\ufffd" in text
                else _("“%(text)s” is no name. Write it with letters.")
            )
            raise ValueError(reason % {"text": text})
        _refuse_longer(text, self.longest)
        return text

    def warning(self, value: str) -> str:
        if "?" in value or "\ufffd" in value:
            return _("“%(name)s” may have lost letters when the file was saved.") % {"name": value}
        meant = "" if value.isascii() else _unscrambled(value)
        return _("“%(name)s” looks scrambled. Is it “%(meant)s”?") % {"name": value, "meant": meant} if meant else ""


class CodeCell(Cell):
    """The short code of a batch, mission or assignment, as it stands in addresses."""

    pattern = re.compile(r"[A-Za-z0-9_-]+")

    def __init__(self, longest: int = CODE_LENGTH) -> None:
        super().__init__()
        self.longest = longest

    def parse(self, text: str) -> str:
        if not self.pattern.fullmatch(text):
            raise ValueError(
                _("“%(text)s” is no code. A code has only letters from a to z, digits, hyphens and underscores.")
                % {"text": text}
            )
        _refuse_longer(text, self.longest)
        return text


class CodesCell(CodeCell):
    """Several codes, parted by `,`, `;` or `|`; stored as a sorted list without doubles."""

    between = re.compile(r"[,;|\n]")

    def parse(self, text: str) -> list[str]:
        found = {super(CodesCell, self).parse(part) for part in map(tidy, self.between.split(text)) if part}
        if not found:
            raise ValueError(_("“%(text)s” names no code. Write codes with commas between them.") % {"text": text})
        return sorted(found)

    def shown(self, value: list[str] | None) -> str:
        return ", ".join(value or ())


class EmailCell(Cell):
    """An address in lower case, also from `Name <address>`. One that looks mistyped is taken, with a warning."""

    # What Django's validator accepts for certain, and quickly; all else is left to it.
    plain = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
    within_name = re.compile(r"<\s*([^<>]*@[^<>]*?)\s*>")

    def parse(self, text: str) -> str:
        address = text.lower()
        if not self.plain.fullmatch(address):
            address = self._bare(text, address)
        if len(address) > EMAIL_LENGTH:
            _refuse_longer(address, EMAIL_LENGTH)
        return address

    def _bare(self, text: str, address: str) -> str:
        if len(found := self.within_name.findall(address)) == 1:
            address = found[0]
        address = address.removeprefix("mailto:").strip("'\"<>" + EDGES).rstrip(".,;")
        if address.count("@") > 1:
            raise ValueError(_("“%(text)s” holds more than one address. Keep one of them.") % {"text": text})
        try:
            validate_email(address)
        except ValidationError as error:
            raise ValueError(
                _("“%(text)s” is no e-mail address. Write it as name@example.com.") % {"text": text}
            ) from error
        return address

    def warning(self, value: str) -> str:
        name, _at, domain = value.rpartition("@")
        meant = meant_domain(domain)
        if not meant:
            return ""
        return _("“%(address)s” looks mistyped. Is it “%(meant)s”?") % {"address": value, "meant": f"{name}@{meant}"}


COMMON_DOMAINS = ("gmail.com", "hotmail.com", "yahoo.com", "outlook.com")
NOT_MISTYPED = frozenset({*COMMON_DOMAINS, "mail.com", "ymail.com", "email.com", "gmx.com"})
MISTYPED_ENDINGS = {".con": ".com", ".cmo": ".com", ".ocm": ".com", ".vom": ".com", ".xom": ".com", ".comm": ".com"}


@lru_cache(maxsize=4_096)
def meant_domain(domain: str) -> str:
    """The common domain that is one slip of the finger away, or nothing."""
    if domain in NOT_MISTYPED:
        return ""
    for ending, right in MISTYPED_ENDINGS.items():
        if domain.endswith(ending):
            mended = domain.removesuffix(ending) + right
            return meant_domain(mended) or mended
    return next((common for common in COMMON_DOMAINS if _is_one_slip(domain, common)), "")


def _is_one_slip(written: str, meant: str) -> bool:
    """Whether one letter is missing, extra or wrong, or two neighbours are swapped."""
    if abs(len(written) - len(meant)) > 1:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(written, meant, strict=False)) if a != b), min(len(written), len(meant))
    )
    a, b = written[start:], meant[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _refuse_longer(text: str, longest: int) -> None:
    if len(text) > longest:
        raise ValueError(
            _("“%(text)s…” is longer than %(longest)s characters. Shorten it.")
            % {"text": text[:30], "longest": longest}
        )


BYTE_OF = {bytes([byte]).decode("windows-1252", errors="replace"): byte for byte in range(0x80, 0x100)} | {
    chr(code): code for code in range(0x100)
}


def _unscrambled(text: str) -> str:
    """What was meant, where UTF-8 was once read as Windows-1252 (`JosÃ©` for `José`), or nothing."""
    try:
        return bytes(BYTE_OF[letter] for letter in text).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return ""
