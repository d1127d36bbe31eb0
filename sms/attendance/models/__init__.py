"""Attendance: the days of a mission and who was there."""

from sms.attendance.models.daily import AttendancePolicy, DailyRecord, Holiday, default_weekdays
from sms.attendance.models.meetings import Meeting, MeetingRecord, MeetingSeries

__all__ = [
    "AttendancePolicy",
    "DailyRecord",
    "Holiday",
    "Meeting",
    "MeetingRecord",
    "MeetingSeries",
    "default_weekdays",
]
