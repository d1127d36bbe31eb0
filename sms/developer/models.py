"""What the technology reports about itself: errors, jobs and the worker's sign of life.

All three are bounded: a nightly task keeps the newest (tasks.py). They hold no personal data
beyond what an exception's own text says.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ErrorRecord(models.Model):
    at = models.DateTimeField(_("time"), db_index=True)
    logger = models.CharField(_("from"), max_length=120)
    message = models.CharField(_("message"), max_length=500)
    route = models.CharField(_("route"), max_length=250, blank=True)
    traceback = models.TextField(_("traceback"), blank=True)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_health", _("See the health of the system, errors and jobs")),
            ("view_components", _("See the gallery of components")),
        ]

    def __str__(self) -> str:
        return self.message


class JobState(models.TextChoices):
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    RETRYING = "retrying", _("retrying")
    INTERRUPTED = "interrupted", _("interrupted")


class JobRecord(models.Model):
    """One task of the queue, from its first start on."""

    task_id = models.CharField(max_length=64, unique=True)
    name = models.CharField(_("job"), max_length=120)
    state = models.CharField(_("state"), max_length=12, choices=JobState.choices)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=1)
    started_at = models.DateTimeField(_("started"), db_index=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class WorkerHeartbeat(models.Model):
    """When each worker process last said that it lives."""

    worker = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.worker
