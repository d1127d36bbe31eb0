"""Days of attendance."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.accounts.models import User
from sms.attendance.actions import remove_records, set_records
from sms.attendance.choices import ATTENDED, DayStatus
from sms.attendance.models import DailyRecord
from sms.attendance.queries import Limits, policy_of
from sms.core import clock
from sms.data_exchange.cells import ChoiceCell, CodeCell, DateCell, EmailCell, TextCell
from sms.data_exchange.kinds.base import Change, Column, Draft, Existing, Key, Kind, Values
from sms.data_exchange.kinds.lookups import Lookups, passes, streamed
from sms.data_exchange.kinds.places import STUDENTS_AT_ONCE, Places, as_read, last_of_each
from sms.programme.queries import students_visible_to

RECORDS = """
SELECT student.email, batch.code, mission.code, record."on", record.status, record.reason
FROM attendance_dailyrecord record
JOIN programme_missionenrollment taking_part ON taking_part.id = record.mission_enrollment_id
JOIN programme_enrollment enrollment ON enrollment.id = taking_part.enrollment_id
JOIN accounts_user student ON student.id = enrollment.student_id
JOIN programme_mission mission ON mission.id = taking_part.mission_id
JOIN programme_batch batch ON batch.id = mission.batch_id
WHERE student.id = ANY(%s)
ORDER BY 1, 2, 3, 4, taking_part.id
"""

RECORDS_BY_KEY = """
SELECT record.mission_enrollment_id, record."on", record.status, record.reason, record.submitted_at IS NOT NULL
FROM attendance_dailyrecord record
JOIN UNNEST(%s::bigint[], %s::date[]) AS wanted (mission_enrollment_id, "on") USING (mission_enrollment_id, "on")
ORDER BY record.id
"""


class AttendanceKind(Kind):
    """Days as staff set them. Whoever counts as present or late without having submitted needs a reason."""

    key = "attendance"
    label = gettext_lazy("Attendance")
    key_columns = ("email", "batch", "mission", "date")
    student_column = "email"
    import_permissions = ("attendance.correct_record", "programme.view_all_students")
    export_permissions = ("accounts.reveal_contacts", "programme.view_all_students")

    email = Column(EmailCell(), needed=True)
    batch = Column(CodeCell(), needed=True)
    mission = Column(CodeCell(), needed=True)
    date = Column(DateCell(), needed=True)
    status = Column(ChoiceCell(DayStatus.choices), needed=True)
    reason = Column(TextCell(250), clearable=True)

    def __init__(self, actor: User | None) -> None:
        super().__init__(actor)
        self.lookups = Lookups()
        self.places = Places()

    def resolve(self, drafts: Sequence[Draft]) -> None:
        self.places.check(drafts, self.lookups)
        todays = {code: clock.today(batch.zone).isoformat() for code, batch in self.lookups.batches.items()}
        for draft in drafts:
            if draft.values["date"] > todays.get(draft.values["batch"], draft.values["date"]):
                draft.reject("date", _("That day has not come yet. Give today or a day in the past."))

    def current(self, keys: Sequence[Key], *, lock: bool = False) -> dict[Key, Existing]:
        self.places.load(key[:3] for key in keys)
        wanted = {(spell.pk, _day(key)): key for key in keys for spell in self.places.spells(key[:3])}
        with connection.cursor() as cursor:
            cursor.execute(
                RECORDS_BY_KEY + ("FOR UPDATE OF record" if lock else ""),
                [[spell for spell, _on in wanted], [on for _spell, on in wanted]],
            )
            # The later spell comes last, and stays.
            rows = sorted(cursor.fetchall(), key=lambda row: row[0])
        found = {}
        for spell, on, status, reason, was_submitted in rows:
            key = wanted[spell, on]
            found[key] = Existing((spell, on, was_submitted), self._values((*key[:3], on, status, reason)))
        return found

    def check(self, drafts: Sequence[Draft], current: dict[Key, Existing]) -> None:
        for draft in drafts:
            existing = current.get(self.key_of(draft.values))
            full = (existing.values if existing else {}) | draft.values
            if (existing is None or full != existing.values) and (frozen := self._why_frozen(draft)):
                draft.reject("date", frozen)
            was_submitted = existing is not None and existing.ref[2]
            if full.get("status") in ATTENDED and not full.get("reason") and not was_submitted:
                draft.reject("reason", _("Say why the student counts as present or late without having submitted."))

    def _why_frozen(self, draft: Draft) -> str:
        mission = self.lookups.missions.get((draft.values["batch"], draft.values["mission"]))
        if mission is None:
            return ""
        today = clock.today(self.lookups.batches[draft.values["batch"]].zone)
        return Limits.of(policy_of(mission)).why_frozen(self.actor, date.fromisoformat(draft.values["date"]), today)

    def count(self) -> int:
        return DailyRecord.objects.count()

    def rows(self, user: User, filters: dict[str, str]) -> Iterator[Values]:
        students = students_visible_to(user).order_by("email").values_list("pk", flat=True)
        for row in last_of_each(streamed(RECORDS, students, size=STUDENTS_AT_ONCE), 4):
            if passes(values := self._values(row), filters):
                yield values

    def create(self, rows: Sequence[Values]) -> None:
        keys = [self.key_of(row) for row in rows]
        set_records(
            actor=self.actor,
            rows=[
                (self.places.on(key[:3], _day(key)), _day(key), row["status"], row["reason"])
                for key, row in zip(keys, rows, strict=True)
            ],
        )

    def change(self, changes: Sequence[Change]) -> None:
        full = [(change.existing.ref, change.existing.values | change.values) for change in changes]
        set_records(
            actor=self.actor,
            rows=[(spell, on, values["status"], values["reason"]) for (spell, on, _submitted), values in full],
        )

    def remove(self, existing: Sequence[Existing]) -> None:
        remove_records(actor=self.actor, keys=[each.ref[:2] for each in existing])

    def _values(self, row: tuple) -> Values:
        email, batch, mission, on, status, reason = row
        return {
            "email": email,
            "batch": batch,
            "mission": mission,
            "date": on.isoformat(),
            "status": status,
            "reason": as_read(reason),
        }


def _day(key: Key) -> date:
    return date.fromisoformat(key[3])
