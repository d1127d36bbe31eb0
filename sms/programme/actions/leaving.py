"""Leaving a mission or a batch: the spell ends and stays readable. Taking that back on the same day. All are bulk forms."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.audit.actions import record_many
from sms.core import bulk, clock
from sms.core.problems import Refused
from sms.programme.leaving import LEFT, follow_leaving, follow_reopening
from sms.programme.models import Batch, Enrollment, MissionEnrollment


@transaction.atomic
def leave_batch(
    *, actor: User | None, enrollments: Iterable[Enrollment], on: date | None = None, reason: str = ""
) -> int:
    """Ends enrollments, and with them those in the missions of the batch. `on` (today) no longer counts.

    Who has left already stays as they are; an enrollment that begins later than `on` ends on its first day.
    Returns how many ended.
    """
    keys = [enrollment.pk for enrollment in enrollments]
    ended = list(
        Enrollment.objects.filter(pk__in=keys, ended_on=None)
        .select_related("student", "batch")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    # Locked first: whoever puts one of them into a mission waits until this is over, and is refused then.
    last_days = {each.pk: max(_last_day(each.batch, on), each.started_on) for each in ended}
    _end(actor, _open_ones(enrollment__in=last_days), on, reason)
    bulk.update(Enrollment, ["ended_on"], last_days.items())
    if ended:
        record_many(
            actor=actor, verb=gettext_noop("ended the enrollment of"), subjects=ended, data=_details(on, reason)
        )
    return len(ended)


@transaction.atomic
def leave_missions(
    *, actor: User | None, mission_enrollments: Iterable[MissionEnrollment], on: date | None = None, reason: str = ""
) -> int:
    """Takes students out of missions; they stay in the batch. `on` (today) no longer counts. Returns how many left."""
    return _end(actor, _open_ones(pk__in=[each.pk for each in mission_enrollments]), on, reason)


@transaction.atomic
def reopen_batch(*, actor: User | None, enrollments: Iterable[Enrollment]) -> int:
    """Takes back that students left a batch today: the spell goes on, and so do those in missions that ended with it.

    Whoever left on another day, or is in the batch again, is passed over; they rejoin by `enroll`. Returns how many.
    """
    open_ones = Enrollment.objects.filter(student=OuterRef("student"), batch=OuterRef("batch"), ended_on=None)
    ended = list(
        Enrollment.objects.filter(pk__in=[each.pk for each in enrollments], ended_on__isnull=False)
        .filter(~Exists(open_ones))
        .select_related("student", "batch")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    today = [each for each in ended if each.ended_on == clock.today(each.batch.zone)]
    bulk.update(Enrollment, ["ended_on"], ((each.pk, None) for each in today))
    record_many(actor=actor, verb=gettext_noop("opened again the enrollment of"), subjects=today)
    along = MissionEnrollment.objects.filter(enrollment__in=today, left_on__isnull=False)
    reopen_missions(actor=actor, mission_enrollments=along)
    return len(today)


@transaction.atomic
def reopen_missions(*, actor: User | None, mission_enrollments: Iterable[MissionEnrollment]) -> int:
    """Takes back that students left a mission today, and what followed from it. Returns how many.

    Whoever left on another day, or is in the mission again, is passed over; they rejoin by `join_mission`.
    """
    open_ones = MissionEnrollment.objects.filter(
        enrollment=OuterRef("enrollment"), mission=OuterRef("mission"), left_on=None
    )
    ended = list(
        MissionEnrollment.objects.filter(pk__in=[each.pk for each in mission_enrollments], left_on__isnull=False)
        .filter(~Exists(open_ones), enrollment__ended_on=None)
        .select_related("enrollment__student", "mission__batch")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    today = [each for each in ended if each.left_on == clock.today(each.mission.batch.zone)]
    bulk.update(MissionEnrollment, ["left_on"], ((each.pk, None) for each in today))
    if today:
        record_many(actor=actor, verb=gettext_noop("took back that they left:"), subjects=today)
        follow_reopening(actor, [each.pk for each in today])
    return len(today)


def _open_ones(**of: object) -> list[MissionEnrollment]:
    return list(
        MissionEnrollment.objects.filter(left_on=None, **of)
        .select_related("enrollment__student", "mission__batch")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )


def _end(actor: User | None, open_ones: list[MissionEnrollment], on: date | None, reason: str) -> int:
    bulk.update(
        MissionEnrollment,
        ["left_on"],
        ((each.pk, max(_last_day(each.mission.batch, on), each.joined_on)) for each in open_ones),
    )
    if open_ones:
        record_many(actor=actor, verb=LEFT, subjects=open_ones, data=_details(on, reason))
        follow_leaving(actor, [each.pk for each in open_ones])
    return len(open_ones)


def _last_day(batch: Batch, on: date | None) -> date:
    today = clock.today(batch.zone)
    if on and on > today:
        raise Refused(_("That day has not come yet. Choose today or a day in the past."))
    return on or today


def _details(on: date | None, reason: str) -> dict[str, str]:
    details = {"on": on.isoformat() if on else "", "reason": reason.strip()}
    return {name: value for name, value in details.items() if value}
