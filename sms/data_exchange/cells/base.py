"""What all cells have in common: edges, the guard against formulas, blank and `<clear>`."""

import re
import unicodedata
from enum import Enum
from typing import Any

from django.utils.translation import gettext as _
from import_export.widgets import Widget

from sms.core.export import FORMULA_STARTS


class Order(Enum):
    """What a cell says of the stored value without giving one."""

    BLANK = "blank"
    CLEAR = "clear"


BLANK, CLEAR = Order.BLANK, Order.CLEAR
CLEAR_TEXT = "<clear>"

FORMULA_ERRORS = frozenset(
    {
        *("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"),
        *("#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#GETTING_DATA", "#ERROR!"),
    }
)

# Stripped at the edges only: inside Bangla words joiners and non-joiners decide the shape of letters.
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
EDGES = ZERO_WIDTH + "".join(chr(code) for code in range(0x3001) if chr(code).isspace())

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
OTHER_DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "0123456789" * 3)


def tidy(text: str) -> str:
    """Without space and zero-width letters at the edges, in NFC, without letters that no database stores."""
    if text.isascii():
        text = text.strip()
        return text if text.isprintable() else UNPRINTABLE.sub("", text).strip()
    return unicodedata.normalize("NFC", UNPRINTABLE.sub("", text)).strip(EDGES)


def guard_formula(text: str) -> str:
    """The text as it stands in a file: with an apostrophe where a program would take it for something else."""
    return f"'{text}" if _needs_guard(text.lstrip("'")) else text


def undo_formula_guard(text: str) -> str:
    """What `guard_formula` was given."""
    return text[1:] if text.startswith("'") and _needs_guard(text.lstrip("'")) else text


def _needs_guard(bare: str) -> bool:
    return bare.startswith(FORMULA_STARTS) or bare.casefold() == CLEAR_TEXT or is_formula_error(bare)


def is_formula_error(text: str) -> bool:
    """Also `#####`, which a sheet shows for what does not fit its column."""
    return text.startswith("#") and (text.upper() in FORMULA_ERRORS or (len(text) > 2 and not text.strip("#")))


class Cell(Widget):
    """Base of all cells. A subclass gives `parse`, from tidy text to value; None stands for no value."""

    guarded = True

    def clean(self, value: str | None, row: Any = None, **options: Any) -> Any:
        text = tidy(value or "")
        return self.clean_tidy(text) if text else None

    def clean_tidy(self, text: str) -> Any:
        """The value of a text that is tidy and not empty."""
        if text[0] == "#" and is_formula_error(text):
            raise ValueError(
                _("“%(text)s” is the error of a formula. Mend the formula, or write the value itself.") % {"text": text}
            )
        if text[0] == "'":
            text = tidy(undo_formula_guard(text))
        return self.parse(text)

    def parse(self, text: str) -> Any:
        raise NotImplementedError

    def shown(self, value: Any) -> str:
        """The value as people read it on a page."""
        return "" if value is None else str(value)

    def render(self, value: Any, obj: Any = None, **options: Any) -> str:
        text = self.shown(value)
        return guard_formula(text) if self.guarded else text

    def warning(self, value: Any) -> str:
        """A sentence on what looks wrong in the value, or nothing."""
        return ""


def read_cell(cell: Cell, text: str | None) -> Any:
    """The value that a cell gives, or BLANK to leave what is stored, or CLEAR to empty it. Raises ValueError."""
    bare = tidy(text or "")
    if not bare:
        return BLANK
    if bare[0] == "<" and bare.casefold() == CLEAR_TEXT:
        return CLEAR
    value = cell.clean_tidy(bare)
    return BLANK if value is None else value


def in_plain_digits(text: str) -> str:
    """Bangla and Arabic digits as 0–9."""
    return text if text.isascii() else text.translate(OTHER_DIGITS)
