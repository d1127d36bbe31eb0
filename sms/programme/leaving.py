"""What follows when students leave a mission: apps above register it here, in their apps.py.

A follower is called inside the transaction of the leaving, once for all students, with the keys of the
mission enrollments that have just ended; what it raises undoes the leaving as well.
"""

from collections.abc import Callable, Sequence

from sms.accounts.models import User

Follower = Callable[[User | None, Sequence[int]], None]

_followers: list[Follower] = []


def on_leaving(follower: Follower) -> None:
    _followers.append(follower)


def follow(actor: User | None, mission_enrollment_ids: Sequence[int]) -> None:
    for follower in _followers:
        follower(actor, mission_enrollment_ids)
