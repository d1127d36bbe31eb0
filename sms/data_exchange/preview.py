"""A run and its rows as sentences: what a person reads before they confirm, and after."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.accounts.models import User
from sms.data_exchange import queries
from sms.data_exchange.cells import EmailCell
from sms.data_exchange.choices import WRITTEN, Origin, RowStatus, RunState
from sms.data_exchange.formats import format_named
from sms.data_exchange.kinds import KINDS
from sms.data_exchange.kinds.base import FAULT, Kind, columns_of
from sms.data_exchange.models import ImportRow, ImportRun

RUN_TONES = {
    RunState.MAPPING: "warn",
    RunState.PLANNING: "brand",
    RunState.PLANNED: "brand",
    RunState.APPLYING: "brand",
    RunState.APPLIED: "good",
    RunState.REFUSED: "bad",
    RunState.STOPPED: "bad",
    RunState.CANCELLED: "neutral",
}
ROW_TONES = {
    RowStatus.NEW: "good",
    RowStatus.CHANGED: "brand",
    RowStatus.UNCHANGED: "neutral",
    RowStatus.REMOVED: "warn",
    RowStatus.REJECTED: "bad",
    RowStatus.KEPT: "warn",
}
# An undo speaks of the same things by other words.
UNDO_LABELS: dict[str, Promise | str] = {RowStatus.CHANGED: gettext_lazy("restored")}

SHOWN_IN_IMPORT = (RowStatus.NEW, RowStatus.CHANGED, RowStatus.UNCHANGED, RowStatus.REJECTED)
SHOWN_IN_UNDO = (RowStatus.CHANGED, RowStatus.REMOVED, RowStatus.KEPT)


@dataclass(frozen=True)
class Tile:
    """A count that leads to the rows behind it."""

    key: str
    label: str
    count: int
    tone: str
    query: str
    is_current: bool

    @property
    def shown(self) -> str:
        return grouped(self.count)


@dataclass(frozen=True)
class Cell:
    """One value. `before` is None unless it replaces something; `given` is what stood in the file, when it was cleaned."""

    column: str
    after: str
    before: str | None = None
    given: str | None = None
    is_removed: bool = False


@dataclass(frozen=True)
class Note:
    column: str
    value: str
    sentence: str
    is_fault: bool


# --- The run


def label_of_status(run: ImportRun, status: str) -> str:
    label = UNDO_LABELS.get(status) if run.origin == Origin.UNDO else None
    return str(label or RowStatus(status).label)


def label_of(row: ImportRow) -> str:
    return label_of_status(row.run, row.status)


def format_of(run: ImportRun) -> str:
    """The name of the format that the file was recognised as."""
    key = run.options.get("recognised")
    return str(format_named(key).title) if key else ""


def summary(run: ImportRun) -> str:
    """ "120 new, 14 changed, 3 rejected": everything that is not zero."""
    return phrase(run, tuple(RowStatus))


def writes(run: ImportRun) -> str:
    """ "120 new, 14 changed": what an application writes."""
    return phrase(run, WRITTEN)


def phrase(run: ImportRun, statuses: Sequence[RowStatus]) -> str:
    counts = run.counts
    parts = [f"{grouped(counts[status])} {label_of_status(run, status)}" for status in statuses if counts[status]]
    return ", ".join(parts)


def grouped(number: int) -> str:
    return number_format(number, force_grouping=True)


def tiles(run: ImportRun, *, status: str, warned: str) -> list[Tile]:
    shown = SHOWN_IN_UNDO if run.origin == Origin.UNDO else SHOWN_IN_IMPORT
    found = [Tile("all", _("all rows"), run.rows_read, "", "", not status and not warned)]
    found += [
        Tile(
            key=each.value,
            label=label_of_status(run, each),
            count=run.counts[each],
            tone=ROW_TONES[each],
            query=urlencode({"status": each.value}),
            is_current=status == each,
        )
        for each in shown
    ]
    if run.warned:
        found.append(Tile("warned", _("with a warning"), run.warned, "warn", urlencode({"warned": "1"}), warned == "1"))
    return found


def describe_runs(runs: list[ImportRun]) -> None:
    """What list_page calls with the runs of a page."""
    for run in runs:
        run.tone = RUN_TONES[RunState(run.state)]
        run.kind_label = KINDS[run.kind].label
        run.summary = summary(run)


# --- Its rows


def describe(run: ImportRun, user: User) -> Callable[[list[ImportRow]], None]:
    """What list_page calls with the rows of a page: gives each its title, detail, cells and notes."""
    kind = KINDS[run.kind](user)
    with_addresses = queries.shows_addresses(run)

    def dress(rows: list[ImportRow]) -> None:
        names = queries.names_of(address for row in rows for address in _addresses(row, kind))
        for row in rows:
            row.run = run
            row.tone = ROW_TONES[RowStatus(row.status)]
            row.label = label_of(row)
            row.title, row.detail = _title(row, kind, names, with_addresses)
            row.in_title = {*kind.key_columns} | ({"name"} if row.values.get("name") == row.title else set())
            row.shown_cells = list(_cells(row, kind))
            row.notes = list(_notes(row, kind, with_addresses))

    return dress


def _is_address(kind: Kind, column: str) -> bool:
    return column in kind.fields and isinstance(kind.fields[column].widget, EmailCell)


def _values(row: ImportRow) -> dict[str, Any]:
    return columns_of(row.before | row.values)


def _addresses(row: ImportRow, kind: Kind) -> list[str]:
    values = _values(row)
    return [values[column] for column in kind.key_columns if _is_address(kind, column) and values.get(column)]


def _title(row: ImportRow, kind: Kind, names: dict[str, str], with_addresses: bool) -> tuple[str, str]:
    """People by name; their address only beside it, and only where it may be told."""
    values = _values(row)
    parts, addresses = [], []
    for column in kind.key_columns:
        if not (value := values.get(column)):
            continue
        if not _is_address(kind, column):
            parts.append(kind.shown(column, value))
            continue
        name = names.get(value) or (values.get("name") if column == "email" else None)
        parts.append(name or (value if with_addresses else _("somebody unknown")))
        if name and with_addresses:
            addresses.append(value)
    return " · ".join(parts), " · ".join(addresses)


def _cells(row: ImportRow, kind: Kind) -> list[Cell]:
    """The columns that say something: of a change what changes, of others all that stands in them.

    The key is the row's title already, unless cleaning changed it.
    """
    if row.status in (RowStatus.REJECTED, RowStatus.KEPT):
        return []
    if row.status == RowStatus.CHANGED:
        named = [name for name in kind.fields if name in row.before]
    else:
        named = [name for name in kind.fields if name not in row.in_title or name in row.cleaned]
    return [cell for name in named if (cell := _cell(row, kind, name))]


def _cell(row: ImportRow, kind: Kind, name: str) -> Cell | None:
    if row.status == RowStatus.REMOVED:
        text = _text(kind, name, row.before)
        return Cell(name, "", before=text, is_removed=True) if text else None
    after, given = _text(kind, name, row.values), row.cleaned.get(name)
    if row.status == RowStatus.CHANGED:
        return Cell(name, after, before=_text(kind, name, row.before), given=given)
    return Cell(name, after, given=given) if after else None


def _text(kind: Kind, name: str, values: dict[str, Any]) -> str:
    value = values.get(name)
    return kind.shown(name, value) if value not in (None, "", []) else ""


def _notes(row: ImportRow, kind: Kind, with_addresses: bool) -> Iterator[Note]:
    """Sentences often quote the value; then it is not said twice, and not at all where addresses are not told."""
    for column, value, sentence, level in row.messages:
        is_quoted = bool(value) and value.strip().lower() in sentence.lower()
        if _is_address(kind, column) and not with_addresses:
            value = ""
            if is_quoted:
                sentence = _("Something about this person’s address is wrong. Ask somebody who may see contacts.")
        yield Note(column, "" if is_quoted else value, sentence, level == FAULT)
