"""Setting work, one assignment or many."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from sms.accounts.models import User
from sms.assignments.models import Assignment, Instructions, Submission
from sms.assignments.queries import assignments_in_use, instructions_of
from sms.audit.actions import record, record_each, record_many
from sms.core import bulk
from sms.core.problems import Refused, broken_constraints_refused
from sms.core.sentences import listed
from sms.points.actions import request_recalculation
from sms.programme.copying import Copy
from sms.programme.models import Mission

MOMENTS = ["opens_at", "due_at", "late_until"]
LATE_POLICY = ["accepts_late", "late_until", "late_share", "late_per_day", "late_floor"]
DECIDES_POINTS = ["due_at", "max_points", *LATE_POLICY]
EDITABLE = ["code", "day", "title", "opens_at", "due_at", "max_points", "way", *LATE_POLICY]

# What it means when the database says no to a bulk write, by the name of the constraint.
BROKEN = {
    "assignments_code": gettext_lazy("A mission would have two assignments with one code."),
    "assignments_dates": gettext_lazy("An assignment must be due after it opens."),
    "assignments_late_after_due": gettext_lazy("Late work must be taken until after the due time."),
}


@transaction.atomic
def create_assignment(*, actor: User | None, mission: Mission, **fields: object) -> Assignment:
    assignment = Assignment(mission=mission, **fields)
    _save(assignment)
    record(actor=actor, verb=gettext_noop("created the assignment"), subject=assignment)
    return assignment


@transaction.atomic
def create_assignments(*, actor: User | None, rows: Sequence[Mapping[str, Any]]) -> list[Assignment]:
    """The bulk form of `create_assignment`: a row names the mission and those fields of EDITABLE that have no default."""
    keys = bulk.new_keys(Assignment, len(rows))
    created = [Assignment(pk=key, **row) for key, row in zip(keys, rows, strict=True)]
    fields = ["id", "mission_id", *EDITABLE]
    with broken_constraints_refused(BROKEN):
        bulk.insert(Assignment, fields, ([getattr(each, name) for name in fields] for each in created))
    record_many(actor=actor, verb=gettext_noop("created the assignment"), subjects=created)
    return created


@transaction.atomic
def edit_assignment(*, actor: User, assignment: Assignment, **fields: object) -> None:
    # Asked of the database: a form has given the object its new values already.
    before = Assignment.objects.values(*DECIDES_POINTS).get(pk=assignment.pk)
    for name, value in fields.items():
        setattr(assignment, name, value)
    _save(assignment, update_fields=list(fields))
    record(actor=actor, verb=gettext_noop("edited the assignment"), subject=assignment)
    if any(getattr(assignment, name) != value for name, value in before.items()):
        _points_follow([assignment])


@transaction.atomic
def edit_assignments(*, actor: User | None, changes: Sequence[tuple[Assignment, Mapping[str, Any]]]) -> int:
    """The bulk form of `edit_assignment`: each with the fields that it gets. Returns how many were changed."""
    events = []
    for assignment, fields in changes:
        changed = [name for name, value in fields.items() if getattr(assignment, name) != value]
        for name in changed:
            setattr(assignment, name, fields[name])
        if changed:
            events.append((assignment, changed))
    with broken_constraints_refused(BROKEN):
        bulk.update(
            Assignment, EDITABLE, ([each.pk, *(getattr(each, name) for name in EDITABLE)] for each, _changed in events)
        )
    record_each(
        actor=actor,
        verb=gettext_noop("edited the assignment"),
        events=((each, {"fields": changed}) for each, changed in events),
    )
    _points_follow([each for each, changed in events if not set(changed).isdisjoint(DECIDES_POINTS)])
    return len(events)


@transaction.atomic
def remove_assignments(*, actor: User | None, assignments: Sequence[Assignment]) -> int:
    """Takes away assignments for which nothing was handed in. Returns how many. Raises Refused and names the others."""
    wanted = Assignment.objects.filter(pk__in=[each.pk for each in assignments])
    # Locked, so that nobody records a submission for one of them meanwhile.
    locked = list(wanted.select_for_update().order_by("pk"))
    used = assignments_in_use([each.pk for each in locked])
    if used:
        raise Refused(_in_use([each for each in locked if each.pk in used]))
    record_many(actor=actor, verb=gettext_noop("removed the assignment"), subjects=locked)
    wanted.delete()
    return len(locked)


@transaction.atomic
def copy_assignments(*, actor: User | None, copy: Copy) -> None:
    """Sets the work of the old missions in those of a duplicated batch, opened and due as long after the start."""
    sources = list(Assignment.objects.filter(mission__in=copy.missions).select_related("instructions"))
    copies = Assignment.objects.bulk_create(
        Assignment(
            mission=copy.missions[each.mission_id],
            **{name: getattr(each, name) for name in EDITABLE}
            | {name: copy.moment(at) for name in MOMENTS if (at := getattr(each, name))},
        )
        for each in sources
    )
    Instructions.objects.bulk_create(
        Instructions(assignment=new, text=old.instructions.text)
        for old, new in zip(sources, copies, strict=True)
        if hasattr(old, "instructions")
    )


@transaction.atomic
def set_instructions(*, actor: User | None, assignment: Assignment, text: str) -> None:
    """Writes what to do, or takes it away when there is no word of it. The same text changes nothing."""
    text = text.strip()
    if text == instructions_of(assignment):
        return
    if text:
        Instructions.objects.update_or_create(assignment=assignment, defaults={"text": text})
    else:
        Instructions.objects.filter(assignment=assignment).delete()
    record(actor=actor, verb=gettext_noop("changed the instructions of"), subject=assignment)


def _points_follow(assignments: Sequence[Assignment]) -> None:
    """Of everyone for whom something is recorded there: what was late may be in time now, or worth more."""
    students = set(
        Submission.objects.filter(assignment__in=[each.pk for each in assignments]).values_list(
            "mission_enrollment", flat=True
        )
    )
    if students:
        request_recalculation(students)


def _save(assignment: Assignment, update_fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            assignment.save(update_fields=update_fields)
    except IntegrityError as error:
        raise Refused(
            _("This mission has an assignment with the code %(code)s already.") % {"code": assignment.code}
        ) from error


def _in_use(assignments: Sequence[Assignment]) -> str:
    return ngettext(
        "Students have handed in work for %(names)s. Take away its submissions first. Nothing was changed.",
        "Students have handed in work for %(names)s. Take away their submissions first. Nothing was changed.",
        len(assignments),
    ) % {"names": listed(f"“{each}”" for each in assignments)}
