"""Building the programme: batches, missions, and enrolling students in them."""

from collections.abc import Iterable
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.audit.actions import record
from sms.core import clock
from sms.core.problems import Refused
from sms.core.states import check_move
from sms.programme.choices import BATCH_MOVES, MISSION_MOVES
from sms.programme.models import Batch, Enrollment, Mission, MissionEnrollment

BULK = 5_000


@transaction.atomic
def create_batch(*, actor: User | None, **fields: object) -> Batch:
    batch = Batch(**fields)
    _save_new(batch, _("A batch with the code %(code)s exists already.") % {"code": batch.code})
    record(actor=actor, verb=gettext_noop("created the batch"), subject=batch)
    return batch


@transaction.atomic
def edit_batch(*, actor: User, batch: Batch, **fields: object) -> None:
    """Changes title, dates or timezone. The status moves by `move_batch`."""
    changed = _update(batch, fields)
    if changed:
        record(actor=actor, verb=gettext_noop("edited the batch"), subject=batch, data={"fields": changed})


@transaction.atomic
def move_batch(*, actor: User, batch: Batch, to: str) -> None:
    """Moves a batch along BATCH_MOVES. Moving to where it stands already does nothing."""
    _move(actor, batch, BATCH_MOVES, to, gettext_noop("changed the status of the batch"))


@transaction.atomic
def create_mission(*, actor: User | None, batch: Batch, **fields: object) -> Mission:
    mission = Mission(batch=batch, **fields)
    _save_new(mission, _("This batch has a mission with the code %(code)s already.") % {"code": mission.code})
    record(actor=actor, verb=gettext_noop("created the mission"), subject=mission)
    return mission


@transaction.atomic
def edit_mission(*, actor: User, mission: Mission, **fields: object) -> None:
    changed = _update(mission, fields)
    if changed:
        record(actor=actor, verb=gettext_noop("edited the mission"), subject=mission, data={"fields": changed})


@transaction.atomic
def move_mission(*, actor: User, mission: Mission, to: str) -> None:
    """Moves a mission along MISSION_MOVES."""
    _move(actor, mission, MISSION_MOVES, to, gettext_noop("changed the status of the mission"))


@transaction.atomic
def enroll(*, actor: User | None, students: Iterable[User], batch: Batch, on: date | None = None) -> list[Enrollment]:
    """Enrolls students in a batch; those who are in it already stay as they are. Bulk form.

    Returns the open enrollments of all the students given.
    """
    students = list(students)
    Enrollment.objects.bulk_create(
        [Enrollment(student=student, batch=batch, started_on=on or clock.today(batch.zone)) for student in students],
        ignore_conflicts=True,
        batch_size=BULK,
    )
    record(actor=actor, verb=gettext_noop("enrolled students in"), subject=batch, data={"students": len(students)})
    return list(Enrollment.objects.filter(batch=batch, student__in=students, ended_on=None))


@transaction.atomic
def join_mission(
    *, actor: User | None, enrollments: Iterable[Enrollment], mission: Mission, on: date | None = None
) -> list[MissionEnrollment]:
    """Puts enrolled students into a mission of their batch, from `on` (today) on. Bulk form; twice adds nothing."""
    enrollments = list(enrollments)
    if any(enrollment.batch_id != mission.batch_id for enrollment in enrollments):
        raise Refused(_("Only students of the same batch can join “%(mission)s”.") % {"mission": mission})
    joined_on = on or clock.today(mission.batch.zone)
    MissionEnrollment.objects.bulk_create(
        [MissionEnrollment(enrollment=each, mission=mission, joined_on=joined_on) for each in enrollments],
        ignore_conflicts=True,
        batch_size=BULK,
    )
    record(actor=actor, verb=gettext_noop("put students into"), subject=mission, data={"students": len(enrollments)})
    return list(MissionEnrollment.objects.filter(mission=mission, enrollment__in=enrollments))


def _save_new(instance: Batch | Mission, duplicate_sentence: str) -> None:
    try:
        with transaction.atomic():
            instance.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(duplicate_sentence) from error


def _update(instance: Batch | Mission, fields: dict[str, object]) -> list[str]:
    changed = [name for name, value in fields.items() if getattr(instance, name) != value]
    for name in changed:
        setattr(instance, name, fields[name])
    if changed:
        try:
            with transaction.atomic():
                instance.save(update_fields=changed)
        except IntegrityError as error:
            raise Refused(_("That code is taken or the dates are the wrong way round. Nothing was changed.")) from error
    return changed


def _move(actor: User, instance: Batch | Mission, moves: dict, to: str, verb: str) -> None:
    current = type(instance).objects.select_for_update().get(pk=instance.pk).status
    if current == to:
        return
    check_move(moves, current, to)
    instance.status = to
    instance.save(update_fields=["status"])
    record(actor=actor, verb=verb, subject=instance, data={"from": current, "to": to})
