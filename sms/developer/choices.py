"""States of a job, and how well a part of the system is."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class JobState(TextChoices):
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    RETRYING = "retrying", _("waits for another try")
    INTERRUPTED = "interrupted", _("interrupted")
    RESTARTED = "restarted", _("failed, started again")


JOB_TONES = {
    JobState.RUNNING: "brand",
    JobState.DONE: "good",
    JobState.FAILED: "bad",
    JobState.RETRYING: "warn",
    JobState.INTERRUPTED: "warn",
    JobState.RESTARTED: "neutral",
}


class Health(TextChoices):
    GOOD = "good", _("working")
    WARN = "warn", _("needs a look")
    BAD = "bad", _("not working")


MOST_KEPT = 5_000  # records of errors and of jobs that the nightly task leaves
HEARTBEAT_LOST_AFTER = 150  # seconds; two beats are missing by then
QUEUE_SLOW_AFTER = 60  # seconds that the oldest task may wait before a developer should look
