"""A submission as a plain record: every field but whose it is, in values that JSON holds.

Submission lists keep what stood there before them and what they wrote. As the fields come from the model, one that is
added later is kept and put back as well.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sms.assignments.choices import SubmissionState
from sms.assignments.models import Submission

FIELDS = [
    field
    for field in Submission._meta.concrete_fields
    if field.name not in (Submission._meta.pk.name, "mission_enrollment", "assignment")
]
NAMES = [field.attname for field in FIELDS]

Record = dict[str, Any]


def record_of(values: Iterable[Any]) -> Record:
    """From the values of NAMES."""
    return {name: plain(value) for name, value in zip(NAMES, values, strict=True)}


def new_record() -> Record:
    """That of a submission nobody has written anything into."""
    empty = Submission()
    return record_of(getattr(empty, name) for name in NAMES)


def values_of(record: Record) -> list[Any]:
    """The values of NAMES, as the database takes them."""
    return [field.to_python(record[field.attname]) for field in FIELDS]


def taken_back(before: Record | None, claim: Record | None) -> Record | None:
    """What stands there again without what a list recorded: `before`, and of what a student handed in themself their
    word as it is now, which the verified record may have hidden (queries.claims_of).
    """
    if claim is None or (before and before["state"] == SubmissionState.VERIFIED):
        return before
    return (before or new_record()) | claim


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, Decimal) else value
