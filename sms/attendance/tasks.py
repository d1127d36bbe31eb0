"""The queue's side of attendance: thin leaves over actions."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task


@db_periodic_task(crontab(minute="*/5"))
def close_days_that_are_over() -> None:
    """Turns days that are over into absences. Batches close at their own local time, so it looks often."""
    from sms.attendance.actions import close_due_days

    close_due_days()
