"""Leaving a mission or a batch: the spell ends and stays readable. Both are bulk forms."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.audit.actions import record_many
from sms.core import bulk, clock
from sms.core.problems import Refused
from sms.programme.leaving import LEFT, follow
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
        follow(actor, [each.pk for each in open_ones])
    return len(open_ones)


def _last_day(batch: Batch, on: date | None) -> date:
    today = clock.today(batch.zone)
    if on and on > today:
        raise Refused(_("That day has not come yet. Choose today or a day in the past."))
    return on or today


def _details(on: date | None, reason: str) -> dict[str, str]:
    details = {"on": on.isoformat() if on else "", "reason": reason.strip()}
    return {name: value for name, value in details.items() if value}
