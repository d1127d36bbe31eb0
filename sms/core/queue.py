"""Background tasks that survive their worker.

huey's own PostgreSQL storage deletes a task when a worker takes it, so a worker that is killed takes the task with it.
Here a worker locks the row and deletes it when the task is done. The lock ends with the worker's connection, so the
task of a dead worker is taken by the next one: every task runs at least once, which is why tasks must be repeatable.

A task that has ended MOST_ATTEMPTS workers stays in the table and is not taken again; see `stuck_tasks`.

All but the waiting goes through Django's own connection: enqueueing is one statement in the thread's open connection,
belongs to the transaction that is open, and in tests goes to the test database.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, connection, transaction
from huey import PostgresHuey
from huey.api import Task
from huey.storage import PostgresStorage

MOST_ATTEMPTS = 5
CLAIMING = 0x736D7371  # key of the advisory lock that is held while a worker claims

logger = logging.getLogger(__name__)


def connect() -> psycopg.Connection[Any]:
    """A new psycopg connection to Django's current default database, for a worker to wait and hold locks on."""
    conn = connection.get_new_connection(connection.get_connection_params())
    conn.autocommit = True
    conn.execute("SET idle_in_transaction_session_timeout = 0")
    return conn


class DurableStorage(PostgresStorage):
    """The tables are made by sms/core/migrations/0001_queue.py."""

    def __init__(self, name: str = "huey", **options: Any) -> None:
        super().__init__(name, connection=connect, create_tables=False, **options)
        self._worker = threading.local()

    @contextmanager
    def db(self, commit: bool = False, close: bool = False) -> Iterator[Any]:
        try:
            with transaction.atomic() if commit else nullcontext(), connection.cursor() as cursor:
                yield cursor
        except (OperationalError, InterfaceError):
            # The consumer has no requests at whose end Django would drop a broken connection.
            if not connection.in_atomic_block:
                connection.close()
            raise

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        self.sql(f"WITH {self._adding}", self._added(data, priority))

    def enqueue_with(self, data: bytes, priority: float | None, writing: str, parameters: Sequence[Any]) -> None:
        self.sql(f"WITH writing AS ({writing}), {self._adding}", (*parameters, *self._added(data, priority)))

    @property
    def _adding(self) -> str:
        return (
            f"added AS (INSERT INTO {self.table_task} (queue, data, priority) VALUES (%s, %s, %s) RETURNING id)"
            " SELECT pg_notify(%s, '') FROM added"
        )

    def _added(self, data: bytes, priority: float | None) -> tuple[Any, ...]:
        return (self.name, data, priority or 0, self.channel)

    def _dequeue(self) -> bytes | None:
        """Locks a task until `acknowledge` or `give_back`, or until this worker is no more."""
        self.give_back()
        conn = self._listen_conn()
        # One worker at a time: between counting and locking, another would count the same task and skip its lock.
        conn.execute("SELECT pg_advisory_lock(%s)", (CLAIMING,))
        try:
            claim = self._claim(conn)
            if claim is None:
                return None
            task_id, data = claim
            conn.execute("BEGIN")
            conn.execute(f"SELECT 1 FROM {self.table_task} WHERE id = %s FOR UPDATE", (task_id,))
        finally:
            conn.execute("SELECT pg_advisory_unlock(%s)", (CLAIMING,))
        self._worker.task_id = task_id
        return bytes(data)

    def _claim(self, conn: psycopg.Connection[Any]) -> tuple[int, bytes] | None:
        """Counts the attempt in a transaction of its own, so that the count survives a worker that does not.

        Tasks that are equal to the byte, their id included, are served by one run: those that wait beside the
        claimed one are gone with it. So a wake-up may be enqueued by every event and costs the worker next to nothing.
        """
        return conn.execute(
            f"WITH claimed AS (UPDATE {self.table_task} SET attempts = attempts + 1 WHERE id = ("
            f"SELECT id FROM {self.table_task} WHERE queue = %s AND attempts < %s"
            " ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, data),"
            f" served AS (DELETE FROM {self.table_task} WHERE id IN ("
            f"SELECT same.id FROM {self.table_task} same JOIN claimed ON same.data = claimed.data"
            " WHERE same.id <> claimed.id AND same.queue = %s FOR UPDATE OF same SKIP LOCKED))"
            " SELECT id, data FROM claimed",
            (self.name, MOST_ATTEMPTS, self.name),
        ).fetchone()

    def acknowledge(self) -> None:
        """The task that this thread took is done."""
        task_id = getattr(self._worker, "task_id", None)
        if task_id is not None:
            self._worker.task_id = None
            conn = self._local_conn()
            conn.execute(f"DELETE FROM {self.table_task} WHERE id = %s", (task_id,))
            conn.execute("COMMIT")

    def give_back(self) -> None:
        """The task that this thread took, if any, is free for others."""
        if getattr(self._worker, "task_id", None) is not None:
            self._worker.task_id = None
            conn = self._local_conn()
            if not conn.closed:
                conn.execute("ROLLBACK")

    def _local_conn(self) -> psycopg.Connection[Any]:
        return self._listen_local.conn

    def due(self, timestamp: datetime) -> list[tuple[int, bytes]]:
        """Locks the scheduled tasks whose time has come, until the end of the transaction."""
        return self.sql(
            f"SELECT id, data FROM {self.table_schedule} WHERE queue = %s AND timestamp <= %s"
            " ORDER BY timestamp, id FOR UPDATE SKIP LOCKED",
            (self.name, timestamp.timestamp()),
            results=True,
        )

    def drop_scheduled(self, task_ids: list[int]) -> None:
        self.sql(f"DELETE FROM {self.table_schedule} WHERE id = ANY(%s)", (task_ids,))

    def stuck_tasks(self) -> int:
        """How many tasks ended every worker that took them."""
        return self.sql(
            f"SELECT count(*) FROM {self.table_task} WHERE queue = %s AND attempts >= %s",
            (self.name, MOST_ATTEMPTS),
            results=True,
        )[0][0]


class DurableHuey(PostgresHuey):
    storage_class = DurableStorage

    def enqueue_with(self, task: Task, writing: str, parameters: Sequence[Any]) -> None:
        """Enqueues a task by the very statement that writes what it is to do, which saves a round trip.

        `writing` is an INSERT, UPDATE or DELETE with its `parameters`.
        """
        self.storage.enqueue_with(self.serialize_task(task), task.priority, writing, parameters)

    def execute(self, task: Task, timestamp: datetime | None = None) -> Any:
        """A task that failed is done too: what it left for a retry is in the queue by then."""
        value = super().execute(task, timestamp)
        if isinstance(self.storage, DurableStorage):
            self.storage.acknowledge()
        return value

    def read_schedule(self, timestamp: datetime | None = None) -> list[Task]:
        """Moves the tasks that are due to the queue in one transaction, which leaves the scheduler nothing to lose."""
        if not isinstance(self.storage, DurableStorage):
            return super().read_schedule(timestamp)
        with transaction.atomic():
            due = self.storage.due(timestamp or self._get_timestamp())
            for _, data in due:
                self.storage.enqueue(data, self._priority(data))
            if due:
                self.storage.drop_scheduled([task_id for task_id, _ in due])
        return []

    def _priority(self, data: bytes) -> float:
        """A task that no longer can be read goes to the queue as well, where it is counted as stuck."""
        try:
            return self.deserialize_task(data).priority or 0
        except Exception:
            logger.exception("A scheduled task cannot be read.")
            return 0
