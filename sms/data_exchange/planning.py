"""From a file to a plan: each row cleaned, looked up, compared, and written down with what it would do.

A chunk of rows costs a fixed number of statements. All faults of all rows are told; a row with a fault is rejected and
the others go on. The plan is data: applying.py does what stands in it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from django.utils.translation import gettext as _

from sms.core import bulk
from sms.data_exchange.cells import BLANK, CLEAR, Cell, OrderedCell, day_month_order, read_cell
from sms.data_exchange.choices import RowStatus
from sms.data_exchange.files import Texts
from sms.data_exchange.kinds.base import FAULT, Column, Draft, Existing, Key, Kind
from sms.data_exchange.kinds.lookups import addresses_of
from sms.data_exchange.models import ImportRow, ImportRun

CHUNK = 5_000
ROW_FIELDS = ["run_id", "line", "status", "is_warned", "key", "values", "before", "cleaned", "messages", "cells"]
KEY_LENGTH = 400
STUDENT_NUMBER = "student_id"

Report = Callable[[int], None]


class Planner:
    """Plans the drafts of one run. It remembers the keys that it has seen: a file names each row once."""

    def __init__(self, run: ImportRun, kind: Kind) -> None:
        self.run = run
        self.kind = kind
        self.lines: dict[Key, int] = {}
        self.counts: Counter[str] = Counter()

    def plan(self, drafts: Iterator[Draft], report: Report) -> Counter[str]:
        """Writes the rows of the plan. Returns how many there are of each status, and of `warned`."""
        done = 0
        while chunk := list(islice(drafts, CHUNK)):
            bulk.insert(ImportRow, ROW_FIELDS, self._rows_of(chunk))
            done += len(chunk)
            report(done)
        return self.counts

    def _rows_of(self, drafts: Sequence[Draft]) -> Iterator[tuple]:
        read = [draft for draft in drafts if not draft.skipped]
        self._complete_keys(read)
        with_key = [draft for draft in read if self._has_key(draft)]
        self.kind.resolve(with_key)
        readable = [draft for draft in with_key if self._is_first(draft)]
        current = self.kind.current([self.kind.key_of(draft.values) for draft in readable])
        new = [draft for draft in readable if self.kind.key_of(draft.values) not in current]
        self.kind.check_needed(new)
        self.kind.check(readable, current)
        return (self._row(draft, current) for draft in drafts)

    def _has_key(self, draft: Draft) -> bool:
        return all(column in draft.values for column in self.kind.key_columns)

    def _complete_keys(self, drafts: Sequence[Draft]) -> None:
        """A student may be named by their number instead of their address. What else a key lacks is a fault."""
        name = self.kind.student_column
        numbers = {
            draft.texts[STUDENT_NUMBER].strip()
            for draft in drafts
            if name and name not in draft.values and draft.texts.get(STUDENT_NUMBER)
        }
        addresses = addresses_of(numbers) if numbers else {}
        for draft in drafts:
            number = draft.texts.get(STUDENT_NUMBER, "").strip()
            if number in addresses and name not in draft.values:
                draft.values[name] = addresses[number]
            elif number in numbers and name not in draft.values and STUDENT_NUMBER not in self.kind.fields:
                draft.reject(name, _("No student has the number “%(number)s”.") % {"number": number})
            for column in self.kind.key_columns:
                self._check_key(draft, column)

    def _check_key(self, draft: Draft, name: str) -> None:
        if name in draft.values or any(column == name and level == FAULT for column, _v, _s, level in draft.messages):
            return
        if self.kind.fields[name].needed:
            draft.reject(name, _("Every row needs this, since rows are told apart by it. Fill in the cell."))
        else:
            draft.values[name] = self.kind.fields[name].empty

    def _is_first(self, draft: Draft) -> bool:
        line = self.lines.setdefault(self.kind.key_of(draft.values), draft.line)
        if line != draft.line:
            draft.reject(
                self.kind.key_columns[0],
                _("Line %(line)d has the same key. Keep one of the two lines.") % {"line": line},
            )
        return line == draft.line

    def _row(self, draft: Draft, current: dict[Key, Existing]) -> tuple:
        status, values, before = self._compared(draft, current)
        self.counts[status] += 1
        self.counts["warned"] += draft.is_warned
        readable = self.kind.readable_key(draft.values)[:KEY_LENGTH]
        cells = draft.cells if status == RowStatus.REJECTED else []
        return (
            self.run.pk, draft.line, status.value, draft.is_warned, readable,
            values, before, draft.cleaned, draft.messages, cells,
        )  # fmt: skip

    def _compared(self, draft: Draft, current: dict[Key, Existing]) -> tuple[RowStatus, dict, dict]:
        if draft.skipped:
            draft.warn("", draft.skipped)
            return RowStatus.UNCHANGED, {}, {}
        if draft.is_rejected:
            return RowStatus.REJECTED, draft.values, {}
        existing = current.get(self.kind.key_of(draft.values))
        if existing is None:
            return RowStatus.NEW, self.kind.defaults(draft.values), {}
        after = self.kind.after(existing.values, draft.values)
        before = {column: existing.values[column] for column in after if existing.values[column] != after[column]}
        return (RowStatus.CHANGED if before else RowStatus.UNCHANGED), after, before


def drafts_of(rows: Iterable[Texts], kind: Kind) -> Iterator[Draft]:
    """Cleans the cells of each row."""
    readers = [(name, column, column.widget) for name, column in kind.fields.items()]
    for line, cells, by_column, skipped in rows:
        draft = Draft(line, cells, by_column, skipped=skipped)
        for name, column, widget in readers:
            if text := by_column.get(name):
                _read(draft, name, column, widget, text)
        yield draft


def _read(draft: Draft, name: str, column: Column, widget: Cell, text: str) -> None:
    try:
        value = read_cell(widget, text)
    except ValueError as fault:
        draft.reject(name, str(fault.args[0]))
        return
    if value is CLEAR:
        _clear(draft, name, column)
    elif value is not BLANK:
        draft.values[name] = value
        if value != text and widget.shown(value) != text:
            draft.cleaned[name] = text
        if warning := widget.warning(value):
            draft.warn(name, warning)


def _clear(draft: Draft, name: str, column: Column) -> None:
    if column.clearable:
        draft.values[name] = column.empty
    else:
        draft.reject(name, _("This cannot be emptied. Give a value, or leave the cell blank to keep what is there."))


def ambiguous_columns(rows: Iterable[Texts], kind: Kind) -> dict[str, str]:
    """For each column of dates how its day and month are ordered: dmy, mdy, ambiguous or none."""
    names = [name for name, column in kind.fields.items() if isinstance(column.widget, OrderedCell)]
    if not names:
        return {}
    columns: dict[str, set[str]] = {name: set() for name in names}
    for row in rows:
        for name in names:
            if text := row.by_column.get(name):
                columns[name].add(text)
    return {name: day_month_order(values) for name, values in columns.items()}
