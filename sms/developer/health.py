"""How the parts of the system are: for the page of the developers, and for the machine that asks /healthz.

Each part is asked by itself, so that one that fails does not hide the others.
"""

import platform
import re
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

import psycopg
from django.contrib.staticfiles import finders
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from huey.contrib.djhuey import HUEY

from sms.core import clock
from sms.core.queue import MOST_ATTEMPTS
from sms.developer.choices import HEARTBEAT_LOST_AFTER, QUEUE_SLOW_AFTER, Health
from sms.developer.models import WorkerHeartbeat

PROBE_TIMEOUT = 2  # seconds, for connecting and for each statement
SLOW_DATABASE = 0.1  # seconds for the smallest statement

PACKAGES = (
    "Django",
    "django-htmx",
    "django-allauth",
    "django-guardian",
    "django-tables2",
    "django-filter",
    "django-csp",
    "huey",
    "psycopg",
    "granian",
    "whitenoise",
)

QUEUE = """
SELECT (SELECT count(*) FROM huey_task WHERE queue = %(queue)s AND attempts < %(most)s),
       (SELECT count(*) FROM huey_task WHERE queue = %(queue)s AND attempts >= %(most)s),
       (SELECT count(*) FROM huey_schedule WHERE queue = %(queue)s),
       (SELECT now() - min(enqueued_at) FROM huey_task WHERE queue = %(queue)s AND attempts < %(most)s)
"""


@dataclass(frozen=True)
class Check:
    """One part of the system: how it is, why, and the figures behind that."""

    key: str
    title: str
    icon: str
    health: Health
    sentence: str
    facts: tuple[tuple[str, object], ...] = ()

    @property
    def tone(self) -> str:
        return self.health.value

    @property
    def state(self) -> str:
        return str(self.health.label)


# --- For the page


def checks() -> list[Check]:
    return [_safely(part) for part in (DATABASE, MIGRATIONS, QUEUE_PART, WORKER)]


@dataclass(frozen=True)
class Part:
    key: str
    title: Promise
    icon: str
    look: Callable[[], tuple[Health, str, tuple[tuple[str, object], ...]]]


def _safely(part: Part) -> Check:
    try:
        health, sentence, facts = part.look()
    except DatabaseError as error:
        health, sentence, facts = (
            Health.BAD,
            _("It could not be asked: %(error)s.") % {"error": type(error).__name__},
            (),
        )
    return Check(part.key, str(part.title), part.icon, health, sentence, facts)


def _database() -> tuple[Health, str, tuple[tuple[str, object], ...]]:
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
        server_version, size = cursor.fetchone()
    latency = time.perf_counter() - begun
    health = Health.GOOD if latency < SLOW_DATABASE else Health.WARN
    sentence = _("It answers.") if health == Health.GOOD else _("It answers slowly.")
    return (
        health,
        sentence,
        (
            (_("PostgreSQL"), server_version.split()[0]),
            (_("Answer in"), _("%(n).1f ms") % {"n": latency * 1000}),
            (_("Size"), _("%(n)d MB") % {"n": size // 2**20}),
        ),
    )


def _migrations() -> tuple[Health, str, tuple[tuple[str, object], ...]]:
    applied = set(MigrationRecorder.Migration.objects.values_list("app", "name"))
    pending = sorted(known_migrations() - applied)
    facts = ((_("Applied"), len(applied)), (_("Pending"), len(pending)))
    if not pending:
        return Health.GOOD, _("The database fits the code."), facts
    sentence = ngettext("%(n)d migration waits.", "%(n)d migrations wait.", len(pending)) % {"n": len(pending)}
    return Health.BAD, sentence + " " + _("Run “manage.py migrate”."), (*facts, (_("First"), ".".join(pending[0])))


def _queue() -> tuple[Health, str, tuple[tuple[str, object], ...]]:
    with connection.cursor() as cursor:
        cursor.execute(QUEUE, {"queue": HUEY.storage.name, "most": MOST_ATTEMPTS})
        waiting, stuck, scheduled, oldest = cursor.fetchone()
    facts = (
        (_("Waiting"), waiting),
        (_("Oldest"), _("%(n)d s") % {"n": oldest.total_seconds()} if oldest is not None else "–"),
        (_("Scheduled"), scheduled),
        (_("Stuck"), stuck),
    )
    if stuck:
        sentence = ngettext(
            "%(n)d task ended every worker that took it.", "%(n)d tasks ended every worker that took them.", stuck
        )
        return Health.BAD, sentence % {"n": stuck}, facts
    if oldest is not None and oldest > timedelta(seconds=QUEUE_SLOW_AFTER):
        return Health.WARN, _("Tasks wait longer than they should. Look at the worker."), facts
    return Health.GOOD, _("Tasks are taken as they come."), facts


def _worker() -> tuple[Health, str, tuple[tuple[str, object], ...]]:
    beats = list(WorkerHeartbeat.objects.order_by("-at"))
    if not beats:
        return Health.BAD, _("No worker. Start one with “manage.py run_huey”; tasks wait until then."), ()
    silent = clock.now() - beats[0].at
    alive = [beat for beat in beats if clock.now() - beat.at <= timedelta(seconds=HEARTBEAT_LOST_AFTER)]
    facts = (
        (_("Processes"), len(alive)),
        (_("Last sign of life"), _("%(n)d s ago") % {"n": silent.total_seconds()}),
    )
    if not alive:
        return Health.BAD, _("No worker: none has said that it lives for a while. Tasks wait until one does."), facts
    return Health.GOOD, _("It takes tasks and the schedule runs."), facts


DATABASE = Part("database", gettext_lazy("Database"), "database", _database)
MIGRATIONS = Part("migrations", gettext_lazy("Migrations"), "layers", _migrations)
QUEUE_PART = Part("queue", gettext_lazy("Queue"), "list-todo", _queue)
WORKER = Part("worker", gettext_lazy("Worker"), "cog", _worker)


def overall(parts: list[Check]) -> Health:
    """The worst of them."""
    found = {part.health for part in parts}
    return next((health for health in (Health.BAD, Health.WARN) if health in found), Health.GOOD)


def versions() -> list[tuple[str, str]]:
    return [
        ("Python", platform.python_version()),
        ("htmx", htmx_version()),
        *((name, _package(name)) for name in PACKAGES),
    ]


@lru_cache(maxsize=1)
def htmx_version() -> str:
    path = finders.find("django_htmx/htmx-2.min.js")
    if not path:
        return "–"
    with open(path, encoding="utf-8") as file:
        found = re.search(r'version:\s*"([\d.]+)"', file.read())
    return found.group(1) if found else "–"


def _package(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "–"


@lru_cache(maxsize=1)
def known_migrations() -> frozenset[tuple[str, str]]:
    """Every migration of the code, which does not change while the process runs."""
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    return frozenset(loader.disk_migrations)


# --- For /healthz


def failing_part() -> str:
    """The name of the part that does not work: database, migrations or queue. Empty when all do.

    Uses a connection of its own, made for the purpose: what is asked is whether the next request could
    work, and the answer has to come in PROBE_TIMEOUT where a connection that is held would wait for the network.
    """
    parameters = connection.get_connection_params() | {
        "connect_timeout": PROBE_TIMEOUT,
        "options": f"-c statement_timeout={PROBE_TIMEOUT * 1000}",
    }
    part = "database"
    try:
        with closing(psycopg.connect(**parameters, autocommit=True)) as probe:
            probe.execute("SELECT 1")
            part = "migrations"
            applied = probe.execute("SELECT app, name FROM django_migrations").fetchall()
            if known_migrations() - set(applied):
                return part
            part = "queue"
            probe.execute("SELECT 1 FROM huey_task LIMIT 1")
    except psycopg.Error:
        return part
    return ""
