"""Brings the mentors' grants to what the open assignments say, or with --check says whether they agree."""

import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from sms.authorization import grants
from sms.mentoring.actions import reconcile_grants
from sms.mentoring.queries import open_pairs


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when they differ")

    def handle(self, *, check: bool, **_options: object) -> None:
        if check:
            should, are = open_pairs(), grants.all_pairs()
            self.stdout.write(
                f"{len(should)} assignments: {len(should - are)} grants are missing, {len(are - should)} too many."
            )
            sys.exit(1 if should != are else 0)
        added, removed = reconcile_grants()
        self.stdout.write(f"{added} grants were added, {removed} removed.")
