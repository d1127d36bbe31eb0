"""One meeting from its setting to its end: set, changed, opened, closed or cancelled.

Whoever moves a meeting to another state holds its row; a submission holds it shared (submitting_meetings.py). So a
student is either in time, and no absence is written, or too late, and told so.
"""

from django.db import IntegrityError, connection, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.attendance.choices import MEETING_MOVES, DayStatus, MeetingState, MeetingWay
from sms.attendance.locks import lock_days
from sms.attendance.meeting_windows import FORGOTTEN, OPENED_BEFORE_START
from sms.attendance.models import Meeting
from sms.audit.actions import record as audit
from sms.core import clock
from sms.core.problems import Refused
from sms.core.states import check_move
from sms.points.actions import request_recalculation
from sms.programme.models import Mission

WRITE_ABSENCES = """
INSERT INTO attendance_meetingrecord (meeting_id, mission_enrollment_id, status, reason, excuse_id)
SELECT %(meeting)s, taking_part.id, CASE WHEN excuse.id IS NULL THEN 'absent' ELSE 'excused' END,
       COALESCE(excuse.reason, ''), excuse.id
FROM programme_missionenrollment taking_part
JOIN programme_enrollment enrollment ON enrollment.id = taking_part.enrollment_id
JOIN accounts_user student ON student.id = enrollment.student_id
LEFT JOIN attendance_excusedday excused ON excused.mission_enrollment_id = taking_part.id AND excused."on" = %(on)s
LEFT JOIN attendance_excuserequest excuse ON excuse.id = excused.request_id AND excuse.state = 'granted'
WHERE taking_part.mission_id = %(mission)s AND taking_part.access = 'full' AND student.is_active
  AND taking_part.joined_on <= %(on)s AND (taking_part.left_on IS NULL OR taking_part.left_on > %(on)s)
ON CONFLICT (meeting_id, mission_enrollment_id) DO NOTHING
RETURNING mission_enrollment_id, status
"""


@transaction.atomic
def create_meeting(*, actor: User | None, mission: Mission, **fields: object) -> Meeting:
    """Sets a meeting outside of any series."""
    meeting = Meeting(mission=mission, **fields)
    _save(meeting)
    audit(actor=actor, verb=gettext_noop("set the meeting"), subject=meeting)
    return meeting


@transaction.atomic
def edit_meeting(*, actor: User, meeting: Meeting, **fields: object) -> None:
    """Changes one meeting; from then on its series leaves it alone."""
    _locked(meeting)
    if meeting.state not in (MeetingState.SCHEDULED, MeetingState.OPEN):
        raise Refused(_("This meeting is over. What was recorded can be corrected; the meeting stays as it was."))
    started_at = meeting.starts_at
    for name, value in fields.items():
        setattr(meeting, name, value)
    meeting.is_edited = True
    _save(meeting, update_fields=[*fields, "is_edited"])
    audit(actor=actor, verb=gettext_noop("edited the meeting"), subject=meeting, data={"fields": list(fields)})
    if meeting.starts_at != started_at:
        # The entries of those who have submitted name the start.
        request_recalculation(list(meeting.records.values_list("mission_enrollment", flat=True)))


@transaction.atomic
def open_meeting(*, actor: User, meeting: Meeting) -> None:
    """Lets students submit. A second time changes nothing."""
    _locked(meeting)
    if meeting.state == MeetingState.OPEN:
        return
    check_move(MEETING_MOVES, meeting.state, MeetingState.OPEN)
    moment, earliest = clock.now(), meeting.starts_at - OPENED_BEFORE_START
    if moment < earliest:
        raise Refused(
            _("You can open this meeting from %(time)s.")
            % {"time": date_format(earliest.astimezone(meeting.zone), "j F, H:i")}
        )
    meeting.state, meeting.opened_at = MeetingState.OPEN, moment
    meeting.save(update_fields=["state", "opened_at"])
    audit(actor=actor, verb=gettext_noop("opened the meeting"), subject=meeting)


@transaction.atomic
def close_meeting(*, actor: User | None, meeting: Meeting) -> int:
    """Ends the meeting: whoever was in the mission and did not submit was absent, or excused where that was granted for
    the day. Returns how many were absent.

    A second time changes nothing. Where a code was asked for and no host ever showed one, nobody could submit, so
    nobody was absent.
    """
    _locked(meeting)
    if meeting.state == MeetingState.CLOSED:
        return 0
    check_move(MEETING_MOVES, meeting.state, MeetingState.CLOSED)
    moment = clock.now()
    if moment < meeting.starts_at:
        raise Refused(_("This meeting has not begun. Cancel it if it does not take place."))
    could_submit = meeting.state == MeetingState.OPEN or meeting.way == MeetingWay.LINK or meeting.records.exists()
    absent = _write_absences(meeting) if could_submit else []
    meeting.state, meeting.closed_at = MeetingState.CLOSED, moment
    meeting.save(update_fields=["state", "closed_at"])
    audit(actor=actor, verb=gettext_noop("closed the meeting"), subject=meeting, data={"absent": len(absent)})
    if absent:
        request_recalculation(absent)
    return len(absent)


@transaction.atomic
def cancel_meeting(*, actor: User, meeting: Meeting, reason: str) -> None:
    """Says that a meeting does not take place, and why. What students submitted to it no longer gives points."""
    _locked(meeting)
    check_move(MEETING_MOVES, meeting.state, MeetingState.CANCELLED)
    meeting.state, meeting.closed_at, meeting.reason = MeetingState.CANCELLED, clock.now(), reason
    meeting.save(update_fields=["state", "closed_at", "reason"])
    audit(actor=actor, verb=gettext_noop("cancelled the meeting"), subject=meeting, data={"reason": reason})
    request_recalculation(list(meeting.records.values_list("mission_enrollment", flat=True)))


def close_forgotten_meetings() -> int:
    """Closes meetings that are long over and that nobody closed. Returns how many. Safe to run twice at once."""
    over = Meeting.objects.filter(
        state__in=(MeetingState.SCHEDULED, MeetingState.OPEN), ends_at__lte=clock.now() - FORGOTTEN
    ).select_related("mission__batch")
    meetings = list(over)
    for meeting in meetings:
        close_meeting(actor=None, meeting=meeting)
    return len(meetings)


def _locked(meeting: Meeting) -> None:
    """Holds the row until the end of the transaction, and takes over the state that it has by now."""
    meeting.refresh_from_db(
        from_queryset=Meeting.objects.select_for_update(), fields=["state", "opened_at", "closed_at"]
    )


def _write_absences(meeting: Meeting) -> list[int]:
    """Returns who was absent."""
    lock_days([meeting.mission_id])
    with connection.cursor() as cursor:
        cursor.execute(WRITE_ABSENCES, {"meeting": meeting.pk, "mission": meeting.mission_id, "on": meeting.on})
        return [pk for pk, status in cursor.fetchall() if status == DayStatus.ABSENT]


def _save(meeting: Meeting, update_fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            meeting.save(update_fields=update_fields)
    except IntegrityError as error:
        raise Refused(_("This mission has a meeting at this time already. Choose another time.")) from error
