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
from sms.attendance.models.marking import BulkMark

__all__ = [
    "MOST_DAYS",
    "STREAK_DAYS",
    "AttendancePolicy",
    "BulkMark",
    "ClosedDays",
    "DailyRecord",
    "ExcuseRequest",
    "ExcusedDay",
    "Holiday",
    "default_weekdays",
]
