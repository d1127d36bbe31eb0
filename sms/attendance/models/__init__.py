"""Attendance: the days of a mission and who was there."""

from sms.attendance.models.daily import AttendancePolicy, DailyRecord, Holiday, default_weekdays
from sms.attendance.models.late_taps import TRANSIT, LateTap, corrected_claim
from sms.attendance.models.meetings import Meeting, MeetingRecord, MeetingSeries

__all__ = [
    "TRANSIT",
    "AttendancePolicy",
    "DailyRecord",
    "Holiday",
    "LateTap",
    "Meeting",
    "MeetingRecord",
    "MeetingSeries",
    "corrected_claim",
    "default_weekdays",
]
