"""Where points come from: apps above register what each student should have.

A source lists events; the rule of the mission that holds on the day of an event, or the default of its kind, says how
many points that is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.functional import Promise

from sms.points.choices import Unit
from sms.points.models import LedgerEntry
from sms.programme.models import MissionEnrollment


@dataclass(frozen=True)
class Kind:
    """A kind of event: its name for people, and what it gives where a mission has no rule.

    In points an event gives that many times its `amount`; in percent it gives that share of its `amount`.
    """

    title: Promise | str
    default_points: int
    unit: Unit = Unit.POINTS


@dataclass(frozen=True)
class PointsSource:
    """`events` gets the mission enrollments in question and returns a queryset, one row an event, with the columns
    EVENT. `explain` says in one sentence what a ledger entry of this source stands for.
    """

    key: str
    kinds: Mapping[str, Kind]
    events: Callable[[QuerySet[MissionEnrollment]], QuerySet]
    explain: Callable[[LedgerEntry], str]


# What a row of `events` has: `reference` (text) names the event within its source and student, `kind_key` (text) is one
# of the kinds, `day` (date in the timezone of the batch) decides which rule holds, `amount` (numeric) is what the rule
# is multiplied with, and `by` (key of a user, or NULL) is the person behind it.
EVENT = ("mission_enrollment_id", "reference", "kind_key", "day", "amount", "by")

_sources: dict[str, PointsSource] = {}


def register(source: PointsSource) -> None:
    _sources[source.key] = source


def all_sources() -> list[PointsSource]:
    return list(_sources.values())


def source_of(entry: LedgerEntry) -> PointsSource:
    return _sources[entry.source]


def all_kinds() -> dict[str, Kind]:
    return {key: kind for source in _sources.values() for key, kind in source.kinds.items()}
