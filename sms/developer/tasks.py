"""The queue's side of the developer app: thin leaves over actions."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task


@db_periodic_task(crontab(minute="*"), priority=100, leaves_no_record=True)
def heartbeat() -> None:
    """Goes through schedule, queue and worker, so its trace proves that all three work."""
    from sms.developer.actions import beat

    beat()


@db_periodic_task(crontab(hour="3", minute="20"))
def prune_records() -> None:
    from sms.developer.actions import prune

    prune()
