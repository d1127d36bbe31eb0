"""Submission lists: pasting one, choosing among its proposals, confirming it, taking it back.

What is confirmed is what was shown: `apply_list` looks everything up again under locks and does nothing when the
fingerprint is another one. Lists of one assignment wait for each other at the assignment's row, submissions are locked
in the order of their keys, so two people at once leave what one after the other would have left.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.actions import REVEALED
from sms.accounts.choices import Contact
from sms.accounts.models import User
from sms.assignments import queries
from sms.assignments.actions.recording import BROKEN
from sms.assignments.choices import LIST_MOVES, Effect, ListState
from sms.assignments.models import Assignment, Submission, SubmissionList, SubmissionListLine
from sms.assignments.models.lists import LONGEST_ADDRESS, LONGEST_NAME, LONGEST_NUMBER, LONGEST_TEXT
from sms.assignments.pasting import Entry
from sms.assignments.records import NAMES, Record, new_record, plain, taken_back, values_of
from sms.assignments.resolving import Line
from sms.audit.actions import record, record_keyed
from sms.core import bulk, clock
from sms.core.problems import Refused, broken_constraints_refused
from sms.core.states import check_move
from sms.points.actions import request_recalculation
from sms.programme.models import MissionEnrollment

MOST_ENTRIES = 20_000

LINE_FIELDS = [
    "list_id",
    "number",
    "line",
    "text",
    "name",
    "address",
    "student_number",
    "submitted_at",
    "mission_enrollment_id",
    "proposal_id",
    "is_accepted",
    "resolution",
    "effect",
    "before",
    "after",
    "is_kept",
]


class ChangedMeanwhile(Refused):
    """What the list would do is no longer what the person was shown."""


@transaction.atomic
def start_list(
    *, actor: User, assignment: Assignment, entries: Sequence[Entry], as_of: datetime, is_complete: bool = False
) -> SubmissionList:
    """Keeps what was pasted as a draft. Nothing is recorded yet.

    The addresses that are proposed for suspected typos are told to whoever pasted them, which the audit list notes as
    for every contact that is revealed.
    """
    if not entries:
        raise Refused(_("There is nobody in it. Paste addresses or student numbers."))
    if len(entries) > MOST_ENTRIES:
        raise Refused(_("A list has at most %(n)d lines. Paste it in parts.") % {"n": MOST_ENTRIES})
    started = SubmissionList(
        assignment=assignment, as_of=as_of, is_complete=is_complete, pasted_by=actor, pasted_at=clock.now()
    )
    lines = [_line(number, entry) for number, entry in enumerate(entries, 1)]
    resolved = queries.resolution_of(started, lines)
    started.counts = resolved.counts
    started.save()
    for line in resolved.lines:
        line.pasted.list = started
        line.pasted.proposal_id = line.proposal.key if line.proposal else None
    _write(lines)
    record(
        actor=actor,
        verb=gettext_noop("pasted a submission list for"),
        subject=assignment,
        data={"list": started.pk, "lines": len(lines)},
    )
    _tell_revealed(actor, [line.proposal.key for line in resolved.lines if line.proposal])
    return started


@transaction.atomic
def choose_proposals(
    *, actor: User, submission_list: SubmissionList, offered: Collection[int], accepted: Mapping[int, int]
) -> None:
    """Of the lines `offered`, by number, takes those `accepted` for the student that was proposed (number → mission
    enrollment), and no other. A proposal that would not be made any more is not taken.
    """
    draft = _locked_draft(submission_list)
    proposed = {
        line.pasted.number: line.proposal.key
        for line in queries.resolution_of(draft).lines
        if line.proposal is not None
    }
    taken = {number: key for number, key in accepted.items() if proposed.get(number) == key}
    rows = draft.lines.filter(number__in=set(offered) | taken.keys()).values_list("pk", "number", "proposal_id")
    bulk.update(
        SubmissionListLine,
        ["proposal_id", "is_accepted"],
        ((pk, taken.get(number, proposal), number in taken) for pk, number, proposal in rows),
    )


@transaction.atomic
def set_complete(*, actor: User, submission_list: SubmissionList, is_complete: bool) -> None:
    """Says whether the list names everyone who handed in: then it withdraws what lists recorded for others."""
    draft = _locked_draft(submission_list)
    draft.is_complete = is_complete
    draft.save(update_fields=["is_complete"])


@transaction.atomic
def apply_list(*, actor: User, submission_list: SubmissionList, fingerprint: str) -> SubmissionList:
    """Records what the list says, as verified, and has the points of these students recalculated.

    Raises ChangedMeanwhile, and changes nothing, when it is no longer what `fingerprint` stands for.
    """
    draft = _locked_draft(submission_list)
    _lock_records(draft.assignment)
    resolved = queries.resolution_of(draft)
    if resolved.fingerprint != fingerprint:
        raise ChangedMeanwhile(
            _("Something changed since you looked. Nothing was recorded. This is what the list would do now.")
        )
    if not resolved.changes:
        raise Refused(_("This list changes nothing, so there is nothing to confirm."))
    draft.state, draft.applied_by, draft.applied_at = ListState.APPLIED, actor, clock.now()
    empty, recorded = new_record(), {"recorded_by_id": actor.pk, "recorded_at": plain(draft.applied_at)}
    for line in resolved.changes:
        if line.effect != Effect.WITHDRAWN:
            line.after = empty | line.after | recorded
    _put(draft.assignment, [(line.student.key, line.before, line.after) for line in resolved.changes])
    draft.lines.all().delete()
    _write(_confirmed(draft, resolved.everything))
    effects = {effect.value: resolved.effects[effect.value] for effect in Effect if effect != Effect.NONE}
    draft.counts = resolved.counts | {"effects": effects, "kept": len(resolved.kept)}
    draft.save(update_fields=["state", "applied_by", "applied_at", "counts"])
    record(
        actor=actor,
        verb=gettext_noop("applied a submission list for"),
        subject=draft.assignment,
        data={
            "list": draft.pk,
            **effects,
            "proposals accepted": sum(line.is_accepted for line in resolved.lines),
            "complete": draft.is_complete,
        },
    )
    request_recalculation({line.student.key for line in resolved.changes})
    return draft


@transaction.atomic
def undo_list(*, actor: User, submission_list: SubmissionList) -> SubmissionList:
    """Puts back what stood there before the list, but for submissions that were changed or graded since: they stay, and
    their lines say so. Where students have handed in themselves since, their claims come back.
    """
    applied = _locked(submission_list)
    check_move(LIST_MOVES, applied.state, ListState.UNDONE)
    _lock_records(applied.assignment)
    undoable, edited = queries.changed_since(applied)
    claims = queries.claims_of(applied.assignment)
    _put(
        applied.assignment,
        [
            (key, line.after, taken_back(line.before, claims.get(key)))
            for line in undoable
            if (key := line.mission_enrollment_id)
        ],
    )
    applied.lines.filter(pk__in=bulk.among([line.pk for line in edited])).update(is_kept=True)
    applied.state, applied.undone_by, applied.undone_at = ListState.UNDONE, actor, clock.now()
    applied.counts = applied.counts | {"undone": len(undoable), "left": len(edited)}
    applied.save(update_fields=["state", "undone_by", "undone_at", "counts"])
    record(
        actor=actor,
        verb=gettext_noop("undid a submission list for"),
        subject=applied.assignment,
        data={"list": applied.pk, "taken back": len(undoable), "changed since": len(edited)},
    )
    if undoable:
        request_recalculation({line.mission_enrollment_id for line in undoable})
    return applied


@transaction.atomic
def discard_list(*, actor: User, submission_list: SubmissionList) -> None:
    """Ends a draft. It stays in the history with its lines as they resolve now."""
    draft = _locked_draft(submission_list)
    resolved = queries.resolution_of(draft)
    for line in resolved.lines:
        # Nobody's enrollment is to be held by a proposal that came to nothing.
        line.effect, line.proposal = Effect.NONE, None
    draft.lines.all().delete()
    _write(_confirmed(draft, resolved.lines))
    draft.state, draft.counts = ListState.DISCARDED, resolved.counts
    draft.save(update_fields=["state", "counts"])
    record(
        actor=actor,
        verb=gettext_noop("discarded a submission list for"),
        subject=draft.assignment,
        data={"list": draft.pk},
    )


@transaction.atomic
def reveal_missing(*, actor: User, submission_list: SubmissionList, students: Collection[int]) -> None:
    """Notes that the addresses of the missing students, by mission enrollment, go to the person in a file."""
    _tell_revealed(actor, students)


# --- Steps


def _locked_draft(submission_list: SubmissionList) -> SubmissionList:
    draft = _locked(submission_list)
    if draft.state == ListState.DISCARDED:
        raise Refused(_("This list was discarded. Paste it again."))
    if draft.state != ListState.DRAFT:
        who = draft.applied_by.name if draft.applied_by else _("Somebody")
        raise Refused(_("%(name)s confirmed this list already. It was not applied twice.") % {"name": who})
    return draft


def _locked(submission_list: SubmissionList) -> SubmissionList:
    """The list and its assignment, for us alone."""
    # The assignment first, as for every list of it; its own row may be referred to meanwhile.
    assignment = (
        Assignment.objects.select_related("mission__batch")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=submission_list.assignment_id)
    )
    locked = SubmissionList.objects.select_for_update().get(pk=submission_list.pk)
    locked.assignment = assignment
    return locked


def _lock_records(assignment: Assignment) -> None:
    for _pk in Submission.objects.filter(assignment=assignment).order_by("pk").select_for_update().values_list("pk"):
        pass


def _line(number: int, entry: Entry) -> SubmissionListLine:
    address = entry.address if len(entry.address) <= LONGEST_ADDRESS else ""
    return SubmissionListLine(
        number=number,
        line=entry.line,
        text=entry.text[:LONGEST_TEXT],
        name=entry.name[:LONGEST_NAME],
        address=address,
        student_number=entry.student_number[:LONGEST_NUMBER],
        submitted_at=entry.submitted_at,
    )


def _confirmed(applied: SubmissionList, resolved: Sequence[Line]) -> list[SubmissionListLine]:
    """The lines as they resolve now, and one without text for each student who is missing."""
    lines = []
    for number, line in enumerate(resolved, 1):
        row = line.pasted or SubmissionListLine(name=line.student.name[:LONGEST_NAME])
        row.list, row.number, row.resolution, row.effect = applied, number, line.resolution, line.effect
        row.mission_enrollment_id = line.student.key if line.student else None
        row.proposal_id = line.proposal.key if line.proposal else None
        row.is_accepted = line.is_accepted
        row.before, row.after = (line.before, line.after) if line.effect != Effect.NONE else (None, None)
        lines.append(row)
    return lines


def _write(lines: Iterable[SubmissionListLine]) -> None:
    bulk.insert(SubmissionListLine, LINE_FIELDS, ([getattr(line, name) for name in LINE_FIELDS] for line in lines))


def _put(assignment: Assignment, changes: Iterable[tuple[int, Record | None, Record | None]]) -> None:
    """Turns records into others: (mission enrollment, before, after) each, in a statement for each kind of change."""
    changes = list(changes)
    new = [(key, after) for key, before, after in changes if before is None]
    gone = [key for key, _before, after in changes if after is None]
    others = {key: after for key, before, after in changes if before is not None and after is not None}
    of_assignment = Submission.objects.filter(assignment=assignment)
    with broken_constraints_refused(BROKEN):
        bulk.delete(Submission, _keys(of_assignment, gone).values())
        bulk.update(
            Submission, NAMES, ((pk, *values_of(others[key])) for key, pk in _keys(of_assignment, others).items())
        )
        bulk.insert(
            Submission,
            ["mission_enrollment_id", "assignment_id", *NAMES],
            ((key, assignment.pk, *values_of(after)) for key, after in new),
        )


def _keys(submissions: Any, students: Collection[int]) -> dict[int, int]:
    """Mission enrollment → submission."""
    if not students:
        return {}
    found = submissions.filter(mission_enrollment__in=bulk.among(students)).order_by("pk")
    return dict(found.values_list("mission_enrollment", "pk"))


def _tell_revealed(actor: User, mission_enrollments: Collection[int]) -> None:
    """One event for each student whose address is told."""
    if not mission_enrollments or not actor.has_perm("accounts.reveal_contacts"):
        return
    people = MissionEnrollment.objects.filter(pk__in=bulk.among(mission_enrollments)).order_by().distinct()
    rows = list(people.values_list("enrollment__student", "enrollment__student__name"))
    record_keyed(
        actor=actor,
        verb=REVEALED,
        subject_type=User,
        events=((key, name, {"which": Contact.EMAIL.value}) for key, name in rows),
    )
