"""The queue's side of attendance: thin leaves over actions."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task


@db_periodic_task(crontab(minute="*/5"))
def close_days_that_are_over() -> None:
    """Turns days that are over into absences. Batches close at their own local time, so it looks often."""
    from sms.attendance.actions import close_due_days

    close_due_days()


@db_periodic_task(crontab(minute="*/10"))
def close_meetings_that_are_over() -> None:
    """Closes meetings that their hosts forgot to close."""
    from sms.attendance.actions import close_forgotten_meetings

    close_forgotten_meetings()


@db_periodic_task(crontab(minute="17"))
def make_coming_meetings() -> None:
    """Makes the meetings of the coming weeks, and takes those away that fall on a new holiday."""
    from sms.attendance.actions import lay_out_all_series

    lay_out_all_series()
