"""Makes the database and the static files fit the code: the step between a new release and its first request."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Migrates and collects static files; with --demo also builds the demo programme in a site without users."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help='prints "demo" when the demo accounts exist')

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if demo:
            self.build_demo_once()

    def build_demo_once(self) -> None:
        users = get_user_model().objects
        if not users.exists():
            self.stderr.write("Building the demo programme ...")
            call_command("demo", "--yes", "--really", stdout=self.stderr)
        if users.filter(email="admin@example.com").exists():
            self.stdout.write("demo")
