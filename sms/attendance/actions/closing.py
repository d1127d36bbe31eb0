"""Closing days: what nobody submitted in time becomes an absence, or a day excused where that was granted."""

from datetime import date, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from sms.attendance.choices import WindowState
from sms.attendance.locks import lock_days
from sms.attendance.models import Holiday
from sms.attendance.queries import policy_of
from sms.attendance.windows import Window, window_of
from sms.audit.actions import record as audit
from sms.core import clock
from sms.points.actions import request_recalculation
from sms.programme.choices import MissionStatus
from sms.programme.models import Mission
from sms.programme.queries import running_missions

# Who could not submit on the day is not absent on it: access counts as it was when the window closed. Whether it is a
# holiday is asked here once more, behind the lock: it may have been added since the days were chosen. A day that is
# looked at again asks those who joined since only if it asked anybody: a weekday that is new to the policy did not.
CLOSE_DAY = """
INSERT INTO attendance_dailyrecord (mission_enrollment_id, "on", status, kind, reason, excuse_id)
SELECT taking_part.id, %(on)s, CASE WHEN excuse.id IS NULL THEN 'absent' ELSE 'excused' END, 'regular',
       COALESCE(excuse.reason, ''), excuse.id
FROM programme_missionenrollment taking_part
JOIN programme_enrollment enrollment ON enrollment.id = taking_part.enrollment_id
JOIN accounts_user student ON student.id = enrollment.student_id
LEFT JOIN attendance_excusedday excused ON excused.mission_enrollment_id = taking_part.id AND excused."on" = %(on)s
LEFT JOIN attendance_excuserequest excuse ON excuse.id = excused.request_id AND excuse.state = 'granted'
WHERE taking_part.mission_id = %(mission)s AND student.is_active
  AND NOT EXISTS (SELECT FROM attendance_holiday WHERE batch_id = %(batch)s AND "on" = %(on)s)
  AND (
      NOT %(again)s
      OR EXISTS (
          SELECT FROM attendance_dailyrecord other
          JOIN programme_missionenrollment another ON another.id = other.mission_enrollment_id
          WHERE another.mission_id = %(mission)s AND other."on" = %(on)s AND other.kind = 'regular'
      )
  )
  AND taking_part.joined_on <= %(on)s AND (taking_part.left_on IS NULL OR taking_part.left_on > %(on)s)
  AND COALESCE(
      (
          SELECT change.before FROM programme_accesschange change
          WHERE change.mission_enrollment_id = taking_part.id AND change.changed_at >= %(closes)s
          ORDER BY change.changed_at, change.id LIMIT 1
      ),
      taking_part.access
  ) = 'full'
ON CONFLICT (mission_enrollment_id, "on") DO NOTHING
RETURNING mission_enrollment_id, status
"""

# A mark never goes back by itself, so a clock that is put back opens no day again.
MARK_CLOSED = """
INSERT INTO attendance_closeddays (mission_id, through) VALUES (%s, %s)
ON CONFLICT (mission_id) DO UPDATE SET through = EXCLUDED.through
WHERE attendance_closeddays.through < EXCLUDED.through
"""

CATCH_UP_DAYS = 14


def close_due_days() -> int:
    """Closes every day whose window is over, of every active mission. Returns the records written.

    Safe to run twice and side by side. It begins behind the last day that is closed, however long ago that is, and
    always looks again at the last CATCH_UP_DAYS, within which somebody may have joined or a holiday have ended. A
    mission of which no day was ever closed begins there too: days before it was made active ask nobody.
    """
    missions = running_missions().filter(status=MissionStatus.ACTIVE).select_related("attendance_policy", "closed_days")
    written = 0
    for mission in missions:
        days, through = _days_to_close(mission), _closed_through(mission)
        written += sum(close_day(mission=mission, on=on, again=on <= through) for on in days)
        if days and days[-1] > through:
            with connection.cursor() as cursor:
                cursor.execute(MARK_CLOSED, [mission.pk, days[-1]])
    return written


@transaction.atomic
def close_day(*, mission: Mission, on: date, again: bool = False) -> int:
    """Turns a day that is over into absences for those who have no record. Returns how many records that are.

    `again` says that the day was closed before: then it asks nobody if it asked nobody at that time.
    """
    lock_days([mission.pk])
    with connection.cursor() as cursor:
        cursor.execute(
            CLOSE_DAY,
            {
                "on": on,
                "mission": mission.pk,
                "batch": mission.batch_id,
                "closes": _window(mission, on).closes,
                "again": again,
            },
        )
        written = dict(cursor.fetchall())
    if written:
        absent = sum(status == "absent" for status in written.values())
        data = {"on": on.isoformat(), "absent": absent}
        if excused := len(written) - absent:
            data["excused"] = excused
        audit(actor=None, verb=gettext_noop("closed the day of"), subject=mission, data=data)
        request_recalculation(written)
    return len(written)


def _days_to_close(mission: Mission) -> list[date]:
    today = clock.today(mission.batch.zone)
    behind = min(_closed_through(mission) + timedelta(days=1), today - timedelta(days=CATCH_UP_DAYS))
    first, last = max(mission.starts_on, behind), min(mission.ends_on, today)
    holidays = set(Holiday.objects.filter(batch=mission.batch_id, on__gte=first).values_list("on", flat=True))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    windows = (_window(mission, day, is_holiday=day in holidays) for day in days)
    return [window.on for window in windows if window.state(clock.now()) == WindowState.CLOSED]


def _closed_through(mission: Mission) -> date:
    if closed := getattr(mission, "closed_days", None):
        return closed.through
    return clock.today(mission.batch.zone) - timedelta(days=CATCH_UP_DAYS + 1)


def _window(mission: Mission, on: date, *, is_holiday: bool = False) -> Window:
    return window_of(policy_of(mission), on, mission.batch.zone, is_holiday=is_holiday)
