"""Closing days: what nobody submitted in time becomes an absence."""

from datetime import date, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from sms.attendance.choices import WindowState
from sms.attendance.models import Holiday
from sms.attendance.queries import policy_of
from sms.attendance.windows import window_of
from sms.audit.actions import record as audit
from sms.core import clock
from sms.points.actions import request_recalculation
from sms.programme.choices import MissionStatus
from sms.programme.models import Mission
from sms.programme.queries import running_missions

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


def _days_to_close(mission: Mission) -> list[date]:
    zone, policy = mission.batch.zone, policy_of(mission)
    today = clock.today(zone)
    first = max(mission.starts_on, today - timedelta(days=CATCH_UP_DAYS))
    last = min(mission.ends_on, today)
    holidays = set(Holiday.objects.filter(batch=mission.batch_id, on__gte=first).values_list("on", flat=True))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    windows = (window_of(policy, day, zone, is_holiday=day in holidays) for day in days)
    return [window.on for window in windows if window.state(clock.now()) == WindowState.CLOSED]
