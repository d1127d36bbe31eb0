"""Single cells: from what people write to what is stored, and back.

Each cell is a widget of django-import-export. `clean` gives the stored value, which is JSON (text,
number or list), or raises ValueError with a sentence; `render` gives the text for a file, and
`clean(render(value)) == value` for every stored value. `warning` says what looks wrong in a value
that is taken as it is, and never mends it.
"""

from sms.data_exchange.cells.base import BLANK, CLEAR, Cell, guard_formula, read_cell, tidy, undo_formula_guard
from sms.data_exchange.cells.dates import (
    AmbiguousOrder,
    DateCell,
    MomentCell,
    OrderedCell,
    canonical_moment,
    day_month_order,
)
from sms.data_exchange.cells.phones import PhoneCell
from sms.data_exchange.cells.texts import CodeCell, CodesCell, EmailCell, NameCell, TextCell
from sms.data_exchange.cells.values import ChoiceCell, GradeCell, IntegerCell, TimezoneCell, canonical_grade

__all__ = [
    "BLANK",
    "CLEAR",
    "AmbiguousOrder",
    "Cell",
    "ChoiceCell",
    "CodeCell",
    "CodesCell",
    "DateCell",
    "EmailCell",
    "GradeCell",
    "IntegerCell",
    "MomentCell",
    "NameCell",
    "OrderedCell",
    "PhoneCell",
    "TextCell",
    "TimezoneCell",
    "canonical_grade",
    "canonical_moment",
    "day_month_order",
    "guard_formula",
    "read_cell",
    "tidy",
    "undo_formula_guard",
]
