"""Which student an address that nobody has may mean: the proposals of a submission list. Pure.

A proposal is only ever shown, so it may be wrong; it may not be silly. A different number is a different person
(rakib12 is no misspelt rakib21), and where two students are as near as each other nobody is proposed.

Words that lie within two edits of each other have a spelling in common from which at most two letters are left out.
Looking these up in a table finds the near ones among thousands without comparing each with each.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from sms.assignments.choices import Likeness

MOST_EDITS = 2
LONG_ENOUGH = 4, 8  # letters of a name that may have one edit, or two
LONGEST = 24  # beyond it one edit only: a long word has very many spellings
DOTLESS = {"gmail.com", "googlemail.com"}  # to these, arif.rahman and arifrahman are one mailbox


class Person(Protocol):
    name: str
    address: str


@dataclass(frozen=True)
class Proposal:
    person: Person
    likeness: Likeness


class Proposals:
    """Finds the one student that an address or a name may mean among `people`."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.people = list(people)
        self.spellings: dict[tuple[str, str], dict[str, list[tuple[str, Person]]]] = {}

    def of(self, address: str, name: str) -> Proposal | None:
        local, _at, domain = address.partition("@")
        if person := _only(self.by_mailbox.get(mailbox(address), ())):
            return Proposal(person, Likeness.ALIAS)
        if local and (person := self._by_spelling(local, domain)):
            return Proposal(person, Likeness.SPELLING)
        if name and (person := _only(self.by_name.get(name.casefold(), ()))):
            return Proposal(person, Likeness.NAME)
        return None

    @cached_property
    def by_mailbox(self) -> dict[str, list[Person]]:
        return _grouped((mailbox(person.address), person) for person in self.people)

    @cached_property
    def by_name(self) -> dict[str, list[Person]]:
        return _grouped((person.name.casefold(), person) for person in self.people)

    @cached_property
    def blocks(self) -> dict[str, dict[str, list[tuple[str, Person]]]]:
        """By domain and by the digits of the name: (name, person) each."""
        found: dict[str, dict[str, list[tuple[str, Person]]]] = defaultdict(lambda: defaultdict(list))
        for person in self.people:
            local, _at, domain = person.address.partition("@")
            found[domain][digits(local)].append((local, person))
        return found

    @cached_property
    def domains(self) -> dict[str, set[str]]:
        found = defaultdict(set)
        for domain in self.blocks:
            for spelling in spellings(domain, MOST_EDITS):
                found[spelling].add(domain)
        return found

    def _by_spelling(self, local: str, domain: str) -> Person | None:
        """The one nearest student; None where two are as near."""
        best, nearest = MOST_EDITS + 1, None
        for other, cost in self._near_domains(domain):
            for name, person in self._near_names(local, other, min(MOST_EDITS, best) - cost):
                edits = cost + distance(local, name)
                if edits < best:
                    best, nearest = edits, person
                elif edits == best and person is not nearest:
                    nearest = None
                if nearest is None and best <= 1:
                    return None
        return nearest

    def _near_domains(self, domain: str) -> list[tuple[str, int]]:
        """With the edits that each costs. A domain that students have is spelt as it is meant."""
        if domain in self.blocks:
            return [(domain, 0)]
        near = {other for spelling in spellings(domain, MOST_EDITS) for other in self.domains.get(spelling, ())}
        costs = [(other, distance(domain, other)) for other in sorted(near)]
        found = [(other, cost) for other, cost in costs if cost <= MOST_EDITS]
        return found or [(other, 1) for other in sorted(self.blocks) if domain and other.startswith(f"{domain}.")]

    def _near_names(self, local: str, domain: str, edits: int) -> Iterator[tuple[str, Person]]:
        block = self.blocks[domain].get(digits(local), ())
        if edits < 0 or not block:
            return
        most = min(edits, sum(len(local) >= enough for enough in LONG_ENOUGH))
        if not most:
            yield from ((name, person) for name, person in block if name == local)
            return
        known = self._spellings_of(domain, digits(local))
        seen = set()
        for spelling in spellings(local, MOST_EDITS):
            for name, person in known.get(spelling, ()):
                if name not in seen:
                    seen.add(name)
                    if distance(local, name) <= most:
                        yield name, person

    def _spellings_of(self, domain: str, numerals: str) -> dict[str, list[tuple[str, Person]]]:
        key = (domain, numerals)
        if key not in self.spellings:
            self.spellings[key] = _grouped(
                (spelling, pair)
                for pair in self.blocks[domain][numerals]
                for spelling in spellings(pair[0], MOST_EDITS)
            )
        return self.spellings[key]


def mailbox(address: str) -> str:
    """The address without what mail servers do not look at: what follows a plus, and dots in some places."""
    local, _at, domain = address.partition("@")
    local = local.partition("+")[0]
    return f"{local.replace('.', '') if domain in DOTLESS else local}@{domain}"


def digits(word: str) -> str:
    return "".join(char for char in word if char.isdigit())


def spellings(word: str, left_out: int) -> set[str]:
    """The word, and what is left of it without one or two of its letters."""
    found = {word}
    shorter = {word[:at] + word[at + 1 :] for at in range(len(word))}
    found |= shorter
    if left_out > 1 and len(word) <= LONGEST:
        found |= {each[:at] + each[at + 1 :] for each in shorter for at in range(len(each))}
    return found


def distance(one: str, other: str) -> int:
    """Edits from one to the other: a letter more, less or another, or two neighbours swapped."""
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, opposite in enumerate(other, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != opposite))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == opposite:
                cost = min(cost, before_last[column - 2] + 1)
            current.append(cost)
        before_last, last = last, current
    return last[-1]


def _grouped(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return dict(found)


def _only(found: Iterable[Person]) -> Person | None:
    """The one that there is; None for none, and for several."""
    found = list(found)
    return found[0] if len(found) == 1 else None
