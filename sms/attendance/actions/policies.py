"""Setting when a mission asks for attendance, and when a batch is asked for nothing."""

from datetime import date, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Least
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.attendance.choices import DayStatus
from sms.attendance.locks import lock_days
from sms.attendance.models import STREAK_DAYS, AttendancePolicy, ClosedDays, DailyRecord, Holiday
from sms.attendance.queries import policy_of
from sms.attendance.queries.limits import Limits
from sms.audit.actions import record as audit
from sms.audit.actions import record_each as audit_each
from sms.core import clock
from sms.core.problems import Refused
from sms.points.actions import request_recalculation
from sms.programme.copying import Copy
from sms.programme.models import Batch, Mission


class HolidayAdded(NamedTuple):
    """The holiday, and how many absences of its day are withdrawn."""

    holiday: Holiday
    withdrawn: int


@transaction.atomic
def set_policy(*, actor: User | None, mission: Mission, **fields: object) -> AttendancePolicy:
    """Sets days and window of a mission's attendance. Days that are recorded stay as they are; streaks are counted anew."""
    streak = AttendancePolicy.objects.filter(mission=mission).values_list("streak_days", flat=True).first()
    policy, _created = AttendancePolicy.objects.update_or_create(mission=mission, defaults=fields)
    data = {"window": str(policy), **{name: getattr(policy, name) for name in SHOWN if name in fields}}
    audit(actor=actor, verb=gettext_noop("set the attendance window of"), subject=mission, data=data)
    if policy.streak_days != (STREAK_DAYS if streak is None else streak):
        request_recalculation(mission.mission_enrollments.values_list("pk", flat=True))
    return policy


SHOWN = ("grace", "corrections_until_days", "mentors_may_correct", "mentors_until_days", "streak_days")


@transaction.atomic
def move_lock(*, actor: User | None, mission: Mission, until: date | None, reason: str) -> AttendancePolicy:
    """Freezes every day up to `until`, or none. It may go forward and back; each move keeps its reason."""
    if until and until > clock.today(mission.batch.zone):
        raise Refused(_("Lock days that have passed: choose today or a day before."))
    policy, _created = AttendancePolicy.objects.select_for_update().get_or_create(mission=mission)
    before, policy.locked_until = policy.locked_until, until
    policy.save(update_fields=["locked_until"])
    audit(
        actor=actor,
        verb=gettext_noop("moved the lock of attendance in"),
        subject=mission,
        data={"before": _iso(before), "after": _iso(until), "reason": reason},
    )
    return policy


@transaction.atomic
def add_holiday(*, actor: User | None, batch: Batch, on: date, title: str) -> HolidayAdded:
    """Makes a day free for a batch; absences on it are withdrawn. Naming it again gives it the new title."""
    missions = _free_to_change(actor, batch, on)
    holiday, _created = Holiday.objects.update_or_create(batch=batch, on=on, defaults={"title": title})
    audit(
        actor=actor, verb=gettext_noop("added a holiday to"), subject=batch, data={"on": on.isoformat(), "title": title}
    )
    idle = DailyRecord.objects.filter(
        Q(status=DayStatus.ABSENT) | Q(excuse__isnull=False), mission_enrollment__mission__in=missions, on=on
    )
    records = list(
        idle.select_related("mission_enrollment__enrollment__student", "mission_enrollment__mission").select_for_update(
            of=("self",)
        )
    )
    audit_each(
        actor=actor,
        verb=gettext_noop("removed a day of attendance of"),
        events=(
            (
                record.mission_enrollment,
                {"on": on.isoformat(), "before": record.status, "after": None, "reason": title},
            )
            for record in records
        ),
    )
    DailyRecord.objects.filter(pk__in=[record.pk for record in records]).delete()
    if records:
        request_recalculation(record.mission_enrollment_id for record in records)
    return HolidayAdded(holiday, len(records))


@transaction.atomic
def remove_holiday(*, actor: User | None, holiday: Holiday) -> None:
    """The day asks for attendance again: the closing of days looks at it anew and writes the absences."""
    batch, on = holiday.batch, holiday.on
    missions = _free_to_change(actor, batch, on)
    audit(
        actor=actor,
        verb=gettext_noop("removed a holiday from"),
        subject=batch,
        data={"on": on.isoformat(), "title": holiday.title},
    )
    holiday.delete()
    ClosedDays.objects.filter(mission__in=missions).update(through=Least("through", on - timedelta(days=1)))


@transaction.atomic
def copy_policies(*, actor: User | None, copy: Copy) -> None:
    """Gives the missions of a duplicated batch the rules of those that they were made from; nothing is locked there."""
    AttendancePolicy.objects.bulk_create(
        AttendancePolicy(mission=copy.missions[policy.mission_id], **{name: getattr(policy, name) for name in COPIED})
        for policy in AttendancePolicy.objects.filter(mission__in=copy.missions)
    )


COPIED = ("weekdays", "opens_at", "late_after", "closes_at", *SHOWN)


def _free_to_change(actor: User | None, batch: Batch, on: date) -> list[Mission]:
    """The missions of the batch, held against the closing of days; refuses a day that is frozen in one of them."""
    missions = list(batch.missions.select_related("attendance_policy"))
    lock_days(mission.pk for mission in missions)
    today = clock.today(batch.zone)
    for mission in missions:
        if mission.starts_on <= on <= mission.ends_on and (
            frozen := Limits.of(policy_of(mission)).why_locked(actor, on, today)
        ):
            raise Refused(_("%(mission)s: %(sentence)s") % {"mission": mission, "sentence": frozen})
    return missions


def _iso(on: date | None) -> str | None:
    return on.isoformat() if on else None
