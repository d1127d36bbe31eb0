"""What rows refer to by code or address, loaded once for a plan or an application."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sms.accounts.models import StudentProfile, User
from sms.data_exchange.kinds.base import Draft, Values
from sms.programme.models import Batch, Mission

CHUNK = 5_000


class Lookups:
    """Batches and missions are few, so all of them are kept; people are many, so only those who were asked for."""

    def __init__(self) -> None:
        self._people: dict[str, User | None] = {}

    @cached_property
    def batches(self) -> dict[str, Batch]:
        return {batch.code: batch for batch in Batch.objects.all()}

    @cached_property
    def missions(self) -> dict[tuple[str, str], Mission]:
        """(code of the batch, code of the mission) → mission."""
        return {
            (mission.batch.code, mission.code): mission
            for mission in Mission.objects.select_related("batch", "attendance_policy")
        }

    def people(self, addresses: Iterable[str]) -> dict[str, User]:
        """Who has these addresses; nobody is asked for twice."""
        wanted = set(addresses)
        if unknown := wanted - self._people.keys():
            self._people |= dict.fromkeys(unknown)
            self._people |= {user.email: user for user in found_by(unknown)}
        return {address: user for address in wanted if (user := self._people[address])}

    def check_student(self, draft: Draft, column: str, students: dict[str, User]) -> None:
        address = draft.values[column]
        if address not in students or not hasattr(students[address], "student_profile"):
            draft.reject(column, _("No student has this address. Import the students first, or correct the address."))

    def check_mission(self, draft: Draft) -> None:
        """Rejects a batch or mission that does not exist. A blank mission is left to the kind."""
        batch, mission = draft.values["batch"], draft.values["mission"]
        if batch not in self.batches:
            draft.reject("batch", self.unknown_batch(batch))
        elif mission and (batch, mission) not in self.missions:
            draft.reject("mission", self.unknown_mission(batch, mission))

    def unknown_batch(self, code: str) -> str:
        return _("There is no batch “%(code)s”.%(hint)s") % {"code": code, "hint": hint(code, self.batches)}

    def unknown_mission(self, batch: str, code: str) -> str:
        of_the_batch = [mission for of, mission in self.missions if of == batch]
        return _("The batch “%(batch)s” has no mission “%(code)s”.%(hint)s") % {
            "batch": batch,
            "code": code,
            "hint": hint(code, of_the_batch),
        }


def hint(code: str, known: Iterable[str]) -> str:
    close = get_close_matches(code, list(known), n=1)
    if close:
        return " " + _("Did you mean “%(code)s”?") % {"code": close[0]}
    return " " + _("Create it first, or correct the cell.")


def found_by(addresses: Iterable[str]) -> QuerySet[User]:
    """With the profile, which tells students from others."""
    return User.objects.filter(email__in=addresses).select_related("student_profile").defer("password")


def addresses_of(numbers: Iterable[str]) -> dict[str, str]:
    """Student number → address of the student, for those of the numbers that somebody has."""
    known = StudentProfile.objects.filter(student_id__in=set(numbers))
    return dict(known.values_list("student_id", "user__email"))


def passes(values: Values, filters: dict[str, str]) -> bool:
    """Whether a row has what the filters ask for, column by column."""
    return all(_holds(values.get(name), wanted) for name, wanted in filters.items() if wanted)


def _holds(value: Any, wanted: str) -> bool:
    """A filter is a text, whatever the column holds; of several codes, one."""
    return wanted in value if isinstance(value, list) else str(value) == wanted


def streamed(statement: str, keys: QuerySet[Any], times: int = 1, size: int = CHUNK) -> Iterator[tuple]:
    """The rows of `statement`, which takes an array of keys (`times` times) and orders as `keys` do, a chunk at a time.

    `keys` is read by a cursor on the server, so memory does not grow with the number of rows. Where a key has many
    rows, `size` makes the chunks smaller.
    """
    wanted = keys.iterator(chunk_size=size)
    while chunk := list(islice(wanted, size)):
        with connection.cursor() as cursor:
            cursor.execute(statement, [chunk] * times)
            yield from cursor.fetchall()
