"""States of a submission."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SubmissionState(TextChoices):
    """A student's own word is claimed until staff have verified it."""

    CLAIMED = "claimed", _("claimed")
    VERIFIED = "verified", _("verified")


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
