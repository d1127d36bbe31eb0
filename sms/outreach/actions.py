"""Listing students to phone, taking the next one, and logging what came of it; adding and correcting past calls.

Who asked not to be called stands in DoNotCall as long as a call says so: a call that is added, corrected or removed
afterwards settles it anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from sms.accounts.models import User
from sms.audit.actions import record, record_each
from sms.core import bulk, clock
from sms.core.problems import Refused
from sms.core.sentences import listed
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

CALL_FIELDS = ["outcome", "notes"]

UNWANTED = """
INSERT INTO outreach_donotcall (student_id, since)
SELECT enrollment.student_id, MIN(call.started_at)
FROM outreach_call call
JOIN outreach_callentry entry ON entry.id = call.entry_id
JOIN programme_missionenrollment taking_part ON taking_part.id = entry.mission_enrollment_id
JOIN programme_enrollment enrollment ON enrollment.id = taking_part.enrollment_id
WHERE call.outcome = 'do_not_call' AND enrollment.student_id = ANY(%s)
GROUP BY enrollment.student_id
ON CONFLICT (student_id) DO NOTHING
"""

WANTED_AGAIN = """
DELETE FROM outreach_donotcall unwanted
WHERE unwanted.student_id = ANY(%s) AND NOT EXISTS (
    SELECT FROM outreach_call call
    JOIN outreach_callentry entry ON entry.id = call.entry_id
    JOIN programme_missionenrollment taking_part ON taking_part.id = entry.mission_enrollment_id
    JOIN programme_enrollment enrollment ON enrollment.id = taking_part.enrollment_id
    WHERE call.outcome = 'do_not_call' AND enrollment.student_id = unwanted.student_id
)
"""

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


@transaction.atomic
def import_calls(*, actor: User | None, rows: Iterable[tuple[int, int, datetime, str, str]]) -> list[int]:
    """Adds calls of the past, each with an entry of its own that is over: (key of the mission enrollment, key of the
    caller, time, outcome, notes) a row. Returns the keys of the calls, in the order of the rows.

    Raises Refused, and adds nothing, when a call lies in the future. The call list stays as it is, except that
    nobody who asked not to be called is taken from it any more.
    """
    rows = list(rows)
    if any(started_at > clock.now() for _student, _caller, started_at, _outcome, _notes in rows):
        raise Refused(_("A call cannot have begun in the future. Nothing was added."))
    entries, calls = bulk.new_keys(CallEntry, len(rows)), bulk.new_keys(Call, len(rows))
    bulk.insert(
        CallEntry,
        [
            "id",
            "mission_enrollment_id",
            "state",
            "priority",
            "reasons",
            "due_at",
            "is_callback",
            "attempts",
            "created_at",
        ],
        (
            (entry, student, ENDS_ENTRY.get(outcome, EntryState.DONE).value, 0, [], started_at, False, 1, started_at)
            for entry, (student, _caller, started_at, outcome, _notes) in zip(entries, rows, strict=True)
        ),
    )
    bulk.insert(
        Call,
        ["id", "entry_id", "caller_id", "started_at", *CALL_FIELDS],
        ((call, entry, *row[1:]) for call, entry, row in zip(calls, entries, rows, strict=True)),
    )
    added = _with_people(Call.objects.filter(pk__in=calls))
    _tell(actor, gettext_noop("added a past call with"), ((call, {"outcome": call.outcome}) for call in added))
    _settle_unwanted(call for call in added if call.outcome == Outcome.DO_NOT_CALL)
    return calls


@transaction.atomic
def edit_calls(*, actor: User | None, changes: Sequence[tuple[Call, Mapping[str, Any]]]) -> int:
    """Corrects outcome and notes of calls. Returns how many were changed. The entries stay where they stand."""
    locked = _with_people(
        Call.objects.select_for_update(of=("self",)).filter(pk__in=[call.pk for call, _fields in changes])
    )
    by_pk = {call.pk: call for call in locked}
    told = []
    for call, fields in changes:
        stored = by_pk[call.pk]
        before = {name: getattr(stored, name) for name, value in fields.items() if getattr(stored, name) != value}
        if before:
            for name in before:
                setattr(stored, name, fields[name])
            told.append((stored, {"before": before, "after": {name: fields[name] for name in before}}))
    bulk.update(Call, CALL_FIELDS, ((call.pk, call.outcome, call.notes) for call, _data in told))
    _tell(actor, gettext_noop("corrected the call with"), told)
    _settle_unwanted(call for call, data in told if "outcome" in data["before"])
    return len(told)


@transaction.atomic
def remove_calls(*, actor: User | None, pks: Iterable[int]) -> int:
    """Takes calls out of the log, with entries that have no other call and are over. Returns how many calls.

    Raises Refused, and removes nothing, when something was promised on one of them.
    """
    calls = Call.objects.filter(pk__in=list(pks))
    removed = _with_people(calls.select_for_update(of=("self",)))
    if promised := [call for call in removed if hasattr(call, "follow_up")]:
        raise Refused(
            ngettext(
                "A follow-up was promised on the call with %(names)s. Nothing was removed.",
                "Follow-ups were promised on the calls with %(names)s. Nothing was removed.",
                len(promised),
            )
            % {"names": listed(call.entry for call in promised)}
        )
    _tell(
        actor,
        gettext_noop("removed the call with"),
        (
            (
                call,
                {
                    "caller": call.caller.name,
                    "started_at": call.started_at.isoformat(),
                    "outcome": call.outcome,
                    "notes": call.notes,
                },
            )
            for call in removed
        ),
    )
    calls.delete()
    over = CallEntry.objects.filter(pk__in=[call.entry_id for call in removed], calls=None)
    over.exclude(state=EntryState.WAITING).delete()
    _settle_unwanted(call for call in removed if call.outcome == Outcome.DO_NOT_CALL)
    return len(removed)


def _with_people(calls: QuerySet[Call]) -> list[Call]:
    return list(
        calls.select_related(
            "follow_up",
            "caller",
            "entry__mission_enrollment__enrollment__student",
            "entry__mission_enrollment__mission",
        ).order_by("pk")
    )


def _tell(actor: User | None, verb: str, calls: Iterable[tuple[Call, Mapping[str, Any]]]) -> None:
    record_each(actor=actor, verb=verb, events=((call.entry, data) for call, data in calls))


def _settle_unwanted(calls: Iterable[Call]) -> None:
    students = list({call.entry.mission_enrollment.enrollment.student_id for call in calls})
    if students:
        with connection.cursor() as cursor:
            cursor.execute(UNWANTED, [students])
            cursor.execute(WANTED_AGAIN, [students])


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
