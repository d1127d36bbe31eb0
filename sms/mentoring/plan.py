"""Sharing students out among mentors: what a person is shown before it happens, and what then happens.

A plan follows from what it was made of and from nothing else, so the same question gets the same answer. Its
fingerprint names all that: an act takes the fingerprint of the plan that the person saw, makes the plan again, and
stops when the world has changed in between.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import inf
from typing import Any

from django.db.models import QuerySet

from sms.accounts.models import User
from sms.mentoring import moving, queries
from sms.mentoring.choices import Fullness, Whom, fullness
from sms.mentoring.rows import Pair
from sms.programme.models import MissionEnrollment


@dataclass(frozen=True)
class Share:
    """What one mentor has, gets and can hold. `mentor` comes from `queries.with_load`."""

    mentor: User
    students: tuple[int, ...] = ()
    covered: tuple[int, ...] = ()  # students of theirs already, whom somebody else hands over

    @property
    def gets(self) -> int:
        return len(self.students)

    @property
    def will_have(self) -> int:
        return self.mentor.load + self.gets

    @property
    def fullness(self) -> Fullness:
        return fullness(self.will_have, self.mentor.capacity)

    @property
    def over(self) -> int:
        """By how many students the mentor is beyond their capacity then."""
        return max(self.will_have - self.mentor.capacity, 0)


@dataclass(frozen=True)
class Plan:
    """`left_over` are the students for whom no chosen mentor has room."""

    shares: tuple[Share, ...]
    left_over: tuple[int, ...]
    fingerprint: str
    moving: Mapping[str, int] = field(default_factory=dict)

    @property
    def pairs(self) -> list[Pair]:
        """What will be opened."""
        return [(share.mentor.pk, student) for share in self.shares for student in share.students]

    @property
    def assigned(self) -> int:
        return sum(share.gets for share in self.shares)

    @property
    def over(self) -> int:
        return sum(share.over > 0 for share in self.shares)

    @property
    def covered(self) -> int:
        return sum(len(share.covered) for share in self.shares)

    @property
    def moved(self) -> int:
        """How many students change hands in a reassignment."""
        return self.assigned + self.covered

    @property
    def successors(self) -> dict[int, int]:
        """Who follows for each student that changes hands: mission enrollment → mentor."""
        return {student: share.mentor.pk for share in self.shares for student in (*share.students, *share.covered)}


def spread(
    students: Iterable[int], mentors: Sequence[User], *, guides: Mapping[int, set[int]], limited: bool
) -> tuple[tuple[Share, ...], tuple[int, ...]]:
    """Gives each student to the mentor who has the fewest, in the order of the mentors where they have as many.

    `guides` are the mentors that a student has already, who do not get them again. `limited` keeps to the capacities.
    Returns the shares in the order of the mentors, and the students who are left over.
    """
    room = [mentor.capacity if limited else inf for mentor in mentors]
    with_room = [(mentor.load, place) for place, mentor in enumerate(mentors) if mentor.load < room[place]]
    heapify(with_room)
    given: list[list[int]] = [[] for _ in mentors]
    left_over = []
    for student in sorted(students):
        passed_over = []
        while with_room and mentors[with_room[0][1]].pk in guides.get(student, ()):
            passed_over.append(heappop(with_room))
        if with_room:
            load, place = heappop(with_room)
            given[place].append(student)
            if load + 1 < room[place]:
                heappush(with_room, (load + 1, place))
        else:
            left_over.append(student)
        for each in passed_over:
            heappush(with_room, each)
    shares = tuple(Share(mentor, tuple(own)) for mentor, own in zip(mentors, given, strict=True))
    return shares, tuple(left_over)


def even(*, students: QuerySet[MissionEnrollment], mentors: Sequence[User], whom: str) -> Plan:
    """Even distribution of the students of a mission."""
    guides = queries.mentor_keys(students)
    pool = queries.without_mentor(students) if whom == Whom.MENTORLESS else students
    wanted = set(pool.values_list("pk", flat=True))
    if whom == Whom.ALL:
        chosen = {mentor.pk for mentor in mentors}
        wanted = {student for student in wanted if not guides.get(student, set()) & chosen}
    shares, left_over = spread(wanted, mentors, guides=guides, limited=True)
    return Plan(shares, left_over, _fingerprint(["even", whom], mentors, wanted, guides))


def by_hand(*, students: QuerySet[MissionEnrollment], mentor: User) -> Plan:
    """Chosen students for a chosen mentor, who may get more than their capacity: that is the person's choice to make."""
    guides = queries.mentor_keys(students)
    keys = set(students.values_list("pk", flat=True))
    covered = tuple(sorted(key for key in keys if mentor.pk in guides.get(key, ())))
    [share], _ = spread(keys - set(covered), [mentor], guides={}, limited=False)
    return Plan((Share(mentor, share.students, covered),), (), _fingerprint(["by hand"], [mentor], keys, guides))


def handover(*, mentor: User, students: QuerySet[MissionEnrollment], to: Sequence[User]) -> Plan:
    """Students of one mentor go to another, or evenly to several as far as these have room; the rest stays.

    Whom one of the new mentors guides already only loses the old one.
    """
    guides = {student: held for student, held in queries.mentor_keys(students).items() if mentor.pk in held}
    covered: dict[int, list[int]] = {person.pk: [] for person in to}
    going = []
    for student in sorted(guides):
        successor = next((key for key in covered if key in guides[student]), None)
        (going if successor is None else covered[successor]).append(student)
    shares, left_over = spread(going, to, guides={}, limited=len(to) > 1)
    shares = tuple(Share(share.mentor, share.students, tuple(covered[share.mentor.pk])) for share in shares)
    moves = moving.counts(mentor, sorted(guides.keys() - set(left_over)))
    return Plan(shares, left_over, _fingerprint(["handover", mentor.pk, moves], to, guides, guides), moves)


def _fingerprint(asked: list[Any], mentors: Sequence[User], students: Iterable[int], guides: Mapping) -> str:
    """Names the question and everything that the answer follows from."""
    students = sorted(students)
    known = [
        asked,
        [(mentor.pk, mentor.load, mentor.capacity) for mentor in mentors],
        [(student, sorted(guides.get(student, ()))) for student in students],
    ]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()
