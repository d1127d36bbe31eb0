"""Writing attendance: submitting, closing, correcting, and the rules of the days."""

from sms.attendance.actions.closing import close_day, close_due_days
from sms.attendance.actions.correcting import Correction, correct_attendance, remove_records, set_records
from sms.attendance.actions.excuses import ask_for_excuse, decide_excuses, withdraw_excuse
from sms.attendance.actions.late_taps import REACH, TapAnswer, decide_taps, receive_tap
from sms.attendance.actions.marking import mark_many, undo_mark
from sms.attendance.actions.meeting_records import (
    Was,
    correct_meeting_record,
    mark_meeting,
    remove_meeting_records,
    set_meeting_records,
)
from sms.attendance.actions.meeting_series import (
    change_series,
    copy_series,
    create_series,
    lay_out_all_series,
    lay_out_series,
)
from sms.attendance.actions.meetings import (
    cancel_meeting,
    close_forgotten_meetings,
    close_meeting,
    create_meeting,
    edit_meeting,
    open_meeting,
)
from sms.attendance.actions.policies import (
    HolidayAdded,
    add_holiday,
    copy_policies,
    move_lock,
    remove_holiday,
    set_policy,
)
from sms.attendance.actions.submitting import Submitted, record_day, submit_attendance, why_closed
from sms.attendance.actions.submitting_meetings import submit_meeting, why_meeting_is_closed

__all__ = [
    "REACH",
    "Correction",
    "HolidayAdded",
    "Submitted",
    "TapAnswer",
    "Was",
    "add_holiday",
    "ask_for_excuse",
    "cancel_meeting",
    "change_series",
    "close_day",
    "close_due_days",
    "close_forgotten_meetings",
    "close_meeting",
    "copy_policies",
    "copy_series",
    "correct_attendance",
    "correct_meeting_record",
    "create_meeting",
    "create_series",
    "decide_excuses",
    "decide_taps",
    "edit_meeting",
    "lay_out_all_series",
    "lay_out_series",
    "mark_many",
    "mark_meeting",
    "move_lock",
    "open_meeting",
    "receive_tap",
    "record_day",
    "remove_holiday",
    "remove_meeting_records",
    "remove_records",
    "set_meeting_records",
    "set_policy",
    "set_records",
    "submit_attendance",
    "submit_meeting",
    "undo_mark",
    "why_closed",
    "why_meeting_is_closed",
    "withdraw_excuse",
]
