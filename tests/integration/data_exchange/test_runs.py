"""An import and the world around it: cancelled, killed, twice at once."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from types import SimpleNamespace

import psycopg
import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction
from huey.contrib.djhuey import HUEY

from sms.accounts.models import StudentProfile, User
from sms.core import clock
from sms.core.problems import Refused
from sms.core.queue import connect
from sms.data_exchange import actions
from sms.data_exchange.choices import RunState
from sms.data_exchange.models import ImportProgress, ImportRun
from tests.factories import StudentFactory
from tests.integration.data_exchange.helpers import applied, finish, planned

TWO = "email,name,city\nana@example.com,Ana,Dhaka\nbea@example.com,Bea,Khulna"


@contextmanager
def held(statement: str, *parameters: object) -> Iterator[psycopg.Connection]:
    """Another transaction holds what the statement locks."""
    other = connect()
    try:
        with other.transaction():
            other.execute(statement, parameters)
            yield other
    finally:
        other.close()


def backend_that_waits() -> int:
    """The process of the connection that waits for a lock."""
    for _try in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if found := cursor.fetchone():
                return found[0]
        time.sleep(0.05)
    raise AssertionError("Nobody waits.")


def in_thread(function: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            function()
        finally:
            connection.close()

    return run


@pytest.mark.django_db
class TestCancelling:
    def test_a_plan(self) -> None:
        run = planned("students", TWO)
        actions.cancel(actor=None, run=run)
        actions.cancel(actor=None, run=run)
        run.refresh_from_db()
        assert run.state == RunState.CANCELLED
        with pytest.raises(Refused):
            actions.confirm(actor=None, run=run, wait=True)

    def test_before_the_worker_begins(self) -> None:
        run = planned("students", TWO)
        actions.confirm(actor=None, run=run, wait=True)
        actions.cancel(actor=None, run=run)
        actions.apply(run_id=run.pk)
        run.refresh_from_db()
        assert (run.state, User.objects.count()) == (RunState.CANCELLED, 0)

    def test_an_applied_one_stays_applied(self) -> None:
        run = applied("students", TWO)
        with pytest.raises(Refused):
            actions.cancel(actor=None, run=run)

    def test_a_cancelled_one_is_read_again(self) -> None:
        run = planned("students", TWO)
        actions.cancel(actor=None, run=run)
        actions.plan_again(actor=None, run=run)
        actions.plan(run_id=run.pk)
        run.refresh_from_db()
        assert finish(run).state == RunState.APPLIED


@pytest.mark.django_db(transaction=True)
def test_cancelling_while_it_is_applied_leaves_nothing() -> None:
    StudentFactory(email="bea@example.com")
    run = planned("students", "email,name\nana@example.com,Ana\nbea@example.com,Bea")
    actions.confirm(actor=None, run=run, large=True, wait=True)
    with ThreadPoolExecutor(1) as pool:
        with held("SELECT FROM accounts_user WHERE email = 'bea@example.com' FOR UPDATE"):
            work = pool.submit(in_thread(lambda: actions.apply(run_id=run.pk)))
            backend_that_waits()
            actions.cancel(actor=None, run=run)
            run.refresh_from_db()
            assert run.state == RunState.APPLYING, "the worker is at it and ends it itself"
        work.result(20)
    run.refresh_from_db()
    assert (run.state, User.objects.filter(email="ana@example.com").exists()) == (RunState.CANCELLED, False)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_leaves_nothing_and_the_next_one_does_it() -> None:
    StudentFactory(email="bea@example.com")
    run = planned("students", "email,name\nana@example.com,Ana\nbea@example.com,Bea")
    actions.confirm(actor=None, run=run, large=True, wait=True)
    lock = held("SELECT FROM accounts_user WHERE email = 'bea@example.com' FOR UPDATE")
    with ThreadPoolExecutor(1) as pool, lock:
        work = pool.submit(in_thread(lambda: actions.apply(run_id=run.pk)))
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [backend_that_waits()])
        assert work.exception(20)
    assert not User.objects.filter(email="ana@example.com").exists()
    # What a killed process cannot do any more: its state still says that it is being applied.
    ImportRun.objects.filter(pk=run.pk).update(state=RunState.APPLYING, sentence="")
    actions.apply(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, User.objects.filter(email="ana@example.com").count()) == (RunState.APPLIED, 1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_run_do_it_once(at_once: Callable) -> None:
    run = planned("students", TWO)
    actions.confirm(actor=None, run=run, wait=True)
    at_once(lambda pk: actions.apply(run_id=pk), [run.pk] * 3)
    run.refresh_from_db()
    assert (run.state, User.objects.count()) == (RunState.APPLIED, 2)


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_a_kind_do_not_run_at_once(at_once: Callable) -> None:
    runs = [planned("students", TWO), planned("students", TWO.replace("@", "2@"))]

    def confirm(run: ImportRun) -> str:
        try:
            actions.confirm(actor=None, run=run, wait=True)
        except Refused as refusal:
            return refusal.sentence
        return ""

    sentences = sorted(at_once(confirm, runs))
    assert sentences[0] == ""
    assert sentences[1].startswith("Another import of this kind is being applied.")


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_while_the_transaction_is_open() -> None:
    StudentFactory(email="bea@example.com")
    run = planned("students", "email,name\nbea@example.com,Bea")
    actions.confirm(actor=None, run=run, large=True, wait=True)
    with ThreadPoolExecutor(1) as pool:
        with held("SELECT FROM accounts_user WHERE email = 'bea@example.com' FOR UPDATE"):
            work = pool.submit(in_thread(lambda: actions.apply(run_id=run.pk)))
            backend_that_waits()
            assert ImportProgress.objects.get(run=run).total == 1
        work.result(20)
    assert (ImportProgress.objects.get(run=run).done, ImportProgress.objects.get(run=run).percent) == (1, 100)


@pytest.mark.django_db(transaction=True)
def test_the_queue_plans_and_applies() -> None:
    HUEY.storage.flush_queue()
    run = actions.start_import(actor=None, kind="students", name="two.csv", content=BytesIO(TWO.encode()))
    work_off()
    run.refresh_from_db()
    assert run.state == RunState.PLANNED
    actions.confirm(actor=None, run=run)
    work_off()
    run.refresh_from_db()
    assert (run.state, User.objects.count()) == (RunState.APPLIED, 2)


@pytest.mark.django_db(transaction=True)
def test_a_start_that_is_rolled_back_leaves_no_task() -> None:
    HUEY.storage.flush_queue()
    with transaction.atomic():
        actions.start_import(actor=None, kind="students", name="two.csv", content=BytesIO(TWO.encode()))
        transaction.set_rollback(True)
    assert (HUEY.storage.queue_size(), ImportRun.objects.count()) == (0, 0)


def work_off() -> None:
    try:
        while HUEY.storage.queue_size():
            HUEY.execute(HUEY.dequeue())
    finally:
        HUEY.storage.close()


@pytest.mark.django_db
def test_what_is_old_is_forgotten_but_for_its_line(cast: SimpleNamespace, django_capture_on_commit_callbacks) -> None:
    run = applied("students", TWO)
    name = run.file.name
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.prune(before=clock.now()) == 1
    run.refresh_from_db()
    assert (run.rows.count(), bool(run.file), default_storage.exists(name), run.new) == (0, False, False, 2)
    assert StudentProfile.objects.filter(user__email="ana@example.com").exists()
