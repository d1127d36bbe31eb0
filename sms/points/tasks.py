"""The queue's side of points: thin leaves over actions."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task, on_commit_task


@on_commit_task(priority=50)
def recalculate_requested() -> None:
    """Wakes the worker after an event. One run serves every request that waits."""
    from sms.points.actions import take_requests

    take_requests()


@db_periodic_task(crontab(minute="*"))
def recalculate_left_over() -> None:
    """Takes up what a worker that died left behind."""
    from sms.points.actions import take_requests

    take_requests()
