"""Reading assignments and what was handed in for them."""

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
    "assignments_in_use",
    "next_deadlines",
    "submissions_for",
    "submissions_visible_to",
    "visible_to",
    "with_submission_counts",
    "with_submissions_of",
    "work_of",
]
