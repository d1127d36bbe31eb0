"""States of an import and of its rows."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Origin(TextChoices):
    """Where the rows of an import come from. All of them take the same way."""

    UPLOAD = "upload", _("uploaded file")
    PASTE = "paste", _("pasted text")
    COMMAND = "command", _("command line")
    LIST = "list", _("action on a list")
    UNDO = "undo", _("undo")


class RunState(TextChoices):
    MAPPING = "mapping", _("needs your answer")
    PLANNING = "planning", _("is being read")
    PLANNED = "planned", _("waits for your confirmation")
    APPLYING = "applying", _("is being applied")
    APPLIED = "applied", _("applied")
    REFUSED = "refused", _("refused")
    STOPPED = "stopped", _("stopped, nothing was changed")
    CANCELLED = "cancelled", _("cancelled")


RUN_MOVES = {
    RunState.MAPPING: {RunState.PLANNING, RunState.REFUSED, RunState.CANCELLED},
    RunState.PLANNING: {RunState.PLANNED, RunState.MAPPING, RunState.REFUSED, RunState.STOPPED, RunState.CANCELLED},
    RunState.PLANNED: {RunState.APPLYING, RunState.MAPPING, RunState.PLANNING, RunState.CANCELLED},
    RunState.APPLYING: {RunState.APPLIED, RunState.STOPPED, RunState.CANCELLED},
    RunState.STOPPED: {RunState.PLANNING, RunState.MAPPING, RunState.CANCELLED},
    RunState.CANCELLED: {RunState.PLANNING, RunState.MAPPING},
    RunState.REFUSED: {RunState.MAPPING},
    RunState.APPLIED: set(),
}

# In these the worker is at it, or will be; the page looks again every second.
AT_WORK = (RunState.PLANNING, RunState.APPLYING)


class RowStatus(TextChoices):
    """What an import does with a row. In an undo, what it leaves alone is `kept`."""

    NEW = "new", _("new")
    CHANGED = "changed", _("changed")
    UNCHANGED = "unchanged", _("unchanged")
    REMOVED = "removed", _("removed")
    REJECTED = "rejected", _("rejected")
    KEPT = "kept", _("left as it is")


# What is written when the import is applied.
WRITTEN = (RowStatus.NEW, RowStatus.CHANGED, RowStatus.REMOVED)
