"""Previews a file as the screens do, and with --apply does what the preview says. Exit 1 when rows are rejected."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from sms.accounts.models import User
from sms.core.problems import Refused
from sms.data_exchange import actions, queries
from sms.data_exchange.choices import Origin, RowStatus, RunState
from sms.data_exchange.kinds import KINDS
from sms.data_exchange.models import ImportRow, ImportRun

SHOWN = 20


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=list(KINDS))
        parser.add_argument("file", type=Path)
        parser.add_argument("--apply", action="store_true", help="do what the preview says")
        parser.add_argument("--json", action="store_true", help="counts and rows as JSON on standard output")
        parser.add_argument("--as", dest="email", help="the person in whose name it is done (the system otherwise)")
        parser.add_argument("--large", action="store_true", help="yes, change a large share of what there is")

    def handle(
        self, *, kind: str, file: Path, apply: bool, json: bool, email: str | None, large: bool, **_options: object
    ) -> None:
        actor = self._person(email) if email else None
        try:
            with file.open("rb") as content:
                run = import_file(kind, file.name, content, actor=actor)
            if apply and run.writes:
                actions.confirm(actor=actor, run=run, large=large, wait=True)
                actions.apply(run_id=run.pk)
                run.refresh_from_db()
                if run.state != RunState.APPLIED:
                    raise CommandError(run.sentence)
        except (Refused, OSError) as problem:
            raise CommandError(str(problem)) from problem
        if json:
            self.stdout.write(as_json(run))
        else:
            self._tell(run)
        sys.exit(1 if run.rejected else 0)

    def _person(self, email: str) -> User:
        person = User.objects.filter(email=email.lower(), is_active=True).first()
        if person is None:
            raise CommandError(f"Nobody with the address {email} may sign in.")
        return person

    def _tell(self, run: ImportRun) -> None:
        did = "Applied" if run.state == RunState.APPLIED else "Preview"
        self.stdout.write(f"{did}: {', '.join(f'{n} {name}' for name, n in counts_of(run).items())}.")
        for entry in list(entries_of(run, (RowStatus.REJECTED,)))[:SHOWN]:
            self.stderr.write(f"Line {entry['line']}, {entry['column']} “{entry['value']}”: {entry['message']}")


def import_file(kind: str, name: str, content: object, *, actor: User | None) -> ImportRun:
    """A planned run, or CommandError with the reason why there is none."""
    run = actions.start_import(actor=actor, kind=kind, name=name, content=content, origin=Origin.COMMAND, wait=True)
    actions.plan(run_id=run.pk)
    run.refresh_from_db()
    if run.state == RunState.PLANNED:
        return run
    raise CommandError(run.sentence or question_of(run))


def question_of(run: ImportRun) -> str:
    """What a person would be asked on the page of the mapping."""
    if missing := run.options["missing"]:
        return (
            f"The file has no column for {', '.join(missing)}. Its headings are {', '.join(run.options['headings'])}."
        )
    columns = [name for name, order in run.options["orders"].items() if order == "ambiguous"]
    return f"The dates in {', '.join(columns)} can be read in two ways. Write them as 2026-12-31."


def counts_of(run: ImportRun) -> dict[str, int]:
    return {name: getattr(run, name) for name in ("new", "changed", "unchanged", "warned", "rejected")}


def as_json(run: ImportRun) -> str:
    return json.dumps({**counts_of(run), "rows": list(entries_of(run, RowStatus))}, ensure_ascii=False)


def entries_of(run: ImportRun, statuses: tuple) -> Iterator[dict[str, object]]:
    """One entry for each message or changed cell of a row, and one for a row that has neither."""
    kind = KINDS[run.kind](run.started_by)
    for row in queries.rows_of(run).filter(status__in=statuses).iterator(chunk_size=2_000):
        told = [*_messages(row), *_changes(row, kind)] or [("", "", "")]
        for column, value, message in told:
            yield {"line": row.line, "status": row.status, "column": column, "value": value, "message": message}


def _messages(row: ImportRow) -> Iterator[tuple[str, str, str]]:
    for column, value, message, _level in row.messages:
        yield column, value, message


def _changes(row: ImportRow, kind: object) -> Iterator[tuple[str, str, str]]:
    for column, before in row.before.items():
        yield column, kind.shown(column, row.values[column]), f"was “{kind.shown(column, before)}”"
