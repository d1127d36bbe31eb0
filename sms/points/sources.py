"""Where points come from: apps above register what each student should have.

A source lists events; the rule of the mission that holds on the day of an event, or the default of its kind, says how
many points that is.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sms.points.choices import Unit
from sms.points.models import LedgerEntry
from sms.programme.models import MissionEnrollment


@dataclass(frozen=True)
class Kind:
    """A kind of event: its name for people, and what it gives where a mission has no rule.

    In points an event gives that many times its `amount`; in percent it gives that share of its `amount`.
    What is not ruled gives its amount as it is, and no mission can have a rule for it.
    """

    title: Promise | str
    default_points: int
    unit: Unit = Unit.POINTS
    is_ruled: bool = True

    def worded(self, points: int) -> str:
        """What a rule of this kind says: “10 points”, “100%”."""
        if self.unit == Unit.PERCENT:
            return _("%(n)d%%") % {"n": points}
        return ngettext("%(n)d point", "%(n)d points", abs(points)) % {"n": points}


@dataclass(frozen=True)
class PointsSource:
    """`events` gets the mission enrollments in question and returns a queryset, one row an event, with the columns
    EVENT. `explain` says in one sentence what a ledger entry of this source stands for. Where it needs more than the
    entry itself, `look_up` loads it for many references at once, and `explain` finds it as `entry.found` (None where
    the reference leads nowhere any more). `title` heads the sum of the source; without it its first kind does.
    """

    key: str
    kinds: Mapping[str, Kind]
    events: Callable[[QuerySet[MissionEnrollment]], QuerySet]
    explain: Callable[[LedgerEntry], str]
    title: Promise | str = ""
    look_up: Callable[[Collection[str]], Mapping[str, Any]] | None = None

    @property
    def name(self) -> Promise | str:
        return self.title or next(iter(self.kinds.values())).title


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


def ruled_kinds() -> dict[str, Kind]:
    """The kinds for which a mission may set rules."""
    return {key: kind for key, kind in all_kinds().items() if kind.is_ruled}


def sources_with(kinds: Collection[str]) -> list[PointsSource]:
    """The sources that a rule for any of these kinds concerns."""
    return [source for source in _sources.values() if not source.kinds.keys().isdisjoint(kinds)]


def look_up(entries: Iterable[LedgerEntry]) -> None:
    """Loads in bulk what the sentences of these entries need."""
    by_source: dict[str, list[LedgerEntry]] = {}
    for entry in entries:
        entry.found = None
        by_source.setdefault(entry.source, []).append(entry)
    for key, of_source in by_source.items():
        source = _sources[key]
        if source.look_up:
            found = source.look_up({entry.reference for entry in of_source})
            for entry in of_source:
                entry.found = found.get(entry.reference)
