"""Setting when a mission asks for attendance, and when a batch is asked for nothing."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.attendance.models import AttendancePolicy, Holiday
from sms.audit.actions import record as audit
from sms.programme.copying import Copy
from sms.programme.models import Batch, Mission


@transaction.atomic
def set_policy(*, actor: User | None, mission: Mission, **fields: object) -> AttendancePolicy:
    """Sets days and window of a mission's attendance. Days that are recorded stay as they are."""
    policy, _created = AttendancePolicy.objects.update_or_create(mission=mission, defaults=fields)
    audit(actor=actor, verb=gettext_noop("set the attendance window of"), subject=mission, data={"window": str(policy)})
    return policy


@transaction.atomic
def add_holiday(*, actor: User | None, batch: Batch, on: date, title: str) -> Holiday:
    """Makes a day free for a batch. Naming it again gives it the new title."""
    holiday, _created = Holiday.objects.update_or_create(batch=batch, on=on, defaults={"title": title})
    audit(
        actor=actor, verb=gettext_noop("added a holiday to"), subject=batch, data={"on": on.isoformat(), "title": title}
    )
    return holiday


@transaction.atomic
def copy_policies(*, actor: User | None, copy: Copy) -> None:
    """Gives the missions of a duplicated batch the windows of those that they were made from."""
    AttendancePolicy.objects.bulk_create(
        AttendancePolicy(
            mission=copy.missions[policy.mission_id],
            weekdays=policy.weekdays,
            opens_at=policy.opens_at,
            late_after=policy.late_after,
            closes_at=policy.closes_at,
        )
        for policy in AttendancePolicy.objects.filter(mission__in=copy.missions)
    )
