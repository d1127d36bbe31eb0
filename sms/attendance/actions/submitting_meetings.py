"""A student's own record of a meeting: the window and the code decide, the database that there is one record.

The insert reads the state of the meeting and holds its row shared, so that it and the closing of the meeting come
one after the other, and three thousand submissions do not wait for each other.
"""

from django.core.cache import cache
from django.db import connection, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.attendance import codes
from sms.attendance.choices import DOORS_TO_SUBMIT, DayStatus, MeetingDoor, MeetingState, MeetingWay
from sms.attendance.meeting_windows import BEFORE_START, door_of, status_at
from sms.attendance.models import Meeting, MeetingRecord
from sms.audit.actions import record as audit
from sms.core import clock
from sms.core.problems import Refused
from sms.points.actions import request_recalculation
from sms.programme.choices import Access
from sms.programme.models import MissionEnrollment

GUESSES, GUESSES_WITHIN = 5, 60  # seconds

INSERT_RECORD = """
INSERT INTO attendance_meetingrecord (meeting_id, mission_enrollment_id, status, submitted_at, reason)
SELECT meeting.id, %s, %s, %s, '' FROM attendance_meeting meeting WHERE meeting.id = %s AND meeting.state = ANY(%s)
FOR SHARE
ON CONFLICT (meeting_id, mission_enrollment_id) DO NOTHING
RETURNING id
"""


def submit_meeting(
    *, actor: User, meeting: Meeting, mission_enrollment: MissionEnrollment, code: str = ""
) -> MeetingRecord:
    """Records that the student is there. A second time changes nothing, and asks for no code.

    Raises Refused outside of the window, for a wrong code or too many of them, and without full access.
    """
    existing = MeetingRecord.objects.filter(meeting=meeting, mission_enrollment=mission_enrollment).first()
    if existing and existing.status != DayStatus.ABSENT:
        return existing
    moment = clock.now()
    if mission_enrollment.access != Access.FULL:
        raise Refused(_("Your access to this mission is limited. Ask your SRE about it."))
    if door_of(meeting, moment) not in DOORS_TO_SUBMIT:
        raise Refused(why_meeting_is_closed(meeting))
    if meeting.way == MeetingWay.CODE:
        # Before the transaction: a guess counts although nothing is written.
        _count_guess(actor, meeting)
        if not codes.is_shown(meeting.secret, codes.digits_of(code), moment):
            raise Refused(_("That is not the code on the screen now. It changes every half minute: type the newest."))
    return _record(actor, meeting, mission_enrollment)


def why_meeting_is_closed(meeting: Meeting) -> str:
    """Why nothing can be submitted at this instant, and what to do."""
    door = door_of(meeting, clock.now())
    if door == MeetingDoor.CANCELLED:
        return _("This meeting was cancelled: %(reason)s") % {"reason": meeting.reason}
    if door == MeetingDoor.BEFORE:
        opens = (meeting.starts_at - BEFORE_START).astimezone(meeting.zone)
        return _("You can submit from %(time)s.") % {"time": date_format(opens, "j F, H:i")}
    if door == MeetingDoor.WAITING:
        return _("The host has not opened the meeting yet. Wait until they show the code.")
    return _("This meeting is closed. Ask the host or your SRE if you were there.")


@transaction.atomic
def _record(actor: User, meeting: Meeting, mission_enrollment: MissionEnrollment) -> MeetingRecord:
    moment = clock.now()
    status = status_at(meeting, moment)
    states = [MeetingState.OPEN] if meeting.way == MeetingWay.CODE else [MeetingState.SCHEDULED, MeetingState.OPEN]
    with connection.cursor() as cursor:
        cursor.execute(INSERT_RECORD, [mission_enrollment.pk, status, moment, meeting.pk, states])
        inserted = cursor.fetchone()
    if inserted is None:
        # It stands already, or the host was faster.
        existing = MeetingRecord.objects.filter(meeting=meeting, mission_enrollment=mission_enrollment).first()
        if existing and existing.status != DayStatus.ABSENT:
            return existing
        raise Refused(_("This meeting is closed. Ask the host or your SRE if you were there."))
    audit(
        actor=actor,
        verb=gettext_noop("submitted the meeting"),
        subject=meeting,
        data={"status": status, "mission_enrollment": mission_enrollment.pk},
    )
    request_recalculation([mission_enrollment.pk])
    return MeetingRecord(
        pk=inserted[0],
        meeting=meeting,
        mission_enrollment=mission_enrollment,
        status=status,
        submitted_at=moment,
    )


def _count_guess(actor: User, meeting: Meeting) -> None:
    """Takes one of the guesses of this minute before anything is told about the code.

    Each guess is an entry of its own in the cache, and `add` is one statement that only one of two can win: posts at
    the same moment get no guess more than posts one after the other.
    """
    key = f"meeting-guess:{meeting.pk}:{actor.pk}"
    if not any(cache.add(f"{key}:{guess}", 1, GUESSES_WITHIN) for guess in range(GUESSES)):
        raise Refused(_("You have tried too many codes. Wait a minute, then type the newest."))
