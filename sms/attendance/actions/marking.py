"""Marking a day of many students at once, exactly as it was shown, and taking that back."""

from collections.abc import Iterator, Sequence

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.attendance.actions.correcting import remove_records, set_records
from sms.attendance.choices import DayStatus, ExcuseState
from sms.attendance.locks import lock_days
from sms.attendance.models import BulkMark, DailyRecord, ExcusedDay, Holiday
from sms.attendance.queries.marking import Plan
from sms.audit.actions import record as audit
from sms.core import bulk, clock
from sms.core.problems import Refused
from sms.programme.models import Mission


@transaction.atomic
def mark_many(*, actor: User, mission: Mission, plan: Plan, reason: str, fingerprint: str) -> BulkMark:
    """Sets the day of all whom the plan names. Refuses when it is no longer what the person was shown."""
    stored = {
        record.mission_enrollment_id: record
        for record in DailyRecord.objects.filter(
            mission_enrollment__in=[change.mission_enrollment_id for change in plan.changes], on=plan.on
        ).select_for_update()
    }
    current = {pk: record.status for pk, record in stored.items()}
    shown = {change.mission_enrollment_id: change.before for change in plan.changes if change.before}
    if plan.fingerprint != fingerprint or current != shown:
        raise Refused(_("Days have changed since they were shown to you. Look at the new numbers and confirm again."))
    if not plan.changes:
        raise Refused(_("Nobody would change. Choose another day, status or group."))
    set_records(
        actor=actor, rows=[(change.mission_enrollment_id, plan.on, plan.status, reason) for change in plan.changes]
    )
    mark = BulkMark.objects.create(
        mission=mission,
        on=plan.on,
        status=plan.status,
        reason=reason,
        before=[_as_it_was(change.mission_enrollment_id, stored) for change in plan.changes],
        students=len(plan.changes),
        marked_by=actor,
        marked_at=clock.now(),
    )
    audit(
        actor=actor,
        verb=gettext_noop("marked a day of many in"),
        subject=mission,
        data={"on": plan.on.isoformat(), "status": plan.status, "students": mark.students, "reason": reason},
    )
    return mark


@transaction.atomic
def undo_mark(*, actor: User, mark: BulkMark) -> list[str]:
    """Puts back what stood there before. Returns the names of those whose day was edited since: theirs stays.

    What the closing of days had written comes back as it would be written now: a holiday or an excuse that was decided
    on since the mark counts.
    """
    mark = BulkMark.objects.select_for_update().select_related("mission").get(pk=mark.pk)
    if mark.undone_at:
        raise Refused(_("This mark is taken back already."))
    lock_days([mark.mission_id])
    records = {
        record.mission_enrollment_id: record
        for record in DailyRecord.objects.filter(mission_enrollment__in=[pk for pk, *_rest in mark.before], on=mark.on)
        .select_related("mission_enrollment__enrollment__student")
        .select_for_update(of=("self",))
    }
    untouched, edited = [], []
    for was in mark.before:
        record = records.get(was[0])
        if record is None:
            continue
        if (record.status, record.reason, record.corrected_by_id) == (mark.status, mark.reason, mark.marked_by_id):
            untouched.append(was)
        else:
            edited.append(record.mission_enrollment.enrollment.student.name)
    _put_back(actor, mark, list(_as_of_now(mark, untouched)), records)
    BulkMark.objects.filter(pk=mark.pk).update(undone_by=actor, undone_at=clock.now())
    audit(
        actor=actor,
        verb=gettext_noop("took back a mark of many in"),
        subject=mark.mission,
        data={
            "on": mark.on.isoformat(),
            "status": mark.status,
            "students": len(untouched),
            "edited since": len(edited),
        },
    )
    return sorted(edited)


def _as_it_was(pk: int, stored: dict[int, DailyRecord]) -> list:
    record = stored.get(pk)
    if record is None:
        return [pk, None, "", None, None]
    return [pk, record.status, record.reason, record.corrected_by_id, record.excuse_id]


def _as_of_now(mark: BulkMark, rows: Sequence[list]) -> Iterator[list]:
    is_holiday = Holiday.objects.filter(batch=mark.mission.batch_id, on=mark.on).exists()
    granted = ExcusedDay.objects.filter(
        request__state=ExcuseState.GRANTED, mission_enrollment__in=[row[0] for row in rows], on=mark.on
    )
    excuses = {day.mission_enrollment_id: day.request for day in granted.select_related("request")}
    for row in rows:
        pk, status, _reason, corrected_by, excuse = row
        if excuse is None and (status != DayStatus.ABSENT or corrected_by is not None):
            yield row
        elif is_holiday:
            yield [pk, None, "", None, None]
        elif pk in excuses:
            yield [pk, DayStatus.EXCUSED.value, excuses[pk].reason, None, excuses[pk].pk]
        else:
            yield [pk, DayStatus.ABSENT.value, "", None, None]


def _put_back(actor: User, mark: BulkMark, rows: Sequence[list], records: dict[int, DailyRecord]) -> None:
    """Through the actions for corrections, so limits and history hold; then who had set the day before."""
    remove_records(actor=actor, keys=[(pk, mark.on) for pk, before, *_rest in rows if before is None])
    kept = [row for row in rows if row[1] is not None]
    set_records(actor=actor, rows=[(pk, mark.on, before, reason) for pk, before, reason, *_rest in kept])
    bulk.update(
        DailyRecord,
        ["corrected_by_id", "excuse_id"],
        ((records[pk].pk, corrected_by, excuse) for pk, _before, _reason, corrected_by, excuse in kept),
    )
