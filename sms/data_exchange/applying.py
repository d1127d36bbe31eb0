"""From a plan to what it says, in one transaction, or to nothing.

Before a chunk of rows is written, what stands under their keys is read again and locked. When it is not what the
preview was made from, the whole import stops and names the rows: the counts shown are the counts applied.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sms.core.problems import Refused
from sms.data_exchange.choices import RowStatus
from sms.data_exchange.kinds.base import FAULT, Change, Draft, Existing, Key, Kind, columns_of, notes_of
from sms.data_exchange.models import ImportRow, ImportRun

CHUNK = 5_000
NAMED = 5
LOOKED_AT = (RowStatus.NEW, RowStatus.CHANGED, RowStatus.UNCHANGED, RowStatus.REMOVED)

Report = Callable[[int], None]


def apply_rows(run: ImportRun, kind: Kind, report: Report) -> None:
    """Writes the plan by the bulk forms of the actions. Raises Refused when something has changed in between."""
    done = 0
    for chunk in chunks_of(run):
        apply_chunk(kind, chunk)
        done += len(chunk)
        report(done)


def chunks_of(run: ImportRun) -> Iterator[list[ImportRow]]:
    # A row without values was no data (a teacher in a file of all users).
    rows = run.rows.filter(status__in=LOOKED_AT).exclude(values={}).order_by("line")
    rows = rows.only("run", "line", "status", "key", "values", "before").iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def apply_chunk(kind: Kind, rows: Sequence[ImportRow]) -> None:
    key_of = {row.pk: kind.key_of(row.values | row.before) for row in rows}
    current = kind.current(list(key_of.values()), lock=True)
    by_status: dict[str, list[ImportRow]] = {status.value: [] for status in RowStatus}
    for row in rows:
        by_status[row.status].append(row)
    stale = [row for row in rows if is_stale(row, current.get(key_of[row.pk]))]
    stale = stale or [row for row in by_status[RowStatus.NEW] if has_other_notes(kind, row)]
    if stale:
        raise Refused(sentence_about(stale))
    check_still_possible(kind, by_status[RowStatus.NEW])
    if removed := by_status[RowStatus.REMOVED]:
        kind.remove([with_notes(current[key_of[row.pk]], row) for row in removed])
    if changed := by_status[RowStatus.CHANGED]:
        kind.change([change_of(row, current, key_of) for row in changed])
    if new := by_status[RowStatus.NEW]:
        kind.create([row.values for row in new])


def change_of(row: ImportRow, current: dict[Key, Existing], key_of: dict[int, Key]) -> Change:
    return Change(current[key_of[row.pk]], {column: row.values[column] for column in row.before})


def with_notes(existing: Existing, row: ImportRow) -> Existing:
    """With what the kind noted when the row was created."""
    return Existing(existing.ref, existing.values | notes_of(row.before))


def is_stale(row: ImportRow, existing: Existing | None) -> bool:
    """Whether what the preview was made from no longer holds."""
    if row.status == RowStatus.NEW:
        return existing is not None
    if existing is None:
        return True
    expected = columns_of(row.values | row.before)
    return any(existing.values[column] != value for column, value in expected.items())


def has_other_notes(kind: Kind, row: ImportRow) -> bool:
    """Whether its removal, in an undo, would need to know something else than was noted."""
    values = columns_of(row.values)
    return notes_of(kind.defaults(values)) != notes_of(row.values)


def check_still_possible(kind: Kind, rows: Sequence[ImportRow]) -> None:
    """Raises Refused when what a new row names is gone since the preview: a mission, a person, a place in it."""
    # As a file gives it: without the columns that it leaves blank, except where they are the key.
    drafts = [
        Draft(row.line, [], {}, values={name: v for name, v in row.values.items() if v or name in kind.key_columns})
        for row in rows
    ]
    kind.resolve(drafts)
    for draft in drafts:
        if draft.is_rejected:
            reason = " ".join(sentence for _column, _value, sentence, level in draft.messages if level == FAULT)
            raise Refused(
                _("Line %(line)d can no longer be applied: %(reason)s Nothing was applied; read the file again.")
                % {"line": draft.line, "reason": reason}
            )


def sentence_about(stale: Sequence[ImportRow]) -> str:
    # By line alone: the key can be an address, and the sentence stands on the page and in the audit list.
    named = ", ".join(_("line %(line)s") % {"line": row.line} for row in stale[:NAMED])
    sentence = ngettext(
        "%(n)d row has changed since the preview: %(named)s. Nothing was applied; read the file again.",
        "%(n)d rows have changed since the preview, among them %(named)s. Nothing was applied; read the file again.",
        len(stale),
    )
    return sentence % {"n": len(stale), "named": named}
