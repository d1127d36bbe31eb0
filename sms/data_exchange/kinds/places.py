"""Where a student takes part: what the rows of attendance, submissions and calls are about.

Who left a mission and joined it again has two spells there, and a file knows only one address, batch and mission. What
has a day belongs to the spell of that day; everything else to the last spell, be it open or ended. What is recorded
twice, once in each spell, is shown and changed in the later one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from sms.data_exchange.cells import MomentCell, read_cell, tidy
from sms.data_exchange.kinds.base import Draft, Kind
from sms.data_exchange.kinds.lookups import Lookups

# Of a student come many rows, so an export takes fewer of them at once than a kind with one row each.
STUDENTS_AT_ONCE = 250

SPELLS = """
SELECT student.email, batch.code, mission.code, taking_part.id, taking_part.joined_on, taking_part.left_on
FROM UNNEST(%s::text[], %s::text[], %s::text[]) AS wanted (email, batch, mission)
JOIN accounts_user student ON student.email = wanted.email
JOIN programme_batch batch ON batch.code = wanted.batch
JOIN programme_mission mission ON mission.batch_id = batch.id AND mission.code = wanted.mission
JOIN programme_enrollment enrollment ON enrollment.student_id = student.id AND enrollment.batch_id = batch.id
JOIN programme_missionenrollment taking_part
  ON taking_part.enrollment_id = enrollment.id AND taking_part.mission_id = mission.id
ORDER BY taking_part.id
"""

Place = tuple[str, str, str]  # address of the student, code of the batch, code of the mission


class Spell(NamedTuple):
    pk: int
    joined_on: date
    left_on: date | None

    def holds(self, on: date) -> bool:
        return self.joined_on <= on and (self.left_on is None or on < self.left_on)


class Places:
    """The spells of the places that were asked for, each place looked up once."""

    def __init__(self) -> None:
        self._spells: dict[Place, list[Spell]] = {}

    def load(self, places: Iterable[Place]) -> None:
        unknown = sorted(set(places) - self._spells.keys())
        if not unknown:
            return
        found: dict[Place, list[Spell]] = defaultdict(list)
        with connection.cursor() as cursor:
            cursor.execute(SPELLS, [list(column) for column in zip(*unknown, strict=True)])
            for email, batch, mission, *spell in cursor.fetchall():
                found[email, batch, mission].append(Spell(*spell))
        self._spells |= {place: found.get(place, []) for place in unknown}

    def spells(self, place: Place) -> Sequence[Spell]:
        """The earliest first."""
        return self._spells[place]

    def latest(self, place: Place) -> int:
        return self._spells[place][-1].pk

    def on(self, place: Place, on: date) -> int:
        """The spell of a day, or the last one when the student was not in the mission that day."""
        return next((spell.pk for spell in reversed(self._spells[place]) if spell.holds(on)), self.latest(place))

    def check(self, drafts: Sequence[Draft], lookups: Lookups) -> None:
        """Rejects rows about students, batches and missions that do not exist, and of students who were never there."""
        students = lookups.people(draft.values["email"] for draft in drafts)
        self.load(place_of(draft) for draft in drafts)
        for draft in drafts:
            lookups.check_student(draft, "email", students)
            lookups.check_mission(draft)
            if not draft.is_rejected and not self._spells[place_of(draft)]:
                draft.reject("email", _("The student is not in this mission. Enroll them first."))


def place_of(draft: Draft) -> Place:
    return draft.values["email"], draft.values["batch"], draft.values["mission"]


def read_in_zone(draft: Draft, kind: Kind, lookups: Lookups) -> None:
    """Reads times again as those of the batch: only now is it known which batch a row is of.

    A time that names its offset stays what it is.
    """
    batch = lookups.batches.get(draft.values["batch"])
    for name, column in kind.fields.items():
        if batch and isinstance(column.widget, MomentCell) and draft.values.get(name) and name in draft.texts:
            draft.values[name] = read_cell(column.widget.in_zone(batch.zone), draft.texts[name])


def as_read(text: str) -> str:
    """A free text of the database as it comes back from a file, so that an export brings no change."""
    return tidy(text).replace("\r\n", "\n").replace("\r", "\n")


def last_of_each(rows: Iterable[tuple], key_length: int) -> Iterator[tuple]:
    """Of rows that follow each other with the same key, the last: what stands in the later spell."""
    for _key, group in groupby(rows, key=lambda row: row[:key_length]):
        *_earlier, last = group
        yield last
