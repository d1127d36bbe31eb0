"""Reading assignments and what was handed in for them."""

from sms.assignments.queries.lists import (
    as_confirmed,
    assignments_to_list,
    changed_since,
    due_lately,
    explain,
    lists_to_paste,
    lists_visible_to,
    may_list,
    resolution_of,
    stored_lines,
)
from sms.assignments.queries.work import (
    Work,
    assignments_in_use,
    next_deadlines,
    submissions_for,
    submissions_visible_to,
    visible_to,
    with_submission_counts,
    with_submissions_of,
    work_of,
)

__all__ = [
    "Work",
    "as_confirmed",
    "assignments_in_use",
    "assignments_to_list",
    "changed_since",
    "due_lately",
    "explain",
    "lists_to_paste",
    "lists_visible_to",
    "may_list",
    "next_deadlines",
    "resolution_of",
    "stored_lines",
    "submissions_for",
    "submissions_visible_to",
    "visible_to",
    "with_submission_counts",
    "with_submissions_of",
    "work_of",
]
