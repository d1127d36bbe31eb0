"""Which student a misspelt address may mean."""

import random
import time
from dataclasses import dataclass

import pytest

from sms.assignments.choices import Likeness
from sms.assignments.likeness import Proposals, distance


@dataclass(frozen=True)
class Person:
    name: str
    address: str


PEOPLE = [
    Person("Arif Rahman", "arif.rahman@gmail.com"),
    Person("Nila Akter", "nila98@yahoo.com"),
    Person("Rakib Hasan", "rakib12@gmail.com"),
    Person("Sumon Ali", "sumon@gmail.com"),
    Person("Suman Ali", "suman@gmail.com"),
    Person("Tania Sultana", "tania.sultana@outlook.com"),
]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("arif.rahman@gmial.com", ("Arif Rahman", Likeness.SPELLING)),
        ("arif.rahman@gamil.com", ("Arif Rahman", Likeness.SPELLING)),
        ("arif.rahman@gmail.con", ("Arif Rahman", Likeness.SPELLING)),
        ("arif.rahman@gmail", ("Arif Rahman", Likeness.SPELLING)),
        ("arif.rahamn@gmail.com", ("Arif Rahman", Likeness.SPELLING)),
        ("arif.rahan@gmial.com", ("Arif Rahman", Likeness.SPELLING)),
        ("arifrahman@gmail.com", ("Arif Rahman", Likeness.ALIAS)),
        ("arif.rahman+class@gmail.com", ("Arif Rahman", Likeness.ALIAS)),
        ("tania.sultna@outlok.com", ("Tania Sultana", Likeness.SPELLING)),
        ("nlia98@yahoo.com", ("Nila Akter", Likeness.SPELLING)),
        ("nila89@yahoo.com", None),  # another number, another person
        ("rakib21@gmail.com", None),
        ("rakib@gmail.com", None),
        ("sumin@gmail.com", None),  # two are as near
        ("arif.rahman@yahoo.com", None),  # a domain that students have
        ("xyz@nowhere.org", None),
        ("@", None),
    ],
)
def test_proposals(address: str, expected: tuple | None) -> None:
    found = Proposals(PEOPLE).of(address, "")
    assert (found and (found.person.name, found.likeness)) == expected


def test_a_name_proposes_where_the_address_says_nothing() -> None:
    assert Proposals(PEOPLE).of("new@nowhere.org", "rakib hasan").likeness == Likeness.NAME
    assert Proposals([*PEOPLE, Person("Rakib Hasan", "other@gmail.com")]).of("new@nowhere.org", "Rakib Hasan") is None


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("", "", 0), ("a", "", 1), ("abc", "acb", 1), ("kitten", "sitting", 3), ("arif", "arfi", 1), ("ab", "bca", 3)],
)
def test_distance(one: str, other: str, edits: int) -> None:
    assert distance(one, other) == distance(other, one) == edits


def test_thousands_that_are_all_misspelt_stay_quick() -> None:
    chance = random.Random(4)
    syllables = ["ra", "kib", "ha", "san", "mo", "ham", "mad", "ni", "la", "su", "mon", "ta", "nia", "ah", "med"]
    names = {"".join(chance.choices(syllables, k=5)) for _ in range(3_500)}
    people = [Person(name, f"{name}@gmail.com") for name in sorted(names)[:3_000]]
    proposals = Proposals(people)
    begun = time.perf_counter()
    found = [proposals.of(f"{p.name[:3]}x{p.name[3:]}@gmail.com", "") for p in people]
    assert time.perf_counter() - begun < 10  # a second or two on one core; comparing each with each takes minutes
    assert sum(each is not None and each.person is person for each, person in zip(found, people, strict=True)) > 2_900
