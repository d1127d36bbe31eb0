"""Loads the Open University Learning Analytics Dataset by writing import files and sending them through the import.

Ends with the counts of the site beside those of the dataset, and with exit 1 when they differ.
"""

from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from django.core.management.base import BaseCommand, CommandError

from sms.core.problems import Refused
from sms.data_exchange import actions
from sms.data_exchange.choices import RunState
from sms.data_exchange.management.commands.import_data import import_file
from sms.data_exchange.models import ImportRun
from sms.data_exchange.oulad import Dataset, counts_on_the_site, create_batches, write_files


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="where the CSV files of the dataset are")

    def handle(self, *, folder: Path, **_options: object) -> None:
        try:
            dataset = Dataset(folder)
            self.stderr.write(f"{create_batches(dataset)} new batches.")
            with TemporaryDirectory() as place:
                for kind, file in write_files(dataset, Path(place)).items():
                    self._bring_in(kind, file)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        source, site = dataset.counts(), counts_on_the_site(dataset)
        if site != source:
            raise CommandError(f"The site has {site}, and the dataset {source}.")
        self.stdout.write(f"The site has what the dataset has: {site}.")

    def _bring_in(self, kind: str, file: Path) -> None:
        started = perf_counter()
        with file.open("rb") as content:
            run = import_file(kind, file.name, content, actor=None)
        if run.rejected:
            raise CommandError(f"{kind}: {run.rejected} rows were rejected, the first because: {first_fault(run)}")
        if run.writes:
            actions.confirm(actor=None, run=run, large=True, wait=True)
            actions.apply(run_id=run.pk)
            run.refresh_from_db()
        if run.writes and run.state != RunState.APPLIED:
            raise CommandError(f"{kind}: {run.sentence}")
        counted = f"{run.new:,} new, {run.changed:,} changed, {run.unchanged:,} unchanged"
        self.stderr.write(f"{kind}: {counted}, in {perf_counter() - started:.1f} s.")


def first_fault(run: ImportRun) -> str:
    row = run.rows.filter(status="rejected").earliest("line")
    return f"line {row.line}, {row.messages[0][2]}"
