"""Submitting, correcting and closing days of attendance.

The window decides what counts, the database that there is one record a day, and the points follow
by request: each event asks for the recalculation of its student inside its own transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.attendance.choices import KIND_BY_MISSION_STATUS, DayKind, DayStatus, WindowState
from sms.attendance.models import AttendancePolicy, DailyRecord, Holiday
from sms.attendance.queries import policy_of
from sms.attendance.windows import Window, window_of
from sms.audit.actions import record as audit
from sms.core import clock
from sms.core.problems import Refused
from sms.points.actions import request_recalculation
from sms.programme.choices import Access, BatchStatus, MissionStatus
from sms.programme.copying import Copy
from sms.programme.models import Batch, Mission, MissionEnrollment
from sms.programme.queries import running_missions

INSERT_RECORD = """
INSERT INTO attendance_dailyrecord (mission_enrollment_id, "on", status, kind, submitted_at, reason)
VALUES (%s, %s, %s, %s, %s, '')
ON CONFLICT (mission_enrollment_id, "on") DO UPDATE
    SET status = EXCLUDED.status, submitted_at = EXCLUDED.submitted_at
    WHERE attendance_dailyrecord.status = 'absent' AND attendance_dailyrecord.corrected_by_id IS NULL
RETURNING id
"""

CLOSE_DAY = """
INSERT INTO attendance_dailyrecord (mission_enrollment_id, "on", status, kind, reason)
SELECT taking_part.id, %s, 'absent', 'regular', ''
FROM programme_missionenrollment taking_part
JOIN programme_enrollment enrollment ON enrollment.id = taking_part.enrollment_id
JOIN accounts_user student ON student.id = enrollment.student_id
WHERE taking_part.mission_id = %s AND taking_part.access = 'full' AND student.is_active
  AND taking_part.joined_on <= %s AND (taking_part.left_on IS NULL OR taking_part.left_on > %s)
ON CONFLICT (mission_enrollment_id, "on") DO NOTHING
RETURNING mission_enrollment_id
"""

CATCH_UP_DAYS = 14
BULK = 5_000


@dataclass(frozen=True)
class Submitted:
    """The record of the day, and whether this very act made it."""

    record: DailyRecord
    is_new: bool


@transaction.atomic
def submit_attendance(*, actor: User, mission_enrollment: MissionEnrollment, on: date, is_holiday: bool) -> Submitted:
    """Records a student's own attendance of today. A second time changes nothing.

    Raises Refused when `on` is not today in the batch's timezone, the window is not open, or the
    student's access to the mission is not full.
    """
    moment = clock.now()
    status = _status_for_submission(mission_enrollment, on, is_holiday)
    kind = KIND_BY_MISSION_STATUS[mission_enrollment.mission.status]
    with connection.cursor() as cursor:
        # A record of absence can stand there already when the day was being closed while the person
        # submitted in its last second: they were in time, so it gives way.
        cursor.execute(INSERT_RECORD, [mission_enrollment.pk, on, status, kind, moment])
        inserted = cursor.fetchone()
    if inserted is None:
        return Submitted(DailyRecord.objects.get(mission_enrollment=mission_enrollment, on=on), is_new=False)
    record = DailyRecord(
        pk=inserted[0], mission_enrollment=mission_enrollment, on=on, status=status, kind=kind, submitted_at=moment
    )
    audit(
        actor=actor,
        verb=gettext_noop("submitted attendance in"),
        subject=mission_enrollment.mission,
        data={"on": on.isoformat(), "status": status},
    )
    request_recalculation([mission_enrollment.pk])
    return Submitted(record, is_new=True)


@transaction.atomic
def record_day(
    *, actor: User | None, mission: Mission, on: date, submitted: Mapping[int, datetime], kind: str = DayKind.REGULAR
) -> int:
    """The bulk form of `submit_attendance`: one day of a mission, by what was submitted when.

    `submitted` maps the keys of mission enrollments to instants; the window decides what each counts as.
    Instants outside of it and students who have a record of the day are passed over. Returns how many
    of the instants lay in the window.
    """
    is_holiday = Holiday.objects.filter(batch=mission.batch_id, on=on).exists()
    window = window_of(policy_of(mission), on, mission.batch.zone, is_holiday=is_holiday)
    records = [
        DailyRecord(mission_enrollment_id=pk, on=on, status=status, kind=kind, submitted_at=moment)
        for pk, moment in submitted.items()
        if (status := window.status_at(moment))
    ]
    if records:
        DailyRecord.objects.bulk_create(records, ignore_conflicts=True, batch_size=BULK)
        audit(
            actor=actor,
            verb=gettext_noop("recorded the attendance of"),
            subject=mission,
            data={"on": on.isoformat(), "students": len(records)},
        )
        request_recalculation(record.mission_enrollment_id for record in records)
    return len(records)


@transaction.atomic
def correct_attendance(
    *, actor: User, mission_enrollment: MissionEnrollment, on: date, status: str, reason: str
) -> DailyRecord:
    """Sets a past or present day by hand. Both values, the person and the reason stay in the audit list."""
    if on > clock.today(mission_enrollment.mission.batch.zone):
        raise Refused(_("That day has not come yet. Choose today or a day in the past."))
    record = DailyRecord.objects.select_for_update().filter(mission_enrollment=mission_enrollment, on=on).first()
    before = record.status if record else None
    record = record or DailyRecord(mission_enrollment=mission_enrollment, on=on, kind=_kind(mission_enrollment.mission))
    record.status, record.reason, record.corrected_by = status, reason, actor
    DailyRecord.objects.bulk_create(
        [record],
        update_conflicts=True,
        unique_fields=["mission_enrollment", "on"],
        update_fields=["status", "reason", "corrected_by"],
    )
    audit(
        actor=actor,
        verb=gettext_noop("corrected the attendance of"),
        subject=mission_enrollment,
        data={"on": on.isoformat(), "before": before, "after": status, "reason": reason},
    )
    request_recalculation([mission_enrollment.pk])
    return record


def close_due_days() -> int:
    """Closes every day whose window is over, of every active mission. Returns the absences written.

    Safe to run twice and side by side; after a downtime it goes back CATCH_UP_DAYS.
    """
    missions = running_missions().filter(status=MissionStatus.ACTIVE).select_related("attendance_policy")
    return sum(close_day(mission=mission, on=on) for mission in missions for on in _days_to_close(mission))


@transaction.atomic
def close_day(*, mission: Mission, on: date) -> int:
    """Turns a day that is over into absences for those who have no record. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(CLOSE_DAY, [on, mission.pk, on, on])
        absent = [pk for (pk,) in cursor.fetchall()]
    if absent:
        audit(
            actor=None,
            verb=gettext_noop("closed the day of"),
            subject=mission,
            data={"on": on.isoformat(), "absent": len(absent)},
        )
        request_recalculation(absent)
    return len(absent)


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


def _status_for_submission(mission_enrollment: MissionEnrollment, on: date, is_holiday: bool) -> DayStatus:
    mission = mission_enrollment.mission
    zone = mission.batch.zone
    if mission.status not in KIND_BY_MISSION_STATUS or mission.batch.status == BatchStatus.ARCHIVED:
        raise Refused(_("This mission is archived and takes no attendance."))
    if mission_enrollment.access != Access.FULL:
        raise Refused(_("Your access to this mission is limited. Ask your SRE about it."))
    if on != clock.today(zone):
        raise Refused(_("This page is from another day. Reload it to mark today’s attendance."))
    window = window_of(policy_of(mission), on, zone, is_holiday=is_holiday)
    status = window.status_at(clock.now())
    if status is None:
        raise Refused(why_closed(window, mission))
    return status


def why_closed(window: Window, mission: Mission) -> str:
    """Why nothing can be submitted at this instant, and when it can."""
    zone = mission.batch.zone
    state = window.state(clock.now())
    if state == WindowState.OFF:
        return _("There is no attendance on %(day)s.") % {"day": date_format(window.on, "l j F")}
    if state == WindowState.BEFORE:
        return _("Attendance opens at %(time)s.") % {"time": time_format(window.opens.astimezone(zone), "H:i")}
    return _("Attendance closed at %(time)s. Ask your mentor or SRE if you were there.") % {
        "time": time_format(window.closes.astimezone(zone), "H:i")
    }


def _kind(mission: Mission) -> DayKind:
    return KIND_BY_MISSION_STATUS.get(mission.status, DayKind.REGULAR)


def _days_to_close(mission: Mission) -> list[date]:
    zone, policy = mission.batch.zone, policy_of(mission)
    today = clock.today(zone)
    first = max(mission.starts_on, today - timedelta(days=CATCH_UP_DAYS))
    last = min(mission.ends_on, today)
    holidays = set(Holiday.objects.filter(batch=mission.batch_id, on__gte=first).values_list("on", flat=True))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    windows = (window_of(policy, day, zone, is_holiday=day in holidays) for day in days)
    return [window.on for window in windows if window.state(clock.now()) == WindowState.CLOSED]
