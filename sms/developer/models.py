"""What the technology reports about itself: errors, jobs and the worker's sign of life.

All three are bounded: a nightly task keeps the newest (actions.prune). E-mail addresses and phone
numbers in an exception's text are masked before they are written (log_handler.py); the arguments
of a job are keys and dates (architecture.md, "primitive arguments").
"""

from datetime import timedelta

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sms.developer.choices import JOB_TONES, JobState


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

    def get_absolute_url(self) -> str:
        return reverse("developer:error", args=[self.pk])


class JobRecord(models.Model):
    """A task of the queue that ran; or, where `runs` is above one, its successful runs of one hour.

    Runs of a job without arguments are alike, and some happen thousands of times an hour; they share a row.
    Every failure has its own. No column but `task_id` is indexed, so that counting up a shared row stays cheap.
    """

    task_id = models.CharField(max_length=160, unique=True, editable=False)
    name = models.CharField(_("job"), max_length=120)
    arguments = models.JSONField(_("arguments"), null=True, help_text="[args, kwargs]; null where they are no JSON")
    state = models.CharField(_("state"), max_length=12, choices=JobState.choices)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=1)
    runs = models.PositiveIntegerField(_("runs"), default=1)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    duration = models.DurationField(_("duration"), default=timedelta, help_text="of the last run")
    error = models.TextField(_("error"), blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.short_name

    def get_absolute_url(self) -> str:
        return reverse("developer:job", args=[self.pk])

    @property
    def short_name(self) -> str:
        """`points.recalculate_requested` for `sms.points.tasks.recalculate_requested`."""
        return self.name.removeprefix("sms.").replace(".tasks.", ".")

    @property
    def milliseconds(self) -> int:
        return round(self.duration / timedelta(milliseconds=1))

    @property
    def has_arguments(self) -> bool:
        return any(self.arguments or ())

    @property
    def arguments_text(self) -> str:
        """The arguments as they would stand in a call."""
        args, kwargs = self.arguments or ([], {})
        return ", ".join([*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())])

    @property
    def tone(self) -> str:
        return JOB_TONES[JobState(self.state)]

    @property
    def can_be_retried(self) -> bool:
        return self.state == JobState.FAILED and self.arguments is not None


class WorkerHeartbeat(models.Model):
    """When each worker process last said that it lives."""

    worker = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.worker
