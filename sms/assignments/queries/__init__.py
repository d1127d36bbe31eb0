"""Reading assignments and what was handed in for them."""

from sms.assignments.queries.extensions import extensions_of, extensions_visible_to, may_be_extended, named_in
from sms.assignments.queries.handing_in import (
    Standing,
    count_by_state,
    counted_grades,
    evidence_of,
    evidence_visible_to,
    standing_of,
    standings,
    tracker,
)
from sms.assignments.queries.lateness import open_extension, with_timeliness
from sms.assignments.queries.work import (
    Work,
    assignments_in_use,
    instructions_of,
    next_deadlines,
    submissions_for,
    submissions_visible_to,
    visible_to,
    with_submission_counts,
    work_of,
)

__all__ = [
    "Standing",
    "Work",
    "assignments_in_use",
    "count_by_state",
    "counted_grades",
    "evidence_of",
    "evidence_visible_to",
    "extensions_of",
    "extensions_visible_to",
    "instructions_of",
    "may_be_extended",
    "named_in",
    "next_deadlines",
    "open_extension",
    "standing_of",
    "standings",
    "submissions_for",
    "submissions_visible_to",
    "tracker",
    "visible_to",
    "with_submission_counts",
    "with_timeliness",
    "work_of",
]
