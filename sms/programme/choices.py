"""States of batches and missions, and the legal moves between them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class BatchStatus(TextChoices):
    DRAFT = "draft", _("draft")
    ACTIVE = "active", _("active")
    COMPLETED = "completed", _("completed")
    ARCHIVED = "archived", _("archived")


BATCH_MOVES = {
    BatchStatus.DRAFT: {BatchStatus.ACTIVE, BatchStatus.ARCHIVED},
    BatchStatus.ACTIVE: {BatchStatus.COMPLETED, BatchStatus.ARCHIVED},
    BatchStatus.COMPLETED: {BatchStatus.ACTIVE, BatchStatus.ARCHIVED},
    BatchStatus.ARCHIVED: {BatchStatus.DRAFT, BatchStatus.ACTIVE, BatchStatus.COMPLETED},
}


class MissionStatus(TextChoices):
    UPCOMING = "upcoming", _("upcoming")
    ACTIVE = "active", _("active")
    COMPLETED = "completed", _("completed")
    ARCHIVED = "archived", _("archived")


MISSION_MOVES = {
    MissionStatus.UPCOMING: {MissionStatus.ACTIVE, MissionStatus.ARCHIVED},
    MissionStatus.ACTIVE: {MissionStatus.UPCOMING, MissionStatus.COMPLETED, MissionStatus.ARCHIVED},
    MissionStatus.COMPLETED: {MissionStatus.ACTIVE, MissionStatus.ARCHIVED},
    MissionStatus.ARCHIVED: {MissionStatus.COMPLETED},
}


class Access(TextChoices):
    FULL = "full", _("full")
    RESTRICTED = "restricted", _("restricted")
    REVOKED = "revoked", _("revoked")
