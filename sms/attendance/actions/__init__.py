"""Writing attendance: submitting, closing, correcting, and the rules of the days."""

from sms.attendance.actions.closing import close_day, close_due_days
from sms.attendance.actions.correcting import Correction, correct_attendance, remove_records, set_records
from sms.attendance.actions.late_taps import REACH, TapAnswer, decide_taps, receive_tap
from sms.attendance.actions.policies import add_holiday, copy_policies, set_policy
from sms.attendance.actions.submitting import Submitted, record_day, submit_attendance, why_closed

__all__ = [
    "REACH",
    "Correction",
    "Submitted",
    "TapAnswer",
    "add_holiday",
    "close_day",
    "close_due_days",
    "copy_policies",
    "correct_attendance",
    "decide_taps",
    "receive_tap",
    "record_day",
    "remove_records",
    "set_policy",
    "set_records",
    "submit_attendance",
    "why_closed",
]
