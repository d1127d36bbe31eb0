"""Builds or grows the demo programme (docs: interface.md, "Demo accounts")."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sms.core.problems import Refused
from sms.demo.build import build
from sms.demo.people import PASSWORD

STUDENTS = 120
MOST_STUDENTS = 20_000
SEED = 12
SECONDS_BETWEEN_LINES = 3


class Command(BaseCommand):
    help = "Builds the demo programme, or adds the students that are missing. The same seed gives the same people and history."

    last_shown = float("-inf")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--students", type=int, default=STUDENTS, help=f"how many students it has (default {STUDENTS})"
        )
        parser.add_argument(
            "--seed", type=int, default=SEED, help="another number gives other people and another history"
        )
        parser.add_argument("--yes", action="store_true", help="outside DEBUG: I know that its passwords are public")
        parser.add_argument("--really", action="store_true", help="outside DEBUG: and I want it in this database")

    def handle(self, *args: Any, students: int, seed: int, yes: bool, really: bool, **options: Any) -> None:
        if not settings.DEBUG and not (yes and really):
            raise CommandError(
                f"The demo makes an admin with the password “{PASSWORD}”, which everyone can read. "
                "Outside DEBUG say --yes --really if this database may have that."
            )
        if not 2 <= students <= MOST_STUDENTS:
            raise CommandError(f"The demo has 2 to {MOST_STUDENTS} students.")
        begun = time.monotonic()
        try:
            built = build(students=students, seed=seed, progress=self.show)
        except Refused as reason:
            raise CommandError(f"The demo was not built: {reason}") from reason
        if self.stderr.isatty():
            self.stderr.write("")
        self.stdout.write(
            f"The demo has {built.students} students, {built.added} of them new; that took {time.monotonic() - begun:.1f} s."
        )

    def show(self, step: str) -> None:
        """One line that is written over; where nobody watches, a line every few seconds."""
        if self.stderr.isatty():
            self.stderr.write(f"\r\033[KDemo: {step}", ending="")
        elif time.monotonic() - self.last_shown >= SECONDS_BETWEEN_LINES:
            self.last_shown = time.monotonic()
            self.stderr.write(f"Demo: {step}")
