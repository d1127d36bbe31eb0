"""Attendance: the days of a mission and who was there."""

from sms.attendance.models.daily import (
    STREAK_DAYS,
    AttendancePolicy,
    ClosedDays,
    DailyRecord,
    Holiday,
    default_weekdays,
)
from sms.attendance.models.excuses import MOST_DAYS, ExcusedDay, ExcuseRequest
from sms.attendance.models.late_taps import TRANSIT, LateTap, corrected_claim
from sms.attendance.models.marking import BulkMark
from sms.attendance.models.meetings import Meeting, MeetingRecord, MeetingSeries

__all__ = [
    "MOST_DAYS",
    "STREAK_DAYS",
    "TRANSIT",
    "AttendancePolicy",
    "BulkMark",
    "ClosedDays",
    "DailyRecord",
    "ExcuseRequest",
    "ExcusedDay",
    "Holiday",
    "LateTap",
    "Meeting",
    "MeetingRecord",
    "MeetingSeries",
    "corrected_claim",
    "default_weekdays",
]
