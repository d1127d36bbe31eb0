"""Missions, and who is enrolled in what."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.accounts.models import User
from sms.data_exchange.cells import ChoiceCell, CodeCell, DateCell, EmailCell, IntegerCell, TextCell
from sms.data_exchange.kinds.base import Change, Column, Draft, Existing, Key, Kind, Values
from sms.data_exchange.kinds.lookups import Lookups, passes, streamed
from sms.data_exchange.kinds.places import as_read
from sms.programme.actions import (
    change_access,
    create_missions,
    edit_missions,
    enroll,
    join_mission,
    leave_batch,
    leave_missions,
    remove_enrollments,
    remove_mission_enrollments,
    remove_missions,
    reopen_batch,
    reopen_missions,
)
from sms.programme.choices import MISSION_MOVES, Access, MissionStatus
from sms.programme.models import Enrollment, Mission, MissionEnrollment
from sms.programme.queries import (
    enrollments_in_use,
    mission_enrollments_in_use,
    missions_in_use,
    students_visible_to,
)

# A student's enrollment in a batch (mission '') and in its missions, a line each, of several spells the open or else the
# last one. Access to what was left is 'left'.
ENROLLMENTS = """
(SELECT DISTINCT ON (student.email, batch.code)
        student.email, batch.code, '' AS mission, CASE WHEN enrollment.ended_on IS NULL THEN '' ELSE 'left' END AS access,
        enrollment.id, NULL::bigint AS taking_part
 FROM programme_enrollment enrollment
 JOIN accounts_user student ON student.id = enrollment.student_id
 JOIN programme_batch batch ON batch.id = enrollment.batch_id
 WHERE {which}
 ORDER BY student.email, batch.code, enrollment.ended_on IS NULL DESC, enrollment.id DESC)
UNION ALL
(SELECT DISTINCT ON (student.email, batch.code, mission.code)
        student.email, batch.code, mission.code, CASE WHEN taking_part.left_on IS NULL THEN taking_part.access ELSE 'left' END,
        enrollment.id, taking_part.id
 FROM programme_missionenrollment taking_part
 JOIN programme_enrollment enrollment ON enrollment.id = taking_part.enrollment_id
 JOIN accounts_user student ON student.id = enrollment.student_id
 JOIN programme_mission mission ON mission.id = taking_part.mission_id
 JOIN programme_batch batch ON batch.id = mission.batch_id
 WHERE {which}
 ORDER BY student.email, batch.code, mission.code, taking_part.left_on IS NULL DESC, taking_part.id DESC)
"""
ENROLLMENTS_BY_ADDRESS = ENROLLMENTS.format(which="student.email = ANY(%s)")
ENROLLMENTS_BY_STUDENT = f"{ENROLLMENTS.format(which='student.id = ANY(%s)')} ORDER BY 1, 2, 3"
LOCK_STUDENTS = "SELECT FROM accounts_user WHERE email = ANY(%s) ORDER BY id FOR UPDATE"
WITH_BATCH = "_with_batch"
LEFT = "left"


class EnrollmentKind(Kind):
    """Who is in which batch and mission. A row without a mission enrolls in the batch alone; a row with one enrolls in
    both; the access “left” ends the spell, and a row about somebody who has left brings them back. What a file does
    not name it does not end.
    """

    key = "enrollments"
    label = gettext_lazy("Enrollments")
    key_columns = ("email", "batch", "mission")
    student_column = "email"
    import_permissions = ("programme.manage_enrollments", "programme.view_all_students")
    export_permissions = ("accounts.reveal_contacts", "programme.view_all_students")

    email = Column(EmailCell(), needed=True)
    batch = Column(CodeCell(), needed=True)
    mission = Column(CodeCell())
    access = Column(ChoiceCell([*Access.choices, (LEFT, gettext_lazy("left"))]))

    def __init__(self, actor: User | None) -> None:
        super().__init__(actor)
        self.lookups = Lookups()
        self._in_batch: set[tuple[str, str]] = set()
        self._enrolled: set[tuple[str, str]] = set()  # by an earlier chunk of this application

    def resolve(self, drafts: Sequence[Draft]) -> None:
        students = self.lookups.people(draft.values["email"] for draft in drafts)
        for draft in drafts:
            self.lookups.check_student(draft, "email", students)
            self.lookups.check_mission(draft)
            if draft.values.get("access", LEFT) != LEFT and not draft.values["mission"]:
                draft.reject("access", _("Access belongs to a mission. Name the mission, or leave this blank."))

    def current(self, keys: Sequence[Key], *, lock: bool = False) -> dict[Key, Existing]:
        addresses = sorted({email for email, _batch, _mission in keys})
        with connection.cursor() as cursor:
            if lock:
                cursor.execute(LOCK_STUDENTS, [addresses])
            cursor.execute(ENROLLMENTS_BY_ADDRESS, [addresses, addresses])
            found = {tuple(row[:3]): Existing(row[4:], self._values(row)) for row in cursor.fetchall()}
        self._in_batch |= {
            (email, batch)
            for (email, batch, mission), each in found.items()
            if not mission and each.values["access"] != LEFT
        } - self._enrolled
        return {key: found[key] for key in keys if key in found}

    def check(self, drafts: Sequence[Draft], current: dict[Key, Existing]) -> None:
        for draft in drafts:
            existing = current.get(self.key_of(draft.values))
            if existing is None and draft.values.get("access") == LEFT:
                draft.reject("access", _("The student was never there, so they cannot leave. Delete the row."))
            elif existing and existing.values["access"] == LEFT:
                draft.values.setdefault("access", _usual_access(draft.values))

    def defaults(self, values: Values) -> Values:
        full = super().defaults(values)
        full["access"] = full["access"] or _usual_access(full)
        # What joins the batch along with the mission leaves it along with the mission when the import is undone.
        return full | {WITH_BATCH: bool(full["mission"]) and (full["email"], full["batch"]) not in self._in_batch}

    def count(self) -> int:
        return Enrollment.objects.filter(ended_on=None).count() + MissionEnrollment.objects.filter(left_on=None).count()

    def rows(self, user: User, filters: dict[str, str]) -> Iterator[Values]:
        students = students_visible_to(user).filter(enrollments__ended_on=None, enrollments__isnull=False)
        for row in streamed(
            ENROLLMENTS_BY_STUDENT, students.order_by("email").distinct().values_list("pk", flat=True), times=2
        ):
            values = self._values(row)
            if values["access"] != LEFT and passes(values, filters):
                yield values

    def create(self, rows: Sequence[Values]) -> None:
        students = self.lookups.people(row["email"] for row in rows)
        self._enrolled |= {(row["email"], row["batch"]) for row in rows} - self._in_batch
        by_batch: dict[str, dict[str, list[Values]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            by_batch[row["batch"]][row["mission"]].append(row)
        for batch, by_mission in by_batch.items():
            of_batch = {row["email"]: students[row["email"]] for group in by_mission.values() for row in group}
            enrollments = enroll(actor=self.actor, students=of_batch.values(), batch=self.lookups.batches[batch])
            of_student = {enrollment.student_id: enrollment for enrollment in enrollments}
            for mission, group in by_mission.items():
                if mission:
                    self._join(
                        {of_student[students[row["email"]].pk]: row["access"] for row in group},
                        self.lookups.missions[batch, mission],
                    )

    def change(self, changes: Sequence[Change]) -> None:
        back = [each for each in changes if each.existing.values["access"] == LEFT]
        gone = [each for each in changes if each.values["access"] == LEFT]
        reason = self._reason
        missions, batches = _spells(gone)
        leave_missions(actor=self.actor, mission_enrollments=missions, reason=reason)
        leave_batch(actor=self.actor, enrollments=batches, reason=reason)
        self._bring_back(back)
        by_access: dict[str, list[int]] = defaultdict(list)
        for each in changes:
            if LEFT not in (each.existing.values["access"], each.values["access"]):
                by_access[each.values["access"]].append(each.existing.ref[1])
        for access, keys in by_access.items():
            self._set_access(MissionEnrollment.objects.filter(pk__in=keys), access)

    def _bring_back(self, changes: Sequence[Change]) -> None:
        """Who left today has not left; who left before begins a new spell."""
        if not changes:
            return
        missions, batches = _spells(changes)
        reopen_batch(actor=self.actor, enrollments=batches)
        reopen_missions(actor=self.actor, mission_enrollments=missions)
        # Those who are back already get their access by it, the others all that a new row gets.
        self.create([each.existing.values | each.values for each in changes])

    def remove(self, existing: Sequence[Existing]) -> None:
        """The missions first, and then the batches, as far as nothing else holds them."""
        missions = [each.ref[1] for each in existing if each.ref[1]]
        remove_mission_enrollments(
            actor=self.actor, mission_enrollments=list(MissionEnrollment.objects.filter(pk__in=missions))
        )
        along = {each.ref[0] for each in existing if each.values.get(WITH_BATCH)}
        batches = {each.ref[0] for each in existing if not each.ref[1]} | (along - enrollments_in_use(along))
        remove_enrollments(actor=self.actor, enrollments=list(Enrollment.objects.filter(pk__in=batches)))

    def in_use(self, existing: Sequence[Existing]) -> dict[Key, str]:
        missions = {each.ref[1] for each in existing if each.ref[1]}
        used_missions = mission_enrollments_in_use(missions)
        batches = {each.ref[0] for each in existing if not each.ref[1]}
        # Missions that go along hold no batch; any other does.
        others = MissionEnrollment.objects.filter(enrollment__in=batches).exclude(pk__in=missions - used_missions)
        used_batches = set(others.values_list("enrollment", flat=True))
        sentence = _("Something was recorded about the student there since. End the enrollment instead.")
        kept = {
            self.key_of(each.values): sentence
            for each in existing
            if (each.ref[1] in used_missions if each.ref[1] else each.ref[0] in used_batches)
        }
        return kept | self._anew(existing)

    def _anew(self, existing: Sequence[Existing]) -> dict[Key, str]:
        """Who left since the import and came again is there by another enrollment than the imported one."""
        addresses = {each.values["email"] for each in existing}
        ended = [
            (email, batch, "", day)
            for email, batch, day in Enrollment.objects.filter(
                student__email__in=addresses, ended_on__gte=self.applied_at.date() - timedelta(days=1)
            ).values_list("student__email", "batch__code", "ended_on")
        ]
        ended += MissionEnrollment.objects.filter(
            enrollment__student__email__in=addresses, left_on__gte=self.applied_at.date() - timedelta(days=1)
        ).values_list("enrollment__student__email", "mission__batch__code", "mission__code", "left_on")
        imported_on = {
            code: self.applied_at.astimezone(batch.zone).date() for code, batch in self.lookups.batches.items()
        }
        left = {(email, batch, mission) for email, batch, mission, day in ended if day >= imported_on[batch]}
        sentence = _("The student has left since and come again. End the enrollment instead.")
        return {key: sentence for each in existing if (key := self.key_of(each.values)) in left}

    def _join(self, access_of: dict[Enrollment, str], mission: Mission) -> None:
        joined = join_mission(actor=self.actor, enrollments=access_of, mission=mission)
        wanted = {enrollment.pk: access for enrollment, access in access_of.items()}
        by_access: dict[str, list[MissionEnrollment]] = defaultdict(list)
        for taking_part in joined:
            if taking_part.access != wanted[taking_part.enrollment_id]:
                by_access[wanted[taking_part.enrollment_id]].append(taking_part)
        for access, group in by_access.items():
            self._set_access(group, access)

    @property
    def _reason(self) -> str:
        return self.occasion or _("By an import")

    def _set_access(self, mission_enrollments: Any, access: str) -> None:
        change_access(actor=self.actor, mission_enrollments=mission_enrollments, access=access, reason=self._reason)

    def _values(self, row: tuple) -> Values:
        return dict(zip(self.fields, row[:4], strict=True))


def _usual_access(values: Values) -> str:
    return Access.FULL.value if values["mission"] else ""


def _spells(changes: Sequence[Change]) -> tuple[list[MissionEnrollment], list[Enrollment]]:
    """The mission enrollments of rows with a mission, and the enrollments of the others."""
    missions = [each.existing.ref[1] for each in changes if each.existing.ref[1]]
    batches = [each.existing.ref[0] for each in changes if not each.existing.ref[1]]
    return list(MissionEnrollment.objects.filter(pk__in=missions)), list(Enrollment.objects.filter(pk__in=batches))


MISSIONS = """
SELECT batch.code, mission.code, mission.title, mission."order", mission.status, mission.starts_on, mission.ends_on,
       mission.id
FROM programme_mission mission JOIN programme_batch batch ON batch.id = mission.batch_id
"""


BY_KEY = """
JOIN UNNEST(%s::text[], %s::text[]) AS wanted (batch, mission)
  ON wanted.batch = batch.code AND wanted.mission = mission.code
"""


class MissionKind(Kind):
    key = "missions"
    label = gettext_lazy("Missions")
    key_columns = ("batch", "mission")
    import_permissions = ("programme.manage_programme",)
    export_permissions = ("programme.view_programme",)
    has_contacts = False

    batch = Column(CodeCell(), needed=True)
    mission = Column(CodeCell(), needed=True)
    title = Column(TextCell(120), needed=True)
    order = Column(IntegerCell(1, 1_000), empty=1)
    status = Column(ChoiceCell(MissionStatus.choices))
    starts_on = Column(DateCell(), needed=True)
    ends_on = Column(DateCell(), needed=True)

    def __init__(self, actor: User | None) -> None:
        super().__init__(actor)
        self.lookups = Lookups()

    def resolve(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            if draft.values["batch"] not in self.lookups.batches:
                draft.reject("batch", self.lookups.unknown_batch(draft.values["batch"]))

    def current(self, keys: Sequence[Key], *, lock: bool = False) -> dict[Key, Existing]:
        statement = MISSIONS + BY_KEY + ("FOR UPDATE OF mission" if lock else "")
        with connection.cursor() as cursor:
            cursor.execute(statement, [[batch for batch, _mission in keys], [mission for _batch, mission in keys]])
            return {tuple(row[:2]): Existing(row[-1], self._values(row)) for row in cursor.fetchall()}

    def check(self, drafts: Sequence[Draft], current: dict[Key, Existing]) -> None:
        for draft in drafts:
            existing = current.get(self.key_of(draft.values))
            full = (existing.values if existing else self.defaults(draft.values)) | draft.values
            if full["starts_on"] and full["ends_on"] and full["starts_on"] > full["ends_on"]:
                draft.reject("ends_on", _("The mission must not end before it starts."))
            if existing and full["status"] != existing.values["status"]:
                before = MissionStatus(existing.values["status"])
                if full["status"] not in MISSION_MOVES[before]:
                    draft.reject(
                        "status",
                        _("A mission that is %(before)s cannot become %(wanted)s.")
                        % {"before": before.label, "wanted": MissionStatus(full["status"]).label},
                    )

    def defaults(self, values: Values) -> Values:
        full = super().defaults(values)
        return full | {"status": full["status"] or MissionStatus.UPCOMING.value}

    def count(self) -> int:
        return Mission.objects.count()

    def rows(self, user: User, filters: dict[str, str]) -> Iterator[Values]:
        with connection.cursor() as cursor:
            cursor.execute(MISSIONS + "ORDER BY batch.code, mission.code")
            for row in cursor.fetchall():
                if passes(self._values(row), filters):
                    yield self._values(row)

    def create(self, rows: Sequence[Values]) -> None:
        create_missions(
            actor=self.actor,
            rows=[{"batch": self.lookups.batches[row["batch"]], **self._fields(row)} for row in rows],
        )

    def change(self, changes: Sequence[Change]) -> None:
        missions = Mission.objects.in_bulk([change.existing.ref for change in changes])
        edit_missions(
            actor=self.actor,
            changes=[(missions[change.existing.ref], self._fields(change.values)) for change in changes],
            is_restoring=self.is_restoring,
        )

    def remove(self, existing: Sequence[Existing]) -> None:
        missions = Mission.objects.filter(pk__in=[each.ref for each in existing])
        remove_missions(actor=self.actor, missions=list(missions))

    def in_use(self, existing: Sequence[Existing]) -> dict[Key, str]:
        used = missions_in_use([each.ref for each in existing])
        sentence = _("Students take part in the mission, or work is set in it. Archive it instead.")
        return {self.key_of(each.values): sentence for each in existing if each.ref in used}

    def _values(self, row: tuple) -> Values:
        batch, mission, title, order, status, starts_on, ends_on, _pk = row
        return {
            "batch": batch,
            "mission": mission,
            "title": as_read(title),
            "order": order,
            "status": status,
            "starts_on": starts_on.isoformat(),
            "ends_on": ends_on.isoformat(),
        }

    def _fields(self, values: Values) -> dict[str, Any]:
        """The columns as the fields of the model."""
        fields = {name: value for name, value in values.items() if name not in ("batch", "mission")}
        if "mission" in values:
            fields["code"] = values["mission"]
        return fields | {name: date.fromisoformat(fields[name]) for name in ("starts_on", "ends_on") if name in fields}
