"""On time or late: the one place where that is decided, and what share of the points late work keeps.

`queries.with_timeliness` says the same in SQL; a property test holds the two together. What counts is the time that
has passed, so the clocks of a timezone play no part: a day of delay is 24 hours.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sms.assignments.choices import Timeliness
from sms.assignments.models import Assignment, Extension

FULL, NOTHING = Decimal(1), Decimal(0)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Judgement:
    """Of work handed in at some instant: whether in time, and the share of its points from 0 to 1."""

    timeliness: Timeliness
    share: Decimal


def due_of(assignment: Assignment, extension: Extension | None = None) -> datetime:
    """When the work of one student is due. An extension never takes time away."""
    return max(assignment.due_at, extension.due_at) if extension else assignment.due_at


def end_of(assignment: Assignment, extension: Extension | None = None) -> datetime | None:
    """The last instant at which the work is still taken; None where late work is taken without an end."""
    due_at = due_of(assignment, extension)
    if not assignment.accepts_late:
        return due_at
    return max(due_at, assignment.late_until) if assignment.late_until else None


def judge(assignment: Assignment, extension: Extension | None, submitted_at: datetime | None) -> Judgement:
    """The due instant itself is in time. Work that was handed in nobody knows when counts in full."""
    if submitted_at is None:
        return Judgement(Timeliness.UNKNOWN, FULL)
    due_at, end = due_of(assignment, extension), end_of(assignment, extension)
    if submitted_at <= due_at:
        return Judgement(Timeliness.ON_TIME, FULL)
    if end is not None and submitted_at > end:
        return Judgement(Timeliness.TOO_LATE, NOTHING)
    return Judgement(Timeliness.LATE, late_share(assignment, submitted_at - due_at))


def late_share(assignment: Assignment, delay: timedelta) -> Decimal:
    """What is left of the points after a delay: less with every full day, and never less than the floor."""
    percent = assignment.late_share - assignment.late_per_day * (delay // DAY)
    return Decimal(max(percent, assignment.late_floor)) / 100
