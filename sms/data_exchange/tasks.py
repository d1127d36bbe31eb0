"""The queue's side of imports: thin leaves over actions."""

from datetime import timedelta

from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task


@db_task(priority=10)
def plan_run(run_id: int) -> None:
    from sms.data_exchange.actions import plan

    plan(run_id=run_id)


@db_task(priority=10)
def apply_run(run_id: int) -> None:
    from sms.data_exchange.actions import apply

    apply(run_id=run_id)


@db_periodic_task(crontab(hour="2", minute="40"))
def forget_old_imports() -> None:
    from django.conf import settings

    from sms.core import clock
    from sms.data_exchange.actions import prune

    prune(before=clock.now() - timedelta(days=settings.IMPORT_KEPT_DAYS))
