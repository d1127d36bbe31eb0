"""The log of calls."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.accounts.models import User
from sms.core import clock
from sms.data_exchange.cells import ChoiceCell, CodeCell, EmailCell, IntegerCell, MomentCell, TextCell, canonical_moment
from sms.data_exchange.kinds.base import Change, Column, Draft, Existing, Key, Kind, Values
from sms.data_exchange.kinds.lookups import Lookups, passes, streamed
from sms.data_exchange.kinds.places import Places, as_read, read_in_zone
from sms.outreach.actions import edit_calls, import_calls, remove_calls
from sms.outreach.choices import Outcome
from sms.outreach.models import Call
from sms.outreach.queries import calls_visible_to, calls_with_a_promise

CALLS = """
SELECT call.id, student.email, batch.code, mission.code, caller.email, call.started_at, call.outcome, call.notes
FROM outreach_call call
JOIN outreach_callentry entry ON entry.id = call.entry_id
JOIN programme_missionenrollment taking_part ON taking_part.id = entry.mission_enrollment_id
JOIN programme_enrollment enrollment ON enrollment.id = taking_part.enrollment_id
JOIN accounts_user student ON student.id = enrollment.student_id
JOIN accounts_user caller ON caller.id = call.caller_id
JOIN programme_mission mission ON mission.id = taking_part.mission_id
JOIN programme_batch batch ON batch.id = mission.batch_id
"""
CALLS_BY_ID = CALLS + "WHERE call.id = ANY(%s) ORDER BY call.id"
CALLS_BY_WHAT_THEY_ARE = (
    CALLS
    + """
JOIN UNNEST(%s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
  AS wanted (email, batch, mission, caller, started_at)
  ON wanted.email = student.email AND wanted.batch = batch.code AND wanted.mission = mission.code
  AND wanted.caller = caller.email AND wanted.started_at = call.started_at
ORDER BY call.id
"""
)
LOCKED = " FOR UPDATE OF call"

FIXED = ("email", "batch", "mission", "caller_email", "started_at")
OTHERWISE_KNOWN = 5  # columns that stand for a call without a number


class CallKind(Kind):
    """Calls of the past. A row with a number corrects the outcome and the notes of that call. A row without one is a new
    call, unless one of that student, caller and moment is there: then it is about that call, so a file can be read twice.
    """

    key = "calls"
    label = gettext_lazy("Calls")
    key_columns = ("id",)
    import_permissions = ("outreach.correct_calls",)
    export_permissions = ("accounts.reveal_contacts", "outreach.view_call_log")

    id = Column(IntegerCell(least=1))
    email = Column(EmailCell(), needed=True)
    batch = Column(CodeCell(), needed=True)
    mission = Column(CodeCell(), needed=True)
    caller_email = Column(EmailCell(), needed=True)
    started_at = Column(MomentCell(), needed=True)
    outcome = Column(ChoiceCell(Outcome.choices), needed=True)
    notes = Column(TextCell(4_000), clearable=True)

    def __init__(self, actor: User | None) -> None:
        super().__init__(actor)
        self.lookups = Lookups()
        self.places = Places()

    def key_of(self, values: Values) -> Key:
        """The number, or what else tells one call from another."""
        return (str(values["id"]),) if values["id"] else tuple(str(values.get(name, "")) for name in FIXED)

    def readable_key(self, values: Values) -> str:
        return " · ".join(str(values[name]) for name in ("id", "email", "mission", "started_at") if values.get(name))

    def resolve(self, drafts: Sequence[Draft]) -> None:
        self._check(drafts)
        unnumbered = [draft for draft in drafts if not draft.values["id"]]
        known = self.current([self.key_of(draft.values) for draft in unnumbered])
        for draft in unnumbered:
            if existing := known.get(self.key_of(draft.values)):
                draft.values["id"] = existing.ref

    def current(self, keys: Sequence[Key], *, lock: bool = False) -> dict[Key, Existing]:
        by_number = [key for key in keys if len(key) == 1]
        by_rest = [key for key in keys if len(key) == OTHERWISE_KNOWN and all(key)]
        found = {}
        with connection.cursor() as cursor:
            if by_number:
                cursor.execute(CALLS_BY_ID + (LOCKED if lock else ""), [[int(number) for (number,) in by_number]])
                for row in cursor.fetchall():
                    found[(str(row[0]),)] = Existing(row[0], self._values(row))
            if by_rest:
                columns = [list(column) for column in zip(*by_rest, strict=True)]
                cursor.execute(CALLS_BY_WHAT_THEY_ARE + (LOCKED if lock else ""), columns)
                for row in cursor.fetchall():
                    values = self._values(row) | {"id": ""}
                    found.setdefault(self.key_of(values), Existing(row[0], values))
        return found

    def check(self, drafts: Sequence[Draft], current: dict[Key, Existing]) -> None:
        for draft in drafts:
            existing = current.get(self.key_of(draft.values))
            if draft.values["id"] and existing is None:
                draft.reject("id", _("There is no call with this number. Leave the cell blank to add a call."))
            for name in FIXED if existing else ():
                if draft.values.get(name, existing.values[name]) != existing.values[name]:
                    draft.reject(
                        name,
                        _("The call has “%(value)s” here, which stays. Only outcome and notes can be corrected.")
                        % {"value": self.shown(name, existing.values[name])},
                    )

    def count(self) -> int:
        return Call.objects.count()

    def rows(self, user: User, filters: dict[str, str]) -> Iterator[Values]:
        calls = calls_visible_to(user).order_by("pk").values_list("pk", flat=True)
        for row in streamed(CALLS_BY_ID, calls):
            if passes(values := self._values(row), filters):
                yield values

    def create(self, rows: Sequence[Values]) -> None:
        callers = self.lookups.people(row["caller_email"] for row in rows)
        places = [(row["email"], row["batch"], row["mission"]) for row in rows]
        self.places.load(places)
        import_calls(
            actor=self.actor,
            rows=[
                (
                    self.places.latest(place),
                    callers[row["caller_email"]].pk,
                    datetime.fromisoformat(row["started_at"]),
                    row["outcome"],
                    row["notes"],
                )
                for place, row in zip(places, rows, strict=True)
            ],
        )

    def change(self, changes: Sequence[Change]) -> None:
        calls = Call.objects.in_bulk([change.existing.ref for change in changes])
        edit_calls(actor=self.actor, changes=[(calls[change.existing.ref], change.values) for change in changes])

    def remove(self, existing: Sequence[Existing]) -> None:
        remove_calls(actor=self.actor, pks=[each.ref for each in existing])

    def in_use(self, existing: Sequence[Existing]) -> dict[Key, str]:
        used = calls_with_a_promise([each.ref for each in existing])
        sentence = _("A follow-up was promised on this call, so it stays.")
        return {self.key_of(each.values): sentence for each in existing if each.ref in used}

    def _values(self, row: tuple) -> Values:
        pk, email, batch, mission, caller, started_at, outcome, notes = row
        return {
            "id": pk,
            "email": email,
            "batch": batch,
            "mission": mission,
            "caller_email": caller,
            "started_at": canonical_moment(started_at),
            "outcome": outcome,
            "notes": as_read(notes),
        }

    def _check(self, drafts: Sequence[Draft]) -> None:
        now = canonical_moment(clock.now())
        whole = [draft for draft in drafts if all(draft.values.get(name) for name in ("email", "batch", "mission"))]
        self.places.check(whole, self.lookups)
        callers = self.lookups.people(
            draft.values["caller_email"] for draft in drafts if "caller_email" in draft.values
        )
        for draft in drafts:
            if "batch" in draft.values:
                read_in_zone(draft, self, self.lookups)
            if draft.values.get("started_at", "") > now:
                draft.reject("started_at", _("A call cannot have begun in the future. Correct the time."))
            if draft.values.get("caller_email", None) not in {None, *callers}:
                draft.reject("caller_email", _("Nobody has this address. Write that of the person who called."))
