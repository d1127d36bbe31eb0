"""What developers do to jobs, and what keeps the records of the technology small."""

import os
import socket
from datetime import timedelta

from django.db import transaction
from django.db.models import Model
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from huey.contrib.djhuey import HUEY
from huey.exceptions import HueyException

from sms.accounts.models import User
from sms.audit.actions import record
from sms.core import clock
from sms.core.problems import Refused
from sms.developer import job_log
from sms.developer.choices import MOST_KEPT, JobState
from sms.developer.models import ErrorRecord, JobRecord, WorkerHeartbeat

FORGET_WORKERS_AFTER = timedelta(days=1)


@transaction.atomic
def retry_job(*, actor: User, job: JobRecord) -> None:
    """Puts the same task, with the same arguments, into the queue again.

    Raises Refused for a job that did not fail, was started again already, or is no longer part of the site.
    """
    job = JobRecord.objects.select_for_update().get(pk=job.pk)
    if not job.can_be_retried:
        raise Refused(_("Only a job that failed, and was not started again since, can be started again."))
    autodiscover_modules("tasks")  # a web process has loaded only those tasks that it enqueues itself
    try:
        task_class = HUEY._registry.string_to_task(job.name)
    except HueyException:
        raise Refused(_("This version of the site has no job %(name)s any more.") % {"name": job.name}) from None
    args, kwargs = job.arguments
    job.state = JobState.RESTARTED
    job.save(update_fields=["state"])
    record(actor=actor, verb=gettext_noop("started again the job"), subject=job)
    transaction.on_commit(lambda: HUEY.enqueue(task_class(tuple(args), kwargs)))


def beat() -> None:
    """Says that this worker process lives, and what it has been working on for long."""
    WorkerHeartbeat.objects.bulk_create(
        [WorkerHeartbeat(worker=worker_name(), at=clock.now())],
        update_conflicts=True,
        unique_fields=["worker"],
        update_fields=["at"],
    )
    job_log.write_running()


def say_goodbye() -> None:
    """A worker that is stopped as it should be leaves no heartbeat behind to be missed."""
    WorkerHeartbeat.objects.filter(worker=worker_name()).delete()


def worker_name() -> str:
    return f"{socket.gethostname()[:100]}:{os.getpid()}"


def prune(keep: int = MOST_KEPT) -> int:
    """Deletes all but the newest errors and jobs, and workers that have long been gone. Returns how many rows."""
    gone = WorkerHeartbeat.objects.filter(at__lt=clock.now() - FORGET_WORKERS_AFTER).delete()[0]
    return gone + sum(_keep_newest(model, keep) for model in (ErrorRecord, JobRecord))


def _keep_newest(model: type[Model], keep: int) -> int:
    newest_to_go = model.objects.order_by("-pk").values_list("pk", flat=True)[keep : keep + 1].first()
    return model.objects.filter(pk__lte=newest_to_go).delete()[0] if newest_to_go else 0
