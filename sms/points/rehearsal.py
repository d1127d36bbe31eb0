"""What other rules would change, shown before they hold. Nothing is written: the proposed rules stand in the statement.

The fingerprint names what was shown, each student's points before and after. Whoever applies it compares the ledger
with it afterwards, inside the transaction: what was shown is what happened, or nothing happened.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sms.points.rates import Proposal
from sms.points.recalculation import totals
from sms.points.sources import sources_with
from sms.programme.models import Mission

Row = tuple[int, int, int]  # (mission enrollment, points before, points after)

LARGEST = 20
BARS = 12
ROUND_WIDTHS = (1, 2, 5)


@dataclass(frozen=True)
class Bar:
    """Students whose points lie from `first` to `last`."""

    first: int
    last: int
    before: int
    after: int


@dataclass(frozen=True)
class Rehearsal:
    proposal: Proposal
    rows: Sequence[Row]

    @property
    def gaining(self) -> int:
        return sum(after > before for _student, before, after in self.rows)

    @property
    def losing(self) -> int:
        return sum(after < before for _student, before, after in self.rows)

    @property
    def staying(self) -> int:
        return len(self.rows) - self.gaining - self.losing

    @property
    def largest(self) -> list[Row]:
        """The rows with the largest changes, up or down."""
        changing = [row for row in self.rows if row[1] != row[2]]
        return sorted(changing, key=lambda row: (-abs(row[2] - row[1]), row[0]))[:LARGEST]

    @property
    def distribution(self) -> list[Bar]:
        """How many students have how many points, before and after, in bars of one round width."""
        if not self.rows:
            return []
        before, after = ([row[place] for row in self.rows] for place in (1, 2))
        low, high = min(before + after), max(before + after)
        width = next(width for width in _round_numbers() if (high // width) - (low // width) < BARS)
        starts = range(low // width * width, high + 1, width)
        counts = [dict.fromkeys(starts, 0) for _ in range(2)]
        for counted, points in zip(counts, (before, after), strict=True):
            for value in points:
                counted[value // width * width] += 1
        return [Bar(start, start + width - 1, counts[0][start], counts[1][start]) for start in starts]

    @property
    def fingerprint(self) -> str:
        proposal = self.proposal
        known = [sorted(proposal.points.items()), proposal.since.isoformat(), proposal.replaces_later, list(self.rows)]
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()


def rehearse(mission: Mission, proposal: Proposal) -> Rehearsal:
    """All students of the mission, also those who left: their points follow from the rules as well."""
    rows = totals(mission.mission_enrollments.all(), sources_with(proposal.points), proposal)
    return Rehearsal(proposal, rows)


def _round_numbers() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50, …"""
    ten = 1
    while True:
        yield from (ten * width for width in ROUND_WIDTHS)
        ten *= 10
