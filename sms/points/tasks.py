"""The queue's side of points: thin leaves over actions."""

import time
from collections.abc import Sequence
from typing import Any

from huey import crontab
from huey.contrib.djhuey import HUEY, db_periodic_task, db_task

GATHERING = 0.25  # seconds in which a run waits for further events, to serve them together


def write_and_wake(writing: str, parameters: Sequence[Any]) -> None:
    """Writes requests and wakes the worker. Equal wake-ups that wait are served by one run (core/queue.py).

    The queue lies in the database, so this belongs to the transaction of the event: no worker sees
    the task before the commit, and nobody at all after a rollback.
    """
    HUEY.enqueue_with(recalculate_requested.s(id="points"), writing, parameters)


@db_task(priority=50)
def recalculate_requested() -> None:
    """Serves every request that waits."""
    from sms.points.actions import take_requests

    time.sleep(GATHERING)
    take_requests()


@db_periodic_task(crontab(minute="*"))
def recalculate_left_over() -> None:
    """Takes up what a task that failed left behind."""
    from sms.points.actions import take_requests

    take_requests()


@db_periodic_task(crontab(minute="*/10"))
def work_out_bands() -> None:
    """How many points it takes to be in front changes with everybody's points."""
    from sms.points import actions, queries

    actions.work_out_bands(missions=queries.missions_to_rank())


@db_periodic_task(crontab(hour="21", minute="30"))
def look_for_drift() -> None:
    """In the small hours of Dhaka: compares every ledger with its sources, mends it and reports what it found."""
    from sms.points.actions import mend_drift

    mend_drift()
