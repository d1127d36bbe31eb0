"""No task is lost: not with a rolled back transaction, a dead worker or a dead connection."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from sms.core.queue import MOST_ATTEMPTS, DurableHuey, DurableStorage

pytestmark = pytest.mark.django_db(transaction=True)


class Worker:
    """A thread of the consumer with a storage, and so connections, of its own."""

    def __init__(self) -> None:
        self.storage = DurableStorage("test", blocking=False)
        self.thread = ThreadPoolExecutor(1)

    def do(self, act: Callable[[], object]) -> object:
        return self.thread.submit(act).result(10)

    def take(self) -> object:
        return self.do(self.storage.dequeue)

    def take_soon(self) -> object:
        """The server lets go of a dead worker's task a moment later."""
        deadline = time.monotonic() + 5
        while (data := self.take()) is None and time.monotonic() < deadline:
            time.sleep(0.01)
        return data

    def die(self) -> None:
        """As the server sees it: the connection is gone, nothing was said."""
        self.do(lambda: self.storage._listen_conn().close())

    def retire(self) -> None:
        self.do(self.storage.close)
        self.thread.shutdown()


@pytest.fixture
def new_worker() -> Iterator[Callable[[], Worker]]:
    workers: list[Worker] = []

    def hire() -> Worker:
        workers.append(Worker())
        return workers[-1]

    yield hire
    for worker in workers:
        worker.retire()


@pytest.fixture
def storage() -> Iterator[DurableStorage]:
    storage = DurableStorage("test", blocking=False)
    yield storage
    storage.flush_queue()
    storage.flush_schedule()


def test_enqueueing_is_one_statement(storage: DurableStorage, django_assert_num_queries: Callable) -> None:
    with django_assert_num_queries(1):
        storage.enqueue(b"task")
    assert storage.enqueued_items() == [b"task"]


def test_a_task_belongs_to_the_transaction(storage: DurableStorage) -> None:
    with transaction.atomic():
        storage.enqueue(b"never")
        transaction.set_rollback(True)
    assert storage.enqueued_items() == []


def test_the_highest_priority_comes_first_and_a_done_task_is_gone(
    storage: DurableStorage, new_worker: Callable[[], Worker]
) -> None:
    storage.enqueue(b"low", 1)
    storage.enqueue(b"high", 5)
    worker = new_worker()
    assert worker.take() == b"high"
    worker.do(worker.storage.acknowledge)
    assert worker.take() == b"low"
    worker.do(worker.storage.acknowledge)
    assert (worker.take(), storage.queue_size()) == (None, 0)


def test_two_workers_never_have_the_same_task(storage: DurableStorage, new_worker: Callable[[], Worker]) -> None:
    storage.enqueue(b"one")
    storage.enqueue(b"two")
    first, second, third = new_worker(), new_worker(), new_worker()
    assert [first.take(), second.take(), third.take()] == [b"one", b"two", None]


def test_four_workers_count_each_attempt_once(storage: DurableStorage, new_worker: Callable[[], Worker]) -> None:
    """They used to count a task for each other, until it had so many attempts that it was set aside and never run."""
    tasks = {f"task {number}".encode() for number in range(400)}
    for task in tasks:
        storage.enqueue(task)
    workers = [new_worker() for _number in range(4)]
    runs = [worker.thread.submit(take_all, worker.storage) for worker in workers]
    taken = [claim for run in runs for claim in run.result(60)]
    assert sorted(taken) == sorted((task, 1) for task in tasks)


def take_all(storage: DurableStorage) -> list[tuple[bytes, int]]:
    """Each task in the order of taking, with the attempts that were counted for it."""
    taken = []
    while (task := storage.dequeue()) is not None:
        rows = storage.sql("SELECT attempts FROM huey_task WHERE id = %s", (storage._worker.task_id,), results=True)
        taken.append((task, rows[0][0]))
        storage.acknowledge()
    connection.close()
    return taken


def test_equal_wake_ups_are_served_by_one_run(storage: DurableStorage, new_worker: Callable[[], Worker]) -> None:
    for task in (b"wake up", b"another", b"wake up", b"wake up"):
        storage.enqueue(task)
    worker = new_worker()
    assert worker.take() == b"wake up"
    storage.enqueue(b"wake up")  # of an event that this run may not have seen
    worker.do(worker.storage.acknowledge)
    assert worker.do(lambda: take_all(worker.storage)) == [(b"another", 1), (b"wake up", 1)]


def test_the_task_of_a_dead_worker_goes_to_the_next(storage: DurableStorage, new_worker: Callable[[], Worker]) -> None:
    storage.enqueue(b"task")
    dead, alive = new_worker(), new_worker()
    assert (dead.take(), alive.take()) == (b"task", None)
    dead.die()
    assert alive.take_soon() == b"task"


def test_a_task_that_ends_its_workers_is_kept_but_not_taken_again(
    storage: DurableStorage, new_worker: Callable[[], Worker]
) -> None:
    storage.enqueue(b"poison")
    for _ in range(MOST_ATTEMPTS):
        worker = new_worker()
        assert worker.take_soon() == b"poison"
        worker.die()
    assert (new_worker().take(), storage.queue_size(), storage.stuck_tasks()) == (None, 1, 1)


def test_a_worker_waits_for_the_notification(storage: DurableStorage) -> None:
    waiting = DurableStorage("test", read_timeout=10)
    taken: list[bytes | None] = []

    def wait() -> None:
        taken.append(waiting.dequeue())
        waiting.acknowledge()
        waiting.close()

    thread = threading.Thread(target=wait)
    thread.start()
    storage.enqueue(b"task")
    thread.join(5)
    assert taken == [b"task"]


def test_the_worker_executes_acknowledges_and_retries(storage: DurableStorage) -> None:
    huey = DurableHuey("test", results=False, blocking=False)
    seen: list[str] = []

    @huey.task(retries=1)
    def fail_once(word: str) -> None:
        seen.append(word)
        if len(seen) == 1:
            raise ValueError(word)

    fail_once("word")
    work_off(huey)
    assert (seen, storage.queue_size()) == (["word", "word"], 0)


def test_what_is_due_moves_to_the_queue_with_its_priority(storage: DurableStorage) -> None:
    huey = DurableHuey("test", results=False, blocking=False)

    @huey.task(priority=7)
    def later() -> None: ...

    later.schedule(delay=3600)
    later.schedule(delay=3 * 3600)
    work_off(huey)
    assert (storage.queue_size(), storage.schedule_size()) == (0, 2)

    in_two_hours = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=2)
    assert huey.read_schedule(in_two_hours) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT priority FROM huey_task WHERE queue = 'test'")
        assert cursor.fetchall() == [(7.0,)]
    assert storage.schedule_size() == 1


def work_off(huey: DurableHuey) -> None:
    while task := huey.dequeue():
        huey.execute(task)
    huey.storage.close()


def test_enqueueing_recovers_from_a_lost_connection(storage: DurableStorage) -> None:
    storage.enqueue(b"before")
    with psycopg.connect(**connection_parameters(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    with pytest.raises(OperationalError):
        storage.enqueue(b"lost, and said so")
    storage.enqueue(b"after")
    assert storage.enqueued_items() == [b"before", b"after"]


def connection_parameters() -> dict[str, str]:
    database = connection.settings_dict
    parameters = {"host": database["HOST"], "port": str(database["PORT"]), "dbname": database["NAME"]}
    parameters |= {"user": database["USER"], "password": database["PASSWORD"]}
    return {name: value for name, value in parameters.items() if value}
