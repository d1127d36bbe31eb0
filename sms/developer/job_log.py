"""Writes down what the worker did, from huey's signals.

It costs one statement a job, at its end: the points wake-up runs once for every submission, and
thousands of those come in a minute. The start is only remembered; a job that takes long enough to
be worth seeing is written as running by the worker's heartbeat.
"""

import json
import threading
import traceback
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from huey import signals
from huey.api import Huey, Task

from sms.core import clock
from sms.developer.choices import JobState
from sms.developer.log_handler import without_personal_data, write_waiting_errors
from sms.developer.models import JobRecord

ERROR_LIMIT = 8_000  # characters, of its end
WORTH_SEEING_AFTER = timedelta(seconds=5)

ENDS = {
    signals.SIGNAL_ERROR: JobState.FAILED,
    signals.SIGNAL_TIMEOUT: JobState.FAILED,
    signals.SIGNAL_LOCKED: JobState.FAILED,
    signals.SIGNAL_CANCELED: JobState.FAILED,
    signals.SIGNAL_RATE_LIMITED: JobState.FAILED,
    signals.SIGNAL_INTERRUPTED: JobState.INTERRUPTED,
    signals.SIGNAL_RETRYING: JobState.RETRYING,
}

# A job that failed or was interrupted before has a row of its own, which its success closes.
FINISHED = """
WITH own AS (
    UPDATE developer_jobrecord
    SET state = %(state)s, finished_at = %(finished_at)s, duration = %(duration)s, error = '',
        attempts = attempts + CASE WHEN state = 'running' THEN 0 ELSE 1 END
    WHERE task_id = %(own_id)s RETURNING id
)
INSERT INTO developer_jobrecord AS record
    (task_id, name, arguments, state, attempts, runs, started_at, finished_at, duration, error)
SELECT %(task_id)s, %(name)s, %(arguments)s::jsonb, %(state)s, 1, 1, %(started_at)s, %(finished_at)s, %(duration)s, ''
WHERE NOT EXISTS (SELECT 1 FROM own)
ON CONFLICT (task_id) DO UPDATE
SET runs = record.runs + 1, finished_at = EXCLUDED.finished_at, duration = EXCLUDED.duration
"""

ENDED = """
INSERT INTO developer_jobrecord AS record
    (task_id, name, arguments, state, attempts, runs, started_at, finished_at, duration, error)
VALUES (%(task_id)s, %(name)s, %(arguments)s::jsonb, %(state)s, 1, 1, %(started_at)s, %(finished_at)s, %(duration)s, %(error)s)
ON CONFLICT (task_id) DO UPDATE
SET state = EXCLUDED.state, started_at = EXCLUDED.started_at, finished_at = EXCLUDED.finished_at,
    duration = EXCLUDED.duration, error = EXCLUDED.error,
    attempts = record.attempts + CASE WHEN record.state = 'running' THEN 0 ELSE 1 END
"""


@dataclass
class InFlight:
    """The jobs that this process works on: task and start, by the task's id."""

    jobs: dict[str, tuple[Task, datetime]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, task: Task) -> None:
        with self.lock:
            self.jobs[task.id] = (task, clock.now())

    def end(self, task: Task) -> datetime:
        with self.lock:
            return self.jobs.pop(task.id, (task, clock.now()))[1]

    def longer_than(self, span: timedelta) -> list[tuple[Task, datetime]]:
        with self.lock:
            return [(task, since) for task, since in self.jobs.values() if clock.now() - since > span]


in_flight = InFlight()


def connect(huey: Huey) -> None:
    """Has huey tell this module what happens to its tasks."""
    huey.signal(signals.SIGNAL_EXECUTING)(on_start)
    huey.signal(signals.SIGNAL_COMPLETE)(on_success)
    huey.signal(*(signal for signal in ENDS if signal != signals.SIGNAL_RETRYING))(on_failure)
    huey.signal(signals.SIGNAL_RETRYING)(on_retry)


def on_start(_signal: str, task: Task) -> None:
    in_flight.begin(task)


def on_success(_signal: str, task: Task) -> None:
    started_at = in_flight.end(task)
    write_waiting_errors()
    if getattr(task, "leaves_no_record", False):
        return
    shared = not task.args and not task.kwargs
    row = {
        **_row(task, JobState.DONE, started_at),
        "own_id": task.id,
        "task_id": f"{name_of(task)}@{started_at:%Y-%m-%dT%H}" if shared else task.id,
    }
    with connection.cursor() as cursor:
        cursor.execute(FINISHED, row)


def on_failure(signal: str, task: Task, error: BaseException | None = None) -> None:
    row = _row(task, ENDS[signal], in_flight.end(task))
    text = "".join(traceback.format_exception(error)) if error else signal
    with connection.cursor() as cursor:
        cursor.execute(ENDED, {**row, "task_id": task.id, "error": without_personal_data(text)[-ERROR_LIMIT:]})
    write_waiting_errors()


def on_retry(_signal: str, task: Task) -> None:
    """huey has told of a failure before; the same row says now that there will be another try."""
    in_flight.end(task)
    JobRecord.objects.filter(task_id=task.id).update(state=JobState.RETRYING)


def write_running() -> None:
    """Shows the jobs that this process has been at for a while. Called by the heartbeat."""
    JobRecord.objects.bulk_create(
        [
            JobRecord(
                task_id=task.id,
                name=name_of(task),
                arguments=arguments_of(task),
                state=JobState.RUNNING,
                started_at=since,
            )
            for task, since in in_flight.longer_than(WORTH_SEEING_AFTER)
        ],
        ignore_conflicts=True,
    )


def name_of(task: Task) -> str:
    """The name in huey's registry, by which the same job can be started again."""
    return f"{type(task).__module__}.{type(task).__name__}"


def arguments_of(task: Task) -> list[Any] | None:
    """[args, kwargs], or None where they are no plain JSON and could not be brought back as they were."""
    arguments = [list(task.args), dict(task.kwargs)]
    try:
        return arguments if json.loads(json.dumps(arguments)) == arguments else None
    except (TypeError, ValueError):
        return None


def _row(task: Task, state: JobState, started_at: datetime) -> dict[str, Any]:
    arguments, finished_at = arguments_of(task), clock.now()
    return {
        "name": name_of(task)[:120],
        "arguments": None if arguments is None else json.dumps(arguments),
        "state": state.value,
        "started_at": started_at,
        "finished_at": finished_at,
        "duration": finished_at - started_at,
    }
