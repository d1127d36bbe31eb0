"""What else changes hands with a student: open tickets, future sessions. The apps above register it in their apps.py."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

from sms.accounts.models import User


@dataclass(frozen=True)
class Moving:
    """`count(mentor, mission_enrollments)` says how many of the mentor's things with these students would move;
    `move(actor=…, mentor=…, successors=…)` moves them inside the transaction of the reassignment. `successors` names
    the key of the new mentor by that of the mission enrollment.
    """

    key: str
    title: Promise | str
    count: Callable[[User, Collection[int]], int]
    move: Callable[..., None]


_kinds: dict[str, Moving] = {}


def register(kind: Moving) -> None:
    _kinds[kind.key] = kind


def unregister(kind: Moving) -> None:
    _kinds.pop(kind.key, None)


def kinds() -> list[Moving]:
    return list(_kinds.values())


def counts(mentor: User, mission_enrollments: Collection[int]) -> dict[str, int]:
    """How many things of each kind would move, by the key of the kind."""
    return {kind.key: kind.count(mentor, mission_enrollments) for kind in kinds()}


def move(*, actor: User | None, mentor: User, successors: Mapping[int, int]) -> None:
    for kind in kinds():
        kind.move(actor=actor, mentor=mentor, successors=successors)
