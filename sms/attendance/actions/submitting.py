"""Submitting attendance: the window decides what counts, the database that there is one record a day.

The points follow by request: each event asks for the recalculation of its student inside its own transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.attendance.choices import KIND_BY_MISSION_STATUS, DayKind, DayStatus, WindowState
from sms.attendance.models import DailyRecord, Holiday
from sms.attendance.queries import policy_of
from sms.attendance.windows import Window, window_of
from sms.audit.actions import record as audit
from sms.core import clock
from sms.core.problems import Refused
from sms.points.actions import request_recalculation
from sms.programme.choices import Access, BatchStatus
from sms.programme.models import Mission, MissionEnrollment

INSERT_RECORD = """
INSERT INTO attendance_dailyrecord (mission_enrollment_id, "on", status, kind, submitted_at, reason)
VALUES (%s, %s, %s, %s, %s, '')
ON CONFLICT (mission_enrollment_id, "on") DO UPDATE
    SET status = EXCLUDED.status, submitted_at = EXCLUDED.submitted_at, reason = '', excuse_id = NULL
    WHERE attendance_dailyrecord.corrected_by_id IS NULL
      AND (attendance_dailyrecord.status = 'absent' OR attendance_dailyrecord.excuse_id IS NOT NULL)
RETURNING id
"""


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
        # submitted in its last second: they were in time, so it gives way. So does a day that is excused.
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
