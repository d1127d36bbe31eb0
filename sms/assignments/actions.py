"""Setting work."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.assignments.models import Assignment
from sms.audit.actions import record
from sms.core.problems import Refused
from sms.programme.copying import Copy
from sms.programme.models import Mission


@transaction.atomic
def create_assignment(*, actor: User | None, mission: Mission, **fields: object) -> Assignment:
    assignment = Assignment(mission=mission, **fields)
    _save(assignment)
    record(actor=actor, verb=gettext_noop("created the assignment"), subject=assignment)
    return assignment


@transaction.atomic
def edit_assignment(*, actor: User, assignment: Assignment, **fields: object) -> None:
    for name, value in fields.items():
        setattr(assignment, name, value)
    _save(assignment, update_fields=list(fields))
    record(actor=actor, verb=gettext_noop("edited the assignment"), subject=assignment)


@transaction.atomic
def copy_assignments(*, actor: User | None, copy: Copy) -> None:
    """Sets the work of the old missions in those of a duplicated batch, opened and due as long after the start."""
    Assignment.objects.bulk_create(
        Assignment(
            mission=copy.missions[each.mission_id],
            code=each.code,
            day=each.day,
            title=each.title,
            opens_at=copy.moment(each.opens_at),
            due_at=copy.moment(each.due_at),
            max_points=each.max_points,
        )
        for each in Assignment.objects.filter(mission__in=copy.missions)
    )


def _save(assignment: Assignment, update_fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            assignment.save(update_fields=update_fields)
    except IntegrityError as error:
        raise Refused(
            _("This mission has an assignment with the code %(code)s already.") % {"code": assignment.code}
        ) from error
