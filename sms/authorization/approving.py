"""Where students can be put when they are approved: an app above registers it here, in its apps.py.

The place is chosen beside the decision and filled inside its transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sms.accounts.models import User


@dataclass(frozen=True)
class Placement:
    """`choices` gives (value, label) of each place, `put` puts students there for whoever holds the permission."""

    label: str
    permission: str
    choices: Callable[[], list[tuple[str, str]]]
    put: Callable[[User, Sequence[User], str], None]


_placements: list[Placement] = []


def offer_placement(placement: Placement) -> None:
    _placements[:] = [placement]


def placement_for(actor: User) -> Placement | None:
    """The placement that the person may use, if there is one."""
    return next((each for each in _placements if actor.has_perm(each.permission)), None)
