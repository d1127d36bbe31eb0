"""The queue's side of points: thin leaves over actions."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task


@db_task(priority=50)
def recalculate_requested() -> None:
    """Wakes the worker after an event. One run serves every request that waits.

    The queue lies in the database, so enqueueing belongs to the transaction of the event: no worker
    sees the task before the commit, and nobody at all after a rollback.
    """
    from sms.points.actions import take_requests

    take_requests()


@db_periodic_task(crontab(minute="*"))
def recalculate_left_over() -> None:
    """Takes up what a task that failed left behind."""
    from sms.points.actions import take_requests

    take_requests()
