"""Imports as the screens and the command do them, without the queue in between."""

from io import BytesIO
from textwrap import dedent

from sms.accounts.models import User
from sms.data_exchange import actions
from sms.data_exchange.choices import Origin, RunState
from sms.data_exchange.models import ImportRun


def planned(kind: str, text: str | bytes, *, actor: User | None = None, name: str = "file.csv") -> ImportRun:
    """The run after its preview was worked out; the state says whether it stands."""
    content = text if isinstance(text, bytes) else dedent(text).strip().encode()
    run = actions.start_import(
        actor=actor, kind=kind, name=name, content=BytesIO(content), origin=Origin.UPLOAD, wait=True
    )
    actions.plan(run_id=run.pk)
    run.refresh_from_db()
    return run


def applied(kind: str, text: str | bytes, *, actor: User | None = None) -> ImportRun:
    """The run after it was confirmed and done."""
    run = planned(kind, text, actor=actor)
    assert run.state == RunState.PLANNED, run.sentence
    return finish(run, actor=actor)


def finish(run: ImportRun, *, actor: User | None = None) -> ImportRun:
    actions.confirm(actor=actor, run=run, large=True, wait=True)
    actions.apply(run_id=run.pk)
    run.refresh_from_db()
    return run


def undo_of(run: ImportRun, *, actor: User | None = None) -> ImportRun:
    """The planned undo."""
    undo = actions.start_undo(actor=actor, run=run, wait=True)
    actions.plan(run_id=undo.pk)
    undo.refresh_from_db()
    return undo


def counts(run: ImportRun) -> dict[str, int]:
    """The counts that are not zero."""
    return {name: count for name, count in {**run.counts, "warned": run.warned}.items() if count}


def messages(run: ImportRun) -> list[tuple[int, str, str]]:
    """(line, column, sentence) of every message."""
    return [
        (row.line, column, sentence)
        for row in run.rows.order_by("line", "pk")
        for column, _value, sentence, _level in row.messages
    ]
