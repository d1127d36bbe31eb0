"""Reading attendance."""

from sms.attendance.queries.daily import (
    StripDay,
    Summary,
    Today,
    add_strips,
    corrections_of,
    holidays_of,
    month_of,
    own_on,
    policy_of,
    strips,
    summary_of,
    today_from,
    todays,
    visible_to,
)

__all__ = [
    "StripDay",
    "Summary",
    "Today",
    "add_strips",
    "corrections_of",
    "holidays_of",
    "month_of",
    "own_on",
    "policy_of",
    "strips",
    "summary_of",
    "today_from",
    "todays",
    "visible_to",
]
