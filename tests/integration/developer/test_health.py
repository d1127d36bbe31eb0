"""The page of health, and /healthz for machines."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from sms.core import clock
from sms.developer import health
from sms.developer.actions import beat, say_goodbye
from sms.developer.choices import Health
from sms.developer.models import WorkerHeartbeat

HEALTH = "/developer/"


def how_is(key: str) -> tuple[Health, str]:
    check = next(check for check in health.checks() if check.key == key)
    return check.health, check.sentence


def test_no_worker_is_said_in_words_and_makes_the_whole_bad(cast, as_):
    page = as_(cast.developer).get(HEALTH)
    assert page.status_code == 200
    assert "No worker. Start one with “manage.py run_huey”" in page.text
    assert "Something does not work" in page.text


def test_a_worker_that_lives_makes_everything_well(cast, as_):
    beat()
    page = as_(cast.developer).get(HEALTH)
    assert "Everything works" in page.text
    assert "not working" not in page.text


def test_a_worker_counts_for_150_seconds(db, frozen):
    now = clock.now()
    with frozen(now):
        beat()
    with frozen(now + timedelta(seconds=150)):
        assert how_is("worker")[0] == Health.GOOD
    with frozen(now + timedelta(seconds=151)):
        assert how_is("worker")[0] == Health.BAD


def test_a_worker_beats_in_one_row_and_takes_it_along(db):
    beat()
    beat()
    assert WorkerHeartbeat.objects.count() == 1
    say_goodbye()
    assert WorkerHeartbeat.objects.count() == 0


def test_tasks_that_wait_too_long_and_tasks_that_are_stuck(db):
    add_task("now() - interval '10 seconds'", attempts=0)
    assert how_is("queue") == (Health.GOOD, "Tasks are taken as they come.")
    add_task("now() - interval '2 minutes'", attempts=0)
    assert how_is("queue") == (Health.WARN, "Tasks wait longer than they should. Look at the worker.")
    add_task("now() - interval '1 hour'", attempts=5)
    assert how_is("queue") == (Health.BAD, "1 task ended every worker that took it.")


def test_a_migration_that_waits(db):
    assert how_is("migrations") == (Health.GOOD, "The database fits the code.")
    forget_migration()
    assert how_is("migrations") == (Health.BAD, "1 migration waits. Run “manage.py migrate”.")


def test_the_page_names_the_versions(cast, as_):
    page = as_(cast.developer).get(HEALTH)
    for name in ("Python", "Django", "PostgreSQL", "htmx", "huey", "granian"):
        assert name in page.text
    assert health.htmx_version() == "2.0.10"


def test_polling_gets_the_fragment_alone(cast, as_):
    fragment = as_(cast.developer, htmx=True).get(HEALTH, headers={"HX-Target": "health"})
    assert fragment.text.lstrip().startswith('<section class="stack" id="health"')
    assert "<html" not in fragment.text


@pytest.mark.parametrize("path", ["", "errors/", "jobs/", "components/"])
@pytest.mark.parametrize("role", ["student", "mentor", "sre", "manager", "nobody"])
def test_only_developers_and_admins_come_in(cast, as_, role, path):
    assert as_(getattr(cast, role)).get(HEALTH + path).status_code == 403


def test_the_gallery_opens(cast, as_):
    assert as_(cast.developer).get(f"{HEALTH}components/").status_code == 200


# --- /healthz: it looks by a connection of its own, which sees only what is committed


def test_healthz_is_public_and_answers_in_json(client: Client, transactional_db):
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_healthz_asks_nothing_of_sessions_and_users(client: Client, transactional_db, django_assert_num_queries):
    with django_assert_num_queries(0):  # on Django's connection
        client.get("/healthz")


@pytest.mark.django_db(transaction=True)
def test_healthz_names_migrations_that_wait(client: Client):
    row = forget_migration()
    try:
        response = client.get("/healthz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", row)
    assert (response.status_code, response.json()) == (503, {"status": "failing", "failing": "migrations"})


@pytest.mark.django_db(transaction=True)
def test_healthz_names_the_queue(client: Client):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE huey_task RENAME TO huey_task_away")
    try:
        response = client.get("/healthz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE huey_task_away RENAME TO huey_task")
    assert (response.status_code, response.json()) == (503, {"status": "failing", "failing": "queue"})


def test_healthz_names_a_database_that_is_away(client: Client, transactional_db, monkeypatch):
    begun = time.monotonic()
    with monkeypatch.context() as elsewhere:
        elsewhere.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        elsewhere.setitem(connection.settings_dict, "PORT", "9")
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (503, {"status": "failing", "failing": "database"})
    assert time.monotonic() - begun < health.PROBE_TIMEOUT + 1


def test_healthz_does_not_wait_for_a_database_that_says_nothing(
    client: Client, transactional_db, monkeypatch, mute_server
):
    begun = time.monotonic()
    with monkeypatch.context() as elsewhere:
        elsewhere.setitem(connection.settings_dict, "HOST", mute_server[0])
        elsewhere.setitem(connection.settings_dict, "PORT", str(mute_server[1]))
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (503, {"status": "failing", "failing": "database"})
    assert time.monotonic() - begun < health.PROBE_TIMEOUT + 1


@pytest.fixture
def mute_server():
    """Accepts connections and never answers."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()


def add_task(enqueued_at: str, *, attempts: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO huey_task (queue, data, attempts, enqueued_at) VALUES ('sms', '', {attempts}, {enqueued_at})"
        )


def forget_migration() -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'developer' AND name = '0001_initial' RETURNING app, name, applied"
        )
        return cursor.fetchone()
