"""Reading attendance."""

from sms.attendance.queries.daily import (
    StripDay,
    Summary,
    Today,
    add_strips,
    corrections_of,
    holidays_of,
    lock_moves_of,
    month_of,
    own_on,
    policy_of,
    strips,
    summary_of,
    today_from,
    todays,
    visible_to,
)
from sms.attendance.queries.excuses import excuses_of, excuses_to_decide, excuses_visible_to
from sms.attendance.queries.limits import Limits
from sms.attendance.queries.marking import Change, Plan, marks_of, plan_of_mark
from sms.attendance.queries.months import Month, MonthDay, add_changes, month_grid

__all__ = [
    "Change",
    "Limits",
    "Month",
    "MonthDay",
    "Plan",
    "StripDay",
    "Summary",
    "Today",
    "add_changes",
    "add_strips",
    "corrections_of",
    "excuses_of",
    "excuses_to_decide",
    "excuses_visible_to",
    "holidays_of",
    "lock_moves_of",
    "marks_of",
    "month_grid",
    "month_of",
    "own_on",
    "plan_of_mark",
    "policy_of",
    "strips",
    "summary_of",
    "today_from",
    "todays",
    "visible_to",
]
