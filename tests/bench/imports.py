"""Imports and exports of students at full size, each beside a staged COPY with upsert of the same rows.

Runs in a process of its own, as the worker would: `main` prints one JSON object a figure, which __main__ reads. The file
is read, cleaned, planned and applied exactly as after an upload; only the queue in between is left out.
"""

import csv
import json
import resource
import time
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import psutil
from django.contrib.auth.models import Group
from django.db import connection, transaction

from sms.data_exchange import actions
from sms.data_exchange.choices import RunState
from sms.data_exchange.exporting import export_rows
from sms.data_exchange.models import ImportRun
from sms.programme.actions import create_batch

SIZES = (10_000, 100_000)
HEADINGS = ["email", "name", "phone", "student_id", "status", "timezone", "city", "batch"]

STAGING = """
CREATE TEMPORARY TABLE staging (
    email text, name text, phone text, student_id text, status text, timezone text, city text, batch text
) ON COMMIT DROP
"""
UPSERTS = (
    """
    INSERT INTO accounts_user (email, name, phone, timezone, password, is_superuser, is_active, language, theme,
                               notify_by_email, notify_of_deadlines, active_role_key, date_joined)
    SELECT email, name, phone, timezone, '!', FALSE, TRUE, 'en', 'auto', TRUE, TRUE, '', now() FROM staging
    ON CONFLICT (email) DO UPDATE SET name = EXCLUDED.name, phone = EXCLUDED.phone, timezone = EXCLUDED.timezone
    """,
    """
    INSERT INTO accounts_studentprofile (user_id, student_id, city, status)
    SELECT person.id, staging.student_id, staging.city, staging.status
    FROM staging JOIN accounts_user person ON person.email = staging.email
    ON CONFLICT (user_id) DO UPDATE SET student_id = EXCLUDED.student_id, city = EXCLUDED.city
    """,
    """
    INSERT INTO accounts_user_groups (user_id, group_id)
    SELECT person.id, {group} FROM staging JOIN accounts_user person ON person.email = staging.email
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO programme_enrollment (student_id, batch_id, started_on)
    SELECT person.id, batch.id, current_date FROM staging
    JOIN accounts_user person ON person.email = staging.email JOIN programme_batch batch ON batch.code = staging.batch
    ON CONFLICT (student_id, batch_id) WHERE ended_on IS NULL DO NOTHING
    """,
    """
    INSERT INTO audit_event (at, actor_name, verb, subject_type, subject_id, subject_label, data)
    SELECT now(), 'The system', 'created', 'accounts.user', person.id, person.name, '{}'
    FROM staging JOIN accounts_user person ON person.email = staging.email
    """,
)


class OutOfTheWay(Exception):
    """Rolls the reference back."""


def main() -> None:
    create_batch(
        actor=None,
        code="bench-1",
        title="Bench",
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
        timezone="UTC",
    )
    imported("warm-up", rows(50, "warm"))
    for size in SIZES:
        measure(size)


def measure(size: int) -> None:
    content = list(rows(size, f"n{size}"))
    tell(f"copy_{size}", timed(lambda: staged_copy(content)))
    idle = psutil.Process().memory_info().rss
    run, planned, applied = imported(f"n{size}", content)
    assert run.new == size, run.counts
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    tell(f"preview_{size}", planned)
    tell(f"apply_{size}", applied)
    tell(f"memory_{size}", max(0, peak - idle) / 2**20)
    again, seconds, _nothing = imported(f"n{size}", content)
    assert again.unchanged == size, again.counts
    tell(f"again_{size}", seconds)
    if size == SIZES[-1]:
        measure_export(size)


def measure_export(size: int) -> None:
    """In peaks over the import's own, which was larger: the increase that the export adds while it streams."""
    from sms.accounts.models import User
    from sms.authorization.roles import ADMIN

    admin = User.objects.filter(groups__role__key=ADMIN).first() or User.objects.create(email="bench@example.com")
    admin.groups.add(Group.objects.get(role__key=ADMIN))
    process, before = psutil.Process(), psutil.Process().memory_info().rss
    begun, most, count = time.perf_counter(), 0, 0
    for count, _row in enumerate(export_rows("students", admin, {}), start=0):
        if count % 5_000 == 0:
            most = max(most, process.memory_info().rss - before)
    assert count >= size
    tell("export_seconds", time.perf_counter() - begun)
    tell("export_memory", most / 2**20)


def imported(name: str, content: Any) -> tuple[ImportRun, float, float]:
    """The run, seconds until its preview stands, and seconds until it is applied."""
    file = BytesIO(as_csv(content))
    begun = time.perf_counter()
    run = actions.start_import(actor=None, kind="students", name=f"{name}.csv", content=file, wait=True)
    actions.plan(run_id=run.pk)
    planned = time.perf_counter()
    run.refresh_from_db()
    assert run.state == RunState.PLANNED, run.sentence
    if run.writes:
        actions.confirm(actor=None, run=run, wait=True)
        actions.apply(run_id=run.pk)
        run.refresh_from_db()
        assert run.state == RunState.APPLIED, run.sentence
    return run, planned - begun, time.perf_counter() - planned


def staged_copy(content: list[list[str]]) -> None:
    """What the database alone needs for the same rows in the same tables."""
    group = Group.objects.get(role__key="student").pk
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(STAGING)
            with cursor.cursor.copy("COPY staging FROM STDIN") as lines:
                for row in content:
                    lines.write_row(row)
            for statement in UPSERTS:
                cursor.execute(statement.replace("{group}", str(group)))
            raise OutOfTheWay
    except OutOfTheWay:
        pass


def rows(count: int, prefix: str) -> Iterator[list[str]]:
    """Students as a clean file has them; every eighth name is in Bangla."""
    offset = sum(map(ord, prefix)) % 7 * 1_000_000
    for number in range(count):
        name = f"তানভীর হাসান {number}" if number % 8 == 0 else f"Tanvir Hasan {number}"
        phone = f"+88017{offset + number:08}"
        yield [
            f"{prefix}.{number}@example.com", name, phone, f"{prefix}-{number:06}", "active", "Asia/Dhaka", "Dhaka", "bench-1",
        ]  # fmt: skip


def as_csv(content: Any) -> bytes:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows(content)
    return text.getvalue().encode()


def timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def tell(name: str, value: float) -> None:
    print(json.dumps({"name": name, "value": value}), flush=True)
