"""States of a submission, ways of handing in, what becomes of work that comes late, and where a grade comes from."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SubmissionState(TextChoices):
    """A student's own word is claimed until staff have verified it."""

    CLAIMED = "claimed", _("claimed")
    VERIFIED = "verified", _("verified")


class GradeSource(TextChoices):
    """Whether a person gave the grade on its page, or a file brought it."""

    HAND = "hand", _("by hand")
    FILE = "file", _("by file")


class Way(TextChoices):
    """How work is handed in. By list means in the main learning system, whose lists staff paste or import."""

    ANY = "any", _("by link or file, or by list")
    LINK = "link", _("by link")
    FILE = "file", _("by file")
    LIST = "list", _("in the main learning system, by list")


class Timeliness(TextChoices):
    ON_TIME = "on_time", _("on time")
    LATE = "late", _("late")
    TOO_LATE = "too_late", _("too late")
    UNKNOWN = "unknown", _("time unknown")


class TrackerState(TextChoices):
    """Where a student stands with an assignment; the order is that of the tabs."""

    AHEAD = "ahead", _("opens later")
    OPEN = "open", _("open")
    DUE_SOON = "due_soon", _("due soon")
    SUBMITTED = "submitted", _("handed in")
    LATE = "late", _("late")
    MISSING = "missing", _("missing")
    GRADED = "graded", _("graded")


class ListState(TextChoices):
    """A submission list waits as a draft until somebody confirms what it would do."""

    DRAFT = "draft", _("not confirmed")
    APPLIED = "applied", _("applied")
    UNDONE = "undone", _("undone")
    DISCARDED = "discarded", _("discarded")


LIST_MOVES = {
    ListState.DRAFT: {ListState.APPLIED, ListState.DISCARDED},
    ListState.APPLIED: {ListState.UNDONE},
    ListState.UNDONE: set(),
    ListState.DISCARDED: set(),
}


class Resolution(TextChoices):
    """Whom a line of a submission list means; `missing` is a student whom no line means."""

    MATCHED = "matched", _("matched")
    TYPO = "typo", _("suspected typo")
    NOT_ENROLLED = "not_enrolled", _("not enrolled")
    RESTRICTED = "restricted", _("restricted")
    DUPLICATE = "duplicate", _("duplicate")
    RECORDED = "recorded", _("already recorded")
    UNREADABLE = "unreadable", _("not readable")
    MISSING = "missing", _("missing")


class Effect(TextChoices):
    """What a line of a submission list does to the record."""

    NONE = "none", _("nothing")
    RECORDED = "recorded", _("recorded")
    VERIFIED = "verified", _("verified")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Likeness(TextChoices):
    """Why an address is taken for a misspelt one of a student, the surest first."""

    ALIAS = "alias", _("the same mailbox, written in another way")
    SPELLING = "spelling", _("spelt almost the same")
    NAME = "name", _("the same name with another address")
