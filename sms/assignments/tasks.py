"""The queue's side of assignments: thin leaves over actions."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task


@db_periodic_task(crontab(hour="2", minute="40"))
def forget_files_without_a_record() -> None:
    """A file is stored before its record is written; what a failure in between left behind goes at night."""
    from sms.assignments.actions import forget_orphaned_files

    forget_orphaned_files()
