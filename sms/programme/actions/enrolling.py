"""Enrolling students in a batch and in its missions. Both are bulk forms: one student is a list of one."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.audit.actions import record
from sms.core import bulk, clock
from sms.core.problems import Refused
from sms.core.sentences import listed
from sms.programme.actions.access import change_access
from sms.programme.choices import Access
from sms.programme.models import Batch, Enrollment, Mission, MissionEnrollment

Spell = TypeVar("Spell", Enrollment, MissionEnrollment)


@transaction.atomic
def enroll(*, actor: User | None, students: Iterable[User], batch: Batch, on: date | None = None) -> list[Enrollment]:
    """Enrolls students in a batch from `on` (today) on; those who are in it already stay as they are.

    Who left comes again by a new enrollment, which cannot begin before the last one ended. Returns the open
    enrollments of all the students given.
    """
    by_key = {student.pk: student for student in students}
    on = on or clock.today(batch.zone)
    # COPY knows no ON CONFLICT: two people who enroll the same students wait for each other here.
    Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    spells = list(Enrollment.objects.filter(batch=batch, student__in=bulk.among(by_key)))
    _refuse_before_the_end([spell.pk for spell in spells if spell.ended_on and spell.ended_on > on], batch, on)
    enrolled = [spell for spell in spells if spell.ended_on is None]
    missing = by_key.keys() - {spell.student_id for spell in enrolled}
    new = _write(Enrollment, [(student, batch.pk, on, None) for student in sorted(missing)])
    if new:
        record(actor=actor, verb=gettext_noop("enrolled students in"), subject=batch, data={"students": len(new)})
    for each in [*enrolled, *new]:
        each.batch, each.student = batch, by_key[each.student_id]
    return [*enrolled, *new]


@transaction.atomic
def join_mission(
    *, actor: User | None, enrollments: Iterable[Enrollment], mission: Mission, on: date | None = None
) -> list[MissionEnrollment]:
    """Puts enrolled students into a mission of their batch, from `on` (today) on; twice adds nothing.

    Who left the mission joins again by a new mission enrollment, with full access. Returns the open mission
    enrollments of all the enrollments given.
    """
    on = on or clock.today(mission.batch.zone)
    by_key = {enrollment.pk: enrollment for enrollment in enrollments}
    if any(enrollment.batch_id != mission.batch_id for enrollment in by_key.values()):
        raise Refused(_("Only students of the same batch can join “%(mission)s”.") % {"mission": mission})
    _refuse_ended(by_key, mission)
    spells = list(
        MissionEnrollment.objects.filter(
            mission=mission, enrollment__student__in={each.student_id for each in by_key.values()}
        )
    )
    _refuse_before_the_end(
        [spell.enrollment_id for spell in spells if spell.left_on and spell.left_on > on], mission, on
    )
    joined = [spell for spell in spells if spell.left_on is None and spell.enrollment_id in by_key]
    missing = by_key.keys() - {spell.enrollment_id for spell in joined}
    new = _write(
        MissionEnrollment, [(enrollment, mission.pk, on, None, Access.FULL.value) for enrollment in sorted(missing)]
    )
    if new:
        record(actor=actor, verb=gettext_noop("put students into"), subject=mission, data={"students": len(new)})
    for each in [*joined, *new]:
        each.mission, each.enrollment = mission, by_key[each.enrollment_id]
    return [*joined, *new]


@transaction.atomic
def enroll_into(
    *,
    actor: User | None,
    students: Iterable[User],
    batch: Batch,
    access: Mapping[Mission, str],
    reason: str,
    on: date | None = None,
) -> list[Enrollment]:
    """Enrolls students in a batch and puts them into these missions of it, each with the access given.

    Whoever is in a mission already keeps the access that they have there. `reason` stands beside each access
    that is not full. Returns the open enrollments of all the students given.
    """
    enrollments = enroll(actor=actor, students=students, batch=batch, on=on)
    for mission, wanted in access.items():
        before = set(
            MissionEnrollment.objects.filter(
                mission=mission, enrollment__in=[each.pk for each in enrollments], left_on=None
            ).values_list("pk", flat=True)
        )
        joined = join_mission(actor=actor, enrollments=enrollments, mission=mission, on=on)
        if wanted != Access.FULL:
            new = [each for each in joined if each.pk not in before]
            change_access(actor=actor, mission_enrollments=new, access=wanted, reason=reason)
    return enrollments


def _write(model: type[Spell], rows: list[tuple[object, ...]]) -> list[Spell]:
    """Writes rows, each the values of the fields behind the key, and returns them as instances."""
    fields = [field.attname for field in model._meta.concrete_fields]
    with_keys = [(pk, *row) for pk, row in zip(bulk.new_keys(model, len(rows)), rows, strict=True)]
    bulk.insert(model, fields, with_keys)
    return [model.from_db(connection.alias, fields, row) for row in with_keys]


def _refuse_ended(enrollments: dict[int, Enrollment], mission: Mission) -> None:
    """Locks the enrollments, so that none of them ends, or is joined by someone else, meanwhile."""
    locked = Enrollment.objects.filter(pk__in=enrollments).order_by("pk").select_for_update(no_key=True)
    gone = [pk for pk, ended_on in locked.values_list("pk", "ended_on") if ended_on]
    if gone:
        raise Refused(
            _("%(names)s left the batch. Enroll them again first, then they can join “%(mission)s”.")
            % {"names": listed(_students_of(gone)), "mission": mission}
        )


def _refuse_before_the_end(overlapping: list[int], what: Batch | Mission, on: date) -> None:
    """Two spells of one student never overlap: a day would be asked for twice."""
    if overlapping:
        raise Refused(
            _("%(names)s left “%(what)s” after %(day)s. Choose a later day to join again.")
            % {"names": listed(_students_of(overlapping)), "what": what, "day": date_format(on, "j M Y")}
        )


def _students_of(enrollments: list[int]) -> QuerySet[User]:
    return User.objects.filter(enrollments__in=enrollments).order_by("name", "pk").distinct()
