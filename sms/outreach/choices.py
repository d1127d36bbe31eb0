"""Calls: states of an entry and outcomes of an attempt, with what each outcome leads to."""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class EntryState(TextChoices):
    WAITING = "waiting", _("waiting")
    DONE = "done", _("done")
    EXHAUSTED = "exhausted", _("given up after three attempts")
    STOPPED = "stopped", _("stopped")


class Outcome(TextChoices):
    PICKED = "picked", _("picked up")
    NO_ANSWER = "no_answer", _("no answer")
    PHONE_OFF = "phone_off", _("phone off")
    BUSY = "busy", _("busy")
    WRONG_NUMBER = "wrong_number", _("wrong number")
    RESCHEDULE = "reschedule", _("call later")
    DO_NOT_CALL = "do_not_call", _("do not call")


FAILED_ATTEMPTS = (Outcome.NO_ANSWER, Outcome.PHONE_OFF, Outcome.BUSY)
ATTEMPTS_UNTIL_EXHAUSTED = 3

ENDS_ENTRY = {
    Outcome.PICKED: EntryState.DONE,
    Outcome.WRONG_NUMBER: EntryState.STOPPED,
    Outcome.DO_NOT_CALL: EntryState.STOPPED,
}

# A retry of a call that nobody answered falls at another time of the day.
RETRY_AFTER = {
    Outcome.NO_ANSWER: timedelta(hours=5),
    Outcome.PHONE_OFF: timedelta(hours=5),
    Outcome.BUSY: timedelta(minutes=30),
}

LEASE = timedelta(minutes=15)
