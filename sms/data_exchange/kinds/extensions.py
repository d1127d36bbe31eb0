"""More time for students, by file."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from functools import cached_property

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.accounts.models import User
from sms.assignments.actions import grant_extensions, revoke_extensions
from sms.assignments.models import Assignment, Extension
from sms.data_exchange.cells import CodeCell, EmailCell, MomentCell, TextCell, canonical_moment
from sms.data_exchange.kinds.base import Change, Column, Draft, Existing, Key, Kind, Values
from sms.data_exchange.kinds.lookups import Lookups, hint, passes, streamed
from sms.data_exchange.kinds.places import STUDENTS_AT_ONCE, Places, as_read, last_of_each, read_in_zone
from sms.programme.queries import students_visible_to

EXTENSIONS = """
SELECT student.email, batch.code, mission.code, assignment.code, extension.due_at, extension.reason
FROM assignments_extension extension
JOIN assignments_assignment assignment ON assignment.id = extension.assignment_id
JOIN programme_missionenrollment taking_part ON taking_part.id = extension.mission_enrollment_id
JOIN programme_enrollment enrollment ON enrollment.id = taking_part.enrollment_id
JOIN accounts_user student ON student.id = enrollment.student_id
JOIN programme_mission mission ON mission.id = taking_part.mission_id
JOIN programme_batch batch ON batch.id = mission.batch_id
WHERE student.id = ANY(%s) AND extension.revoked_at IS NULL
ORDER BY 1, 2, 3, 4, taking_part.id
"""

EXTENSIONS_BY_KEY = """
SELECT extension.mission_enrollment_id, extension.assignment_id, extension.due_at, extension.reason
FROM assignments_extension extension
JOIN assignments_assignment assignment ON assignment.id = extension.assignment_id
JOIN UNNEST(%s::bigint[], %s::bigint[]) AS wanted (mission_enrollment_id, assignment_id)
  ON wanted.mission_enrollment_id = extension.mission_enrollment_id AND wanted.assignment_id = extension.assignment_id
WHERE extension.revoked_at IS NULL
ORDER BY assignment.id, extension.id
"""
# The assignment first, as whoever gives more time by hand does.
LOCKED = "FOR NO KEY UPDATE OF assignment FOR UPDATE OF extension"


class ExtensionKind(Kind):
    """A later due time of an assignment for a student. What holds already is replaced, and stays in the history."""

    key = "extensions"
    label = gettext_lazy("More time")
    key_columns = ("email", "batch", "mission", "assignment")
    student_column = "email"
    import_permissions = ("assignments.grant_extensions", "programme.view_all_students")
    export_permissions = ("accounts.reveal_contacts", "assignments.view_all_assignments", "programme.view_all_students")

    email = Column(EmailCell(), needed=True)
    batch = Column(CodeCell(), needed=True)
    mission = Column(CodeCell(), needed=True)
    assignment = Column(CodeCell(), needed=True)
    # More time until a day lasts until the end of it.
    due_at = Column(MomentCell(alone=time(23, 59)), needed=True)
    reason = Column(TextCell(250), needed=True)

    def __init__(self, actor: User | None) -> None:
        super().__init__(actor)
        self.lookups = Lookups()
        self.places = Places()

    @cached_property
    def assignments(self) -> dict[Key, tuple[int, datetime]]:
        """(batch, mission, assignment) → its key, and when it is due for everyone. There are few."""
        codes = ("mission__batch__code", "mission__code", "code", "pk", "due_at")
        return {tuple(place): (pk, due) for *place, pk, due in Assignment.objects.order_by().values_list(*codes)}

    def resolve(self, drafts: Sequence[Draft]) -> None:
        self.places.check(drafts, self.lookups)
        for draft in drafts:
            read_in_zone(draft, self, self.lookups)
            if draft.is_rejected:
                continue
            known = self.assignments.get(self.key_of(draft.values)[1:])
            if known is None:
                draft.reject("assignment", self._unknown(*self.key_of(draft.values)[1:]))
            elif draft.values.get("due_at") and datetime.fromisoformat(draft.values["due_at"]) <= known[1]:
                draft.reject("due_at", _("This is not after the work is due for everyone. Give a later time."))

    def current(self, keys: Sequence[Key], *, lock: bool = False) -> dict[Key, Existing]:
        self.places.load(key[:3] for key in keys)
        wanted = {
            (spell.pk, self.assignments[key[1:]][0]): key
            for key in keys
            if key[1:] in self.assignments
            for spell in self.places.spells(key[:3])
        }
        with connection.cursor() as cursor:
            cursor.execute(
                EXTENSIONS_BY_KEY + (LOCKED if lock else ""),
                [[spell for spell, _assignment in wanted], [assignment for _spell, assignment in wanted]],
            )
            # The later spell comes last, and stays.
            rows = sorted(cursor.fetchall(), key=lambda row: row[0])
        found = {}
        for spell, assignment, *rest in rows:
            key = wanted[spell, assignment]
            found[key] = Existing((spell, assignment), self._values((*key, *rest)))
        return found

    def count(self) -> int:
        return Extension.objects.filter(revoked_at=None).count()

    def rows(self, user: User, filters: dict[str, str]) -> Iterator[Values]:
        students = students_visible_to(user).order_by("email").values_list("pk", flat=True)
        for row in last_of_each(streamed(EXTENSIONS, students, size=STUDENTS_AT_ONCE), 4):
            if passes(values := self._values(row), filters):
                yield values

    def create(self, rows: Sequence[Values]) -> None:
        keys = [self.key_of(row) for row in rows]
        self._grant(
            ((self.places.latest(key[:3]), self.assignments[key[1:]][0]), row)
            for key, row in zip(keys, rows, strict=True)
        )

    def change(self, changes: Sequence[Change]) -> None:
        self._grant((change.existing.ref, change.existing.values | change.values) for change in changes)

    def remove(self, existing: Sequence[Existing]) -> None:
        revoke_extensions(actor=self.actor, keys=[each.ref for each in existing])

    def _grant(self, given: Iterator[tuple[tuple[int, int], Values]]) -> None:
        grant_extensions(
            actor=self.actor,
            rows=[(*ref, datetime.fromisoformat(values["due_at"]), values["reason"]) for ref, values in given],
        )

    def _values(self, row: tuple) -> Values:
        email, batch, mission, assignment, due_at, reason = row
        return {
            "email": email,
            "batch": batch,
            "mission": mission,
            "assignment": assignment,
            "due_at": canonical_moment(due_at),
            "reason": as_read(reason),
        }

    def _unknown(self, batch: str, mission: str, code: str) -> str:
        of_the_mission = [known for *place, known in self.assignments if place == [batch, mission]]
        return _("The mission “%(mission)s” has no assignment “%(code)s”.%(hint)s") % {
            "mission": mission,
            "code": code,
            "hint": hint(code, of_the_mission),
        }
