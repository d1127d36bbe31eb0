"""Listing students to phone, taking the next one, and logging what came of it."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.audit.actions import record
from sms.core import clock
from sms.core.problems import Refused
from sms.outreach.choices import (
    ATTEMPTS_UNTIL_EXHAUSTED,
    ENDS_ENTRY,
    FAILED_ATTEMPTS,
    LEASE,
    RETRY_AFTER,
    EntryState,
    Outcome,
)
from sms.outreach.models import Call, CallEntry, DoNotCall, FollowUp
from sms.outreach.queries import takeable
from sms.programme.models import MissionEnrollment
from sms.risk.choices import RiskLabel
from sms.risk.queries import reasons

PRIORITY = {RiskLabel.CRITICAL: 3, RiskLabel.AT_RISK: 2, RiskLabel.WATCH: 1, RiskLabel.ON_TRACK: 0}


@transaction.atomic
def list_for_calls(*, actor: User | None, students: Iterable[MissionEnrollment]) -> int:
    """Puts students on the call list with the reasons of today; `students` come from risk.queries.with_facts.

    Who waits there already, or asked not to be called, is passed over. Returns how many came on.
    """
    before = CallEntry.objects.filter(state=EntryState.WAITING).count()
    unwanted = set(DoNotCall.objects.values_list("student_id", flat=True))
    CallEntry.objects.bulk_create(
        [
            CallEntry(
                mission_enrollment=student,
                priority=PRIORITY[student.label],
                reasons=reasons(student),
                due_at=clock.now(),
                created_at=clock.now(),
            )
            for student in students
            if student.enrollment.student_id not in unwanted
        ],
        ignore_conflicts=True,
        batch_size=1_000,
    )
    added = CallEntry.objects.filter(state=EntryState.WAITING).count() - before
    record(actor=actor, verb=gettext_noop("put students on the call list"), data={"students": added})
    return added


@transaction.atomic
def take_next(*, actor: User) -> CallEntry | None:
    """Leases the next student to this SRE: the one they hold already, else due callbacks, else by priority.

    Returns None when nobody waits. Two SREs who press at once get two students: each skips the row
    that the other has locked.
    """
    held = CallEntry.objects.filter(leased_by=actor, state=EntryState.WAITING, leased_until__gt=clock.now()).first()
    if held:
        return held
    _let_go(actor)
    entry = takeable().select_for_update(skip_locked=True, of=("self",)).first()
    if entry is None:
        return None
    entry.leased_by, entry.leased_until = actor, clock.now() + LEASE
    try:
        with transaction.atomic():
            entry.save(update_fields=["leased_by", "leased_until"])
    except IntegrityError:
        # The same SRE pressed in two tabs at once: the other tab's student is theirs.
        return CallEntry.objects.get(leased_by=actor)
    record(actor=actor, verb=gettext_noop("took the call with"), subject=entry)
    return entry


@transaction.atomic
def release(*, actor: User, entry: CallEntry) -> None:
    """Gives a student back to the list, for anyone to take. Releasing twice changes nothing."""
    if _let_go(actor, entry):
        record(actor=actor, verb=gettext_noop("gave back the call with"), subject=entry)


@transaction.atomic
def log_call(
    *, actor: User, entry: CallEntry, outcome: str, notes: str = "", follow_up_at: datetime | None = None
) -> Call:
    """Writes down an attempt and does what the outcome asks for (choices.py).

    `follow_up_at` is the time of the callback where the outcome is "call later", and otherwise the
    due time of a follow-up owned by the caller. A call that took longer than the lease is logged all
    the same as long as nobody else has taken the student. Raises Refused when the entry is not the
    caller's: someone else took it, or it was logged or given back.
    """
    entry = CallEntry.objects.select_for_update().get(pk=entry.pk)
    if entry.leased_by_id != actor.pk or entry.state != EntryState.WAITING:
        raise Refused(_("This call is no longer yours: it was logged or given back. Take the next one."))
    if outcome == Outcome.RESCHEDULE and follow_up_at is None:
        raise Refused(_("Say when to call back."))
    call = Call.objects.create(entry=entry, caller=actor, started_at=clock.now(), outcome=outcome, notes=notes)
    _follow(entry, outcome, follow_up_at)
    if follow_up_at and outcome != Outcome.RESCHEDULE:
        FollowUp.objects.create(call=call, owner=actor, due_at=follow_up_at)
    if outcome == Outcome.DO_NOT_CALL:
        DoNotCall.objects.get_or_create(
            student=entry.mission_enrollment.enrollment.student, defaults={"since": clock.now()}
        )
    record(actor=actor, verb=gettext_noop("logged a call with"), subject=entry, data={"outcome": outcome})
    return call


@transaction.atomic
def finish_follow_up(*, actor: User, follow_up: FollowUp) -> None:
    """Marks a promise as kept. Doing it twice changes nothing."""
    if FollowUp.objects.filter(pk=follow_up.pk, done_at=None).update(done_at=clock.now()):
        record(actor=actor, verb=gettext_noop("finished the follow-up with"), subject=follow_up.call.entry)


def _follow(entry: CallEntry, outcome: str, follow_up_at: datetime | None) -> None:
    entry.attempts += 1
    entry.leased_by = entry.leased_until = None
    if outcome in ENDS_ENTRY:
        entry.state = ENDS_ENTRY[outcome]
    elif outcome == Outcome.RESCHEDULE:
        entry.due_at, entry.is_callback = follow_up_at, True
    elif outcome in FAILED_ATTEMPTS:
        entry.due_at, entry.is_callback = clock.now() + RETRY_AFTER[outcome], False
        if entry.attempts >= ATTEMPTS_UNTIL_EXHAUSTED:
            entry.state = EntryState.EXHAUSTED
    entry.save(update_fields=["attempts", "leased_by", "leased_until", "state", "due_at", "is_callback"])


def _let_go(actor: User, entry: CallEntry | None = None) -> int:
    mine = Q(leased_by=actor) if entry is None else Q(leased_by=actor, pk=entry.pk)
    return CallEntry.objects.filter(mine).update(leased_by=None, leased_until=None)
