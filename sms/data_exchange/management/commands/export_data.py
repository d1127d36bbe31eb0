"""Writes a kind of data to standard output, as the screens export it."""

import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from sms.accounts.models import User
from sms.data_exchange import exporting, queries
from sms.data_exchange.kinds import KINDS


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=list(KINDS))
        parser.add_argument("--format", choices=exporting.FORMATS, default="csv", dest="file_format")
        parser.add_argument(
            "--filter",
            action="append",
            default=[],
            dest="wanted",
            metavar="NAME=VALUE",
            help="only rows whose column has this value",
        )
        parser.add_argument("--as", dest="email", help="as far as this person may see (otherwise all of it)")

    def handle(self, *, kind: str, file_format: str, wanted: list[str], email: str | None, **_options: object) -> None:
        person = self._person(email, kind)
        filters = dict(self._pair(text, kind) for text in wanted)
        exporting.log_export(actor=person if email else None, kinds=[kind], filters=filters)
        write = exporting.write_csv if file_format == "csv" else exporting.write_xlsx
        write(sys.stdout.buffer, kind, person, filters)
        sys.stdout.flush()

    def _person(self, email: str | None, kind: str) -> User:
        """Who is asked for, or somebody who may see all of it: whoever runs commands may do that anyway."""
        people = User.objects.filter(is_active=True).order_by("pk")
        if email:
            people = people.filter(email=email.lower())
        person = next((each for each in people.iterator() if kind in queries.exportable_by(each)), None)
        if person is None:
            who = f"Nobody with the address {email}" if email else "Nobody"
            raise CommandError(f"{who} may export {kind}.")
        return person

    def _pair(self, text: str, kind: str) -> tuple[str, str]:
        name, separator, value = text.partition("=")
        if not separator or name not in KINDS[kind].fields:
            known = ", ".join(KINDS[kind].fields)
            raise CommandError(f"Write a filter as name=value, with one of these names: {known}.")
        return name, value
