"""Sharing students out: pure arithmetic, so anything that can be given may be given."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.accounts.models import User
from sms.mentoring.choices import Fullness, fullness
from sms.mentoring.plan import Plan, Share, spread


def mentor(key: int, load: int = 0, capacity: int = 30) -> User:
    person = User(pk=key, name=f"Mentor {key}")
    person.load, person.capacity = load, capacity
    return person


def shared(students: Sequence[int], mentors: list[User], *, limited: bool = True, **guides: set[int]) -> tuple:
    given_to, left_over = spread(
        students, mentors, guides={int(key[1:]): held for key, held in guides.items()}, limited=limited
    )
    return {share.mentor.pk: list(share.students) for share in given_to}, list(left_over)


def test_in_turns_in_the_order_of_the_mentors() -> None:
    assert shared([5, 3, 1, 4, 2], [mentor(1), mentor(2)]) == ({1: [1, 3, 5], 2: [2, 4]}, [])


def test_levels_what_they_have() -> None:
    mentors = [mentor(1, load=3), mentor(2, load=0), mentor(3, load=2)]
    assert shared(range(1, 5), mentors) == ({1: [], 2: [1, 2, 3], 3: [4]}, [])


def test_the_capacity_ends() -> None:
    assert shared(range(1, 6), [mentor(1, capacity=1), mentor(2, load=1, capacity=3)]) == ({1: [1], 2: [2, 3]}, [4, 5])


def test_whoever_is_over_capacity_gets_nobody() -> None:
    assert shared([1], [mentor(1, load=5, capacity=3)]) == ({1: []}, [1])


def test_without_limit_everyone_is_placed() -> None:
    assert shared([1, 2], [mentor(1, load=5, capacity=3)], limited=False) == ({1: [1, 2]}, [])


def test_nobody_gets_whom_they_guide_already() -> None:
    assert shared([1, 2, 3], [mentor(1), mentor(2)], s1={1}, s3={1, 2}) == ({1: [2], 2: [1]}, [3])


def test_nobody_to_give_to() -> None:
    assert shared([1, 2], []) == ({}, [1, 2])


loads = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=6)


@given(loads, st.sets(st.integers(1, 60), max_size=40))
def test_fair_whole_and_within_capacity(given_loads: list[tuple[int, int]], students: set[int]) -> None:
    mentors = [mentor(key, load, capacity) for key, (load, capacity) in enumerate(given_loads, start=1)]
    shares, left_over = spread(students, mentors, guides={}, limited=True)
    placed = [student for share in shares for student in share.students]
    assert sorted([*placed, *left_over]) == sorted(students)
    assert all(share.will_have <= share.mentor.capacity for share in shares if share.gets)
    with_room = [share.will_have for share in shares if share.will_have < share.mentor.capacity]
    assert not (left_over and with_room)
    # Nobody was given a student while somebody with room had two fewer.
    assert all(share.will_have <= least + 1 for share in shares if share.gets for least in with_room)


held = st.dictionaries(st.integers(1, 20), st.sets(st.integers(1, 6)))


@given(loads, st.sets(st.integers(1, 20)), held, st.booleans())
def test_each_student_goes_to_whoever_has_the_fewest_then(
    given_loads: list[tuple[int, int]], students: set[int], guides: dict[int, set[int]], limited: bool
) -> None:
    mentors = [mentor(key, load, capacity) for key, (load, capacity) in enumerate(given_loads, start=1)]
    shares, left_over = spread(students, mentors, guides=guides, limited=limited)
    got = {student: share.mentor.pk for share in shares for student in share.students}
    load = {each.pk: each.load for each in mentors}
    for student in sorted(students):
        free = [
            each.pk
            for each in mentors
            if each.pk not in guides.get(student, ()) and (load[each.pk] < each.capacity or not limited)
        ]
        assert got.get(student) == (min(free, key=load.__getitem__) if free else None)
        assert (student in left_over) == (not free)
        if free:
            load[got[student]] += 1


def test_what_a_plan_says_of_itself() -> None:
    plan = Plan((Share(mentor(1, load=30), (4, 5), (6,)), Share(mentor(2, load=3), (7,))), (8,), "")
    assert plan.pairs == [(1, 4), (1, 5), (2, 7)]
    assert (plan.assigned, plan.covered, plan.moved, plan.over) == (3, 1, 4, 1)
    assert plan.successors == {4: 1, 5: 1, 6: 1, 7: 2}
    assert [share.over for share in plan.shares] == [2, 0]


@pytest.mark.parametrize(
    ("load", "capacity", "said"),
    [
        (31, 30, Fullness.OVER),
        (30, 30, Fullness.FULL),
        (29, 30, Fullness.ROOM),
        (15, 30, Fullness.ROOM),
        (14, 30, Fullness.UNDER),
        (0, 0, Fullness.FULL),
        (1, 0, Fullness.OVER),
    ],
)
def test_fullness(load: int, capacity: int, said: Fullness) -> None:
    assert fullness(load, capacity) == said
