"""Where points come from: apps above register what each student should have.

A source lists events as (mission enrollment, reference, kind); the rules of the mission, or the
default of the kind, say how many points that is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.functional import Promise

from sms.points.models import LedgerEntry
from sms.programme.models import MissionEnrollment


@dataclass(frozen=True)
class Kind:
    """A kind of event: its name for people and the points it gives where a mission has no rule."""

    title: Promise | str
    default_points: int


@dataclass(frozen=True)
class PointsSource:
    """`events` gets the mission enrollments in question and returns a queryset, one row an event,
    annotated with `reference` and `kind_key` beside its `mission_enrollment_id`. `explain` says in
    one sentence what a ledger entry of this source stands for.
    """

    key: str
    kinds: Mapping[str, Kind]
    events: Callable[[QuerySet[MissionEnrollment]], QuerySet]
    explain: Callable[[LedgerEntry], str]


_sources: dict[str, PointsSource] = {}


def register(source: PointsSource) -> None:
    _sources[source.key] = source


def all_sources() -> list[PointsSource]:
    return list(_sources.values())


def source_of(entry: LedgerEntry) -> PointsSource:
    return _sources[entry.source]


def all_kinds() -> dict[str, Kind]:
    return {key: kind for source in _sources.values() for key, kind in source.kinds.items()}
