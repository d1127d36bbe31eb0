"""What follows when students leave a mission: apps above register it here, in their apps.py.

A follower is called inside the transaction of the leaving, once for all students, with the keys of the
mission enrollments that have just ended; what it raises undoes the leaving as well.
"""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext_noop

from sms.accounts.models import User

# The audit event of a mission enrollment that ended; its details hold the reason.
LEFT = gettext_noop("took out of the mission")

Follower = Callable[[User | None, Sequence[int]], None]

_followers: list[Follower] = []


def on_leaving(follower: Follower) -> None:
    _followers.append(follower)


def follow(actor: User | None, mission_enrollment_ids: Sequence[int]) -> None:
    for follower in _followers:
        follower(actor, mission_enrollment_ids)
