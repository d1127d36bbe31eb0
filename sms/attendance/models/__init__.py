"""Attendance: the days of a mission and who was there."""

from sms.attendance.models.daily import AttendancePolicy, DailyRecord, Holiday, default_weekdays

__all__ = [
    "AttendancePolicy",
    "DailyRecord",
    "Holiday",
    "default_weekdays",
]
