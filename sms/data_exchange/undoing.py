"""The plan that takes an import back: previous values return, and what was created goes.

A row that was edited since is left as it is and named with both values; so is one that was created and has been used.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from sms.core import bulk
from sms.data_exchange.applying import Report, chunks_of
from sms.data_exchange.choices import WRITTEN, RowStatus
from sms.data_exchange.kinds.base import WARNING, Change, Existing, Key, Kind, columns_of, notes_of
from sms.data_exchange.models import ImportRow, ImportRun
from sms.data_exchange.planning import ROW_FIELDS

Verdict = tuple[RowStatus, dict, dict, list]  # status, values, before, messages


def plan_undo(run: ImportRun, kind: Kind, report: Report) -> Counter[str]:
    """Writes the rows of the plan of `run`, which undoes `run.undoes`."""
    counts: Counter[str] = Counter()
    done = 0
    for chunk in chunks_of(run.undoes):
        # A list: what asks the database would wait for ever inside a COPY of the same connection.
        rows = list(_rows(run, kind, [row for row in chunk if row.status in WRITTEN], counts))
        bulk.insert(ImportRow, ROW_FIELDS, rows)
        done += len(chunk)
        report(done)
    return counts


def _rows(run: ImportRun, kind: Kind, rows: Sequence[ImportRow], counts: Counter[str]) -> Iterator[tuple]:
    key_of = {row.pk: kind.key_of(row.values) for row in rows}
    current = kind.current(list(key_of.values()))
    created = [current[key_of[row.pk]] for row in rows if row.status == RowStatus.NEW and key_of[row.pk] in current]
    used = kind.in_use(created) if created else {}
    restored = [
        Change(current[key_of[row.pk]], row.before)
        for row in rows
        if row.status == RowStatus.CHANGED and key_of[row.pk] in current
    ]
    used |= kind.cannot_return(restored) if restored else {}
    for row in rows:
        status, values, before, messages = _verdict(kind, row, current.get(key_of[row.pk]), used, key_of[row.pk])
        counts[status] += 1
        yield run.pk, row.line, status.value, False, row.key, values, before, {}, messages, []


def _verdict(kind: Kind, row: ImportRow, existing: Existing | None, used: dict[Key, str], key: Key) -> Verdict:
    is_new = row.status == RowStatus.NEW
    written = columns_of(row.values) if is_new else {column: row.values[column] for column in row.before}
    keys = {column: row.values[column] for column in kind.key_columns}
    if existing is None:
        return RowStatus.KEPT, keys, {}, [["", "", _("It is no longer there."), WARNING]]
    if edited := [column for column, value in written.items() if existing.values[column] != value]:
        return RowStatus.KEPT, keys, {}, [_edited(kind, column, written, existing) for column in edited]
    if key in used:
        return RowStatus.KEPT, keys, {}, [["", "", used[key], WARNING]]
    if row.status == RowStatus.CHANGED:
        return RowStatus.CHANGED, keys | row.before, written, []
    return RowStatus.REMOVED, keys, existing.values | notes_of(row.values), []


def _edited(kind: Kind, column: str, written: dict, existing: Existing) -> list[str]:
    now, then = kind.shown(column, existing.values[column]), kind.shown(column, written[column])
    sentence = _("Edited since the import: it is “%(now)s” now, the import set “%(then)s”.")
    return [column, now, sentence % {"now": now, "then": then}, WARNING]
