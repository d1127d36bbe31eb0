"""Writing attendance: submitting, closing, correcting, and the rules of the days."""

from sms.attendance.actions.closing import close_day, close_due_days
from sms.attendance.actions.correcting import Correction, correct_attendance, remove_records, set_records
from sms.attendance.actions.excuses import ask_for_excuse, decide_excuses, withdraw_excuse
from sms.attendance.actions.marking import mark_many, undo_mark
from sms.attendance.actions.policies import (
    HolidayAdded,
    add_holiday,
    copy_policies,
    move_lock,
    remove_holiday,
    set_policy,
)
from sms.attendance.actions.submitting import Submitted, record_day, submit_attendance, why_closed

__all__ = [
    "Correction",
    "HolidayAdded",
    "Submitted",
    "add_holiday",
    "ask_for_excuse",
    "close_day",
    "close_due_days",
    "copy_policies",
    "correct_attendance",
    "decide_excuses",
    "mark_many",
    "move_lock",
    "record_day",
    "remove_holiday",
    "remove_records",
    "set_policy",
    "set_records",
    "submit_attendance",
    "undo_mark",
    "why_closed",
    "withdraw_excuse",
]
