"""What follows when students leave a mission, or when that is taken back: apps above register it here, in their apps.py.

A follower is called inside the transaction of the leaving, once for all students, with the keys of the
mission enrollments that have just ended or been opened again; what it raises undoes that as well.
"""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext_noop

from sms.accounts.models import User

# The audit event of a mission enrollment that ended; its details hold the reason.
LEFT = gettext_noop("took out of the mission")

Follower = Callable[[User | None, Sequence[int]], None]

_of_leaving: list[Follower] = []
_of_reopening: list[Follower] = []


def on_leaving(follower: Follower) -> None:
    _of_leaving.append(follower)


def on_reopening(follower: Follower) -> None:
    _of_reopening.append(follower)


def follow_leaving(actor: User | None, mission_enrollment_ids: Sequence[int]) -> None:
    for follower in _of_leaving:
        follower(actor, mission_enrollment_ids)


def follow_reopening(actor: User | None, mission_enrollment_ids: Sequence[int]) -> None:
    for follower in _of_reopening:
        follower(actor, mission_enrollment_ids)
