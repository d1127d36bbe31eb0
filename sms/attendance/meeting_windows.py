"""When a student can submit a meeting, and what it counts as then.

Pure functions over a meeting and an instant. A window holds its opening instant and not its closing one.
"""

from datetime import datetime, timedelta

from sms.attendance.choices import DayStatus, MeetingDoor, MeetingState, MeetingWay
from sms.attendance.models import Meeting

BEFORE_START = timedelta(minutes=10)  # a link takes submissions this long before the start
AFTER_END = timedelta(minutes=15)  # and this long after the end
OPENED_BEFORE_START = timedelta(minutes=30)  # the earliest that a host can open
FORGOTTEN = timedelta(hours=6)  # after the end a meeting that nobody closed is closed by the clock


def door_of(meeting: Meeting, moment: datetime) -> MeetingDoor:
    """A code is asked for from when the host opens until the host closes; a link follows the clock."""
    if meeting.state == MeetingState.CANCELLED:
        return MeetingDoor.CANCELLED
    if meeting.state == MeetingState.CLOSED:
        return MeetingDoor.CLOSED
    by_code = meeting.way == MeetingWay.CODE
    if by_code and meeting.state == MeetingState.OPEN:
        return _open_or_late(meeting, moment)
    if moment < meeting.starts_at - BEFORE_START:
        return MeetingDoor.BEFORE
    if moment >= meeting.ends_at + AFTER_END:
        return MeetingDoor.CLOSED
    return MeetingDoor.WAITING if by_code else _open_or_late(meeting, moment)


def status_at(meeting: Meeting, moment: datetime) -> DayStatus:
    """What being there from this instant counts as."""
    late_from = meeting.starts_at + timedelta(minutes=meeting.late_after)
    return DayStatus.LATE if moment >= late_from else DayStatus.PRESENT


def _open_or_late(meeting: Meeting, moment: datetime) -> MeetingDoor:
    return MeetingDoor.LATE if status_at(meeting, moment) == DayStatus.LATE else MeetingDoor.OPEN
