"""Attendance: the days of a mission and who was there."""

from sms.attendance.models.daily import AttendancePolicy, DailyRecord, Holiday, default_weekdays
from sms.attendance.models.late_taps import TRANSIT, LateTap, corrected_claim

__all__ = [
    "TRANSIT",
    "AttendancePolicy",
    "DailyRecord",
    "Holiday",
    "LateTap",
    "corrected_claim",
    "default_weekdays",
]
