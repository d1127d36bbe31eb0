"""Brings the ledger to what the sources say, or with --check says whether it is there."""

import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from sms.points.actions import recalculate_unequal
from sms.points.recalculation import count_differences
from sms.programme.models import Mission, MissionEnrollment


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mission", metavar="CODE", help="only the missions with this code")
        parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when entries are missing")

    def handle(self, *, mission: str | None, check: bool, **_options: object) -> None:
        students = MissionEnrollment.objects.all()
        if mission:
            if not Mission.objects.filter(code=mission).exists():
                raise CommandError(f"There is no mission with the code {mission}.")
            students = students.filter(mission__code=mission)
        if check:
            missing = count_differences(students)
            self.stdout.write(f"{missing} ledger entries are missing.")
            sys.exit(1 if missing else 0)
        self.stdout.write(f"{recalculate_unequal(students)} ledger entries were added.")
