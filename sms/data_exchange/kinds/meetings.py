"""Who was in which meeting."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.accounts.models import User
from sms.attendance.actions import Was, remove_meeting_records, set_meeting_records
from sms.attendance.choices import ATTENDED, DayStatus, MeetingState
from sms.attendance.models import Meeting, MeetingRecord
from sms.attendance.queries import Limits, policy_of
from sms.core import clock
from sms.data_exchange.cells import (
    ChoiceCell,
    CodeCell,
    EmailCell,
    IntegerCell,
    MomentCell,
    TextCell,
    canonical_moment,
)
from sms.data_exchange.kinds.base import Change, Column, Draft, Existing, Key, Kind, Values
from sms.data_exchange.kinds.lookups import Lookups, passes, streamed
from sms.data_exchange.kinds.places import STUDENTS_AT_ONCE, Places, as_read, last_of_each, read_in_zone
from sms.programme.queries import students_visible_to

MOST_MINUTES = 32_767

RECORDS = """
SELECT student.email, batch.code, mission.code, meeting.starts_at,
       record.status, record.minutes, record.joined_at, record.reason
FROM attendance_meetingrecord record
JOIN attendance_meeting meeting ON meeting.id = record.meeting_id AND meeting.state <> 'cancelled'
JOIN programme_missionenrollment taking_part ON taking_part.id = record.mission_enrollment_id
JOIN programme_enrollment enrollment ON enrollment.id = taking_part.enrollment_id
JOIN accounts_user student ON student.id = enrollment.student_id
JOIN programme_mission mission ON mission.id = taking_part.mission_id
JOIN programme_batch batch ON batch.id = mission.batch_id
WHERE student.id = ANY(%s)
ORDER BY 1, 2, 3, 4, taking_part.id
"""

RECORDS_BY_KEY = """
SELECT record.mission_enrollment_id, record.meeting_id, record.submitted_at IS NOT NULL,
       record.status, record.minutes, record.joined_at, record.reason
FROM attendance_meetingrecord record
JOIN UNNEST(%s::bigint[], %s::bigint[]) AS wanted (mission_enrollment_id, meeting_id)
  USING (mission_enrollment_id, meeting_id)
ORDER BY record.id
"""


class MeetingRecordKind(Kind):
    """Who was in a meeting, which is named by its start. A row with a reason is a correction by staff; one without is
    what a report says, and needs minutes where a student counts as present who did not submit.
    """

    key = "meeting-records"
    label = gettext_lazy("Meeting attendance")
    key_columns = ("email", "batch", "mission", "meeting")
    student_column = "email"
    import_permissions = ("attendance.host_meetings", "programme.view_all_students")
    export_permissions = ("accounts.reveal_contacts", "programme.view_all_students")

    email = Column(EmailCell(), needed=True)
    batch = Column(CodeCell(), needed=True)
    mission = Column(CodeCell(), needed=True)
    meeting = Column(MomentCell(), needed=True)
    status = Column(ChoiceCell(DayStatus.choices), needed=True)
    minutes = Column(IntegerCell(0, MOST_MINUTES), clearable=True)
    joined_at = Column(MomentCell(), clearable=True)
    reason = Column(TextCell(250), clearable=True)

    def __init__(self, actor: User | None) -> None:
        super().__init__(actor)
        self.lookups = Lookups()
        self.places = Places()
        self._meetings: dict[Key, Meeting | None] = {}

    def resolve(self, drafts: Sequence[Draft]) -> None:
        self.places.check(drafts, self.lookups)
        for draft in drafts:
            read_in_zone(draft, self, self.lookups)
        self._load(self.key_of(draft.values) for draft in drafts)
        moment = clock.now()
        for draft in drafts:
            if draft.is_rejected:
                continue
            meeting = self._meetings[self.key_of(draft.values)[1:]]
            if meeting is None:
                draft.reject(
                    "meeting", _("This mission has no meeting that starts then. Write its start as on its page.")
                )
            elif meeting.starts_at > moment:
                draft.reject("meeting", _("This meeting has not begun. Import its attendance once it has."))

    def current(self, keys: Sequence[Key], *, lock: bool = False) -> dict[Key, Existing]:
        self.places.load(key[:3] for key in keys)
        self._load(keys)
        wanted = {
            (spell.pk, meeting.pk): key
            for key in keys
            if (meeting := self._meetings[key[1:]])
            for spell in self.places.spells(key[:3])
        }
        with connection.cursor() as cursor:
            cursor.execute(
                RECORDS_BY_KEY + ("FOR UPDATE OF record" if lock else ""),
                [[spell for spell, _meeting in wanted], [meeting for _spell, meeting in wanted]],
            )
            # The later spell comes last, and stays.
            rows = sorted(cursor.fetchall(), key=lambda row: row[0])
        found = {}
        for spell, meeting, was_submitted, *recorded in rows:
            key = wanted[spell, meeting]
            values = self._values((*key[:3], datetime.fromisoformat(key[3]), *recorded))
            found[key] = Existing((meeting, spell, was_submitted), values)
        return found

    def check(self, drafts: Sequence[Draft], current: dict[Key, Existing]) -> None:
        for draft in drafts:
            existing = current.get(self.key_of(draft.values))
            full = (existing.values if existing else {}) | draft.values
            was_submitted = existing is not None and existing.ref[2]
            has_cause = full.get("reason") or full.get("minutes", "") != "" or was_submitted
            if full.get("status") in ATTENDED and not has_cause:
                draft.reject("reason", _("Give the minutes, or say why the student counts as present or late."))
            meeting = self._meetings[self.key_of(draft.values)[1:]]
            if meeting and (existing is None or full != existing.values) and (locked := self._why_locked(meeting)):
                draft.reject("meeting", locked)
            if existing and existing.values["reason"] and full["status"] != existing.values["status"]:
                draft.warn(
                    "status",
                    _("Staff set this to “%(status)s”, with the reason “%(reason)s”. The file would change it.")
                    % {"status": self.shown("status", existing.values["status"]), "reason": existing.values["reason"]},
                )

    def _why_locked(self, meeting: Meeting) -> str:
        limits = Limits.of(policy_of(meeting.mission))
        return limits.why_locked(self.actor, meeting.on, clock.today(meeting.zone))

    def count(self) -> int:
        return MeetingRecord.objects.count()

    def rows(self, user: User, filters: dict[str, str]) -> Iterator[Values]:
        students = students_visible_to(user).order_by("email").values_list("pk", flat=True)
        for row in last_of_each(streamed(RECORDS, students, size=STUDENTS_AT_ONCE), 4):
            if passes(values := self._values(row), filters):
                yield values

    def create(self, rows: Sequence[Values]) -> None:
        given = {}
        for row in rows:
            key = self.key_of(row)
            meeting = self._meetings[key[1:]]
            given[meeting.pk, self.places.on(key[:3], meeting.on)] = _was(row)
        set_meeting_records(actor=self.actor, rows=given)

    def change(self, changes: Sequence[Change]) -> None:
        rows = {change.existing.ref[:2]: _was(change.existing.values | change.values) for change in changes}
        set_meeting_records(actor=self.actor, rows=rows)

    def remove(self, existing: Sequence[Existing]) -> None:
        remove_meeting_records(actor=self.actor, keys=[each.ref[:2] for each in existing])

    def _load(self, keys: Iterable[Key]) -> None:
        """The meetings of these keys, each looked up once. Of those at one time only one was not cancelled."""
        unknown = {key[1:] for key in keys} - self._meetings.keys()
        if not unknown:
            return
        meetings = (
            Meeting.objects.filter(starts_at__in={start for _batch, _mission, start in unknown})
            .exclude(state=MeetingState.CANCELLED)
            .select_related("mission__batch", "mission__attendance_policy")
        )
        found = {(m.mission.batch.code, m.mission.code, canonical_moment(m.starts_at)): m for m in meetings}
        self._meetings |= {key: found.get(key) for key in unknown}

    def _values(self, row: tuple) -> Values:
        email, batch, mission, starts_at, status, minutes, joined_at, reason = row
        return {
            "email": email,
            "batch": batch,
            "mission": mission,
            "meeting": canonical_moment(starts_at),
            "status": status,
            "minutes": "" if minutes is None else minutes,
            "joined_at": canonical_moment(joined_at),
            "reason": as_read(reason),
        }


def _was(values: Values) -> Was:
    return Was(
        status=values["status"],
        minutes=None if values["minutes"] == "" else values["minutes"],
        joined_at=datetime.fromisoformat(values["joined_at"]) if values["joined_at"] else None,
        reason=values["reason"],
    )
