"""More time for students, also after the fact: whether work came late, and its points, follow."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from sms.accounts.models import User
from sms.assignments.models import Assignment, Extension
from sms.audit.actions import record_each
from sms.core import bulk, clock
from sms.core.problems import Refused, broken_constraints_refused
from sms.points.actions import request_recalculation

# What it means when the database says no to a bulk write, by the name of the constraint.
BROKEN = {
    "assignments_extension_reason": gettext_lazy("More time needs a reason."),
    "assignments_one_extension": gettext_lazy("A student stands twice among these."),
    "assignments_same_mission": gettext_lazy(
        "More time can only be given for an assignment of the mission that the student takes part in."
    ),
}
FIELDS = ["mission_enrollment_id", "assignment_id", "due_at", "reason", "granted_by_id", "granted_at"]

# Keys of the mission enrollment and of the assignment; until when; why.
Key = tuple[int, int]
Row = tuple[int, int, datetime, str]


@transaction.atomic
def grant_extensions(*, actor: User | None, rows: Iterable[Row]) -> int:
    """Gives each student until that time for that assignment, in place of what they were given before.

    Whoever has just that already keeps it as it is. Returns how many are new. Raises Refused, and gives nobody
    anything, when one of the times is not after the due time of its assignment.
    """
    wanted = {(student, assignment): (due_at, reason) for student, assignment, due_at, reason in rows}
    assignments = _locked(wanted)
    for (_student, assignment), (due_at, _reason) in wanted.items():
        if due_at <= assignments[assignment].due_at:
            raise Refused(_("More time must end after the work is due for everyone. Choose a later time."))
    standing = {(each.mission_enrollment_id, each.assignment_id): each for each in _holding(wanted)}
    new = {
        key: given
        for key, given in wanted.items()
        if key not in standing or (standing[key].due_at, standing[key].reason) != given
    }
    now, granted_by = clock.now(), actor.pk if actor else None
    _end(actor, [standing[key].pk for key in new if key in standing])
    with broken_constraints_refused(BROKEN):
        bulk.insert(Extension, FIELDS, ((*key, *given, granted_by, now) for key, given in new.items()))
    _tell(actor, gettext_noop("gave more time for"), new, assignments)
    return len(new)


@transaction.atomic
def revoke_extensions(*, actor: User | None, keys: Iterable[Key]) -> int:
    """Takes the time that was given back; the due time of everyone holds again. Returns how many had more."""
    keys = set(keys)
    assignments = _locked(keys)
    ended = {(each.mission_enrollment_id, each.assignment_id): each.pk for each in _holding(keys)}
    _end(actor, ended.values())
    _tell(actor, gettext_noop("took back more time for"), ended, assignments)
    return len(ended)


def _locked(keys: Iterable[Key]) -> dict[int, Assignment]:
    """The assignments, held until the end of the transaction: who gives more time for one comes after the other."""
    wanted = {assignment for _student, assignment in keys}
    return {
        each.pk: each for each in Assignment.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True)
    }


def _holding(keys: Iterable[Key]) -> list[Extension]:
    keys = set(keys)
    found = Extension.objects.filter(
        revoked_at=None,
        assignment__in={assignment for _student, assignment in keys},
        mission_enrollment__in=bulk.among({student for student, _assignment in keys}),
    )
    return [each for each in found if (each.mission_enrollment_id, each.assignment_id) in keys]


def _end(actor: User | None, pks: Iterable[int]) -> None:
    Extension.objects.filter(pk__in=bulk.among(pks)).update(revoked_at=clock.now(), revoked_by=actor)


def _tell(actor: User | None, verb: str, keys: Iterable[Key], assignments: Mapping[int, Assignment]) -> None:
    """One event an assignment; lateness is worked out when it is read, and the points by the queue."""
    keys = list(keys)
    counts = Counter(assignment for _student, assignment in keys)
    record_each(actor=actor, verb=verb, events=((assignments[pk], {"students": counts[pk]}) for pk in sorted(counts)))
    if keys:
        request_recalculation({student for student, _assignment in keys})
