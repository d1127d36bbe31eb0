"""Assignments, and what was handed in for them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.accounts.models import User
from sms.assignments.actions import (
    change_submissions,
    create_assignments,
    edit_assignments,
    record_submissions,
    remove_assignments,
    remove_submissions,
)
from sms.assignments.choices import SubmissionState
from sms.assignments.gradebook import hold_still
from sms.assignments.models import Assignment, Submission
from sms.assignments.queries import assignments_in_use, graded_by_hand, holding
from sms.core import clock
from sms.data_exchange.cells import (
    ChoiceCell,
    CodeCell,
    EmailCell,
    GradeCell,
    IntegerCell,
    MomentCell,
    TextCell,
    canonical_grade,
    canonical_moment,
)
from sms.data_exchange.kinds.base import Change, Column, Draft, Existing, Key, Kind, Values
from sms.data_exchange.kinds.lookups import Lookups, hint, passes, streamed
from sms.data_exchange.kinds.places import STUDENTS_AT_ONCE, Places, as_read, last_of_each, read_in_zone
from sms.programme.models import Mission
from sms.programme.queries import students_visible_to

FULL_MARKS = 100
CLAIMED, VERIFIED = SubmissionState.CLAIMED.value, SubmissionState.VERIFIED.value
END_OF_DAY = time(23, 59)
MOST_POINTS = 32_767

ASSIGNMENTS = """
SELECT batch.code, mission.code, assignment.code, assignment.title, assignment.opens_at, assignment.due_at,
       assignment.max_points, assignment.id
FROM assignments_assignment assignment
JOIN programme_mission mission ON mission.id = assignment.mission_id
JOIN programme_batch batch ON batch.id = mission.batch_id
"""
ASSIGNMENTS_BY_KEY = (
    ASSIGNMENTS
    + """
JOIN UNNEST(%s::text[], %s::text[], %s::text[]) AS wanted (batch, mission, assignment)
  ON wanted.batch = batch.code AND wanted.mission = mission.code AND wanted.assignment = assignment.code
ORDER BY assignment.id
"""
)
ASSIGNMENTS_IN_ORDER = ASSIGNMENTS + "ORDER BY batch.code, mission.code, assignment.code"


class AssignmentKind(Kind):
    """Work that missions set. A new assignment belongs to the day of the mission on which it is due."""

    key = "assignments"
    label = gettext_lazy("Assignments")
    key_columns = ("batch", "mission", "assignment")
    import_permissions = ("assignments.manage_assignments",)
    export_permissions = ("assignments.view_all_assignments",)
    has_contacts = False

    batch = Column(CodeCell(), needed=True)
    mission = Column(CodeCell(), needed=True)
    assignment = Column(CodeCell(), needed=True)
    title = Column(TextCell(160), needed=True)
    opens_at = Column(MomentCell(), needed=True)
    # Work that is due on a day is due at the end of it.
    due_at = Column(MomentCell(alone=time(23, 59)), needed=True)
    max_points = Column(IntegerCell(least=0, most=MOST_POINTS), empty=None)

    def __init__(self, actor: User | None) -> None:
        super().__init__(actor)
        self.lookups = Lookups()

    def resolve(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            self.lookups.check_mission(draft)
            read_in_zone(draft, self, self.lookups)

    def current(self, keys: Sequence[Key], *, lock: bool = False) -> dict[Key, Existing]:
        if not keys:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(
                ASSIGNMENTS_BY_KEY + ("FOR UPDATE OF assignment" if lock else ""),
                [list(column) for column in zip(*keys, strict=True)],
            )
            return {tuple(row[:3]): Existing(row[-1], self._values(row)) for row in cursor.fetchall()}

    def check(self, drafts: Sequence[Draft], current: dict[Key, Existing]) -> None:
        for draft in drafts:
            existing = current.get(self.key_of(draft.values))
            full = (existing.values if existing else {}) | draft.values
            if full.get("opens_at") and full.get("due_at") and full["due_at"] <= full["opens_at"]:
                draft.reject("due_at", _("The assignment must be due after it opens."))

    def defaults(self, values: Values) -> Values:
        full = super().defaults(values)
        points = full["max_points"]
        return full | {"max_points": Assignment._meta.get_field("max_points").default if points is None else points}

    def count(self) -> int:
        return Assignment.objects.count()

    def rows(self, user: User, filters: dict[str, str]) -> Iterator[Values]:
        with connection.cursor() as cursor:
            cursor.execute(ASSIGNMENTS_IN_ORDER)
            for row in cursor.fetchall():
                if passes(self._values(row), filters):
                    yield self._values(row)

    def create(self, rows: Sequence[Values]) -> None:
        new = []
        for row in rows:
            mission = self.lookups.missions[row["batch"], row["mission"]]
            fields = self._fields(row)
            new.append({"mission": mission, "day": _day_of(mission, fields["due_at"]), **fields})
        create_assignments(actor=self.actor, rows=new)

    def change(self, changes: Sequence[Change]) -> None:
        assignments = Assignment.objects.in_bulk([change.existing.ref for change in changes])
        edit_assignments(
            actor=self.actor,
            changes=[(assignments[change.existing.ref], self._fields(change.values)) for change in changes],
        )

    def remove(self, existing: Sequence[Existing]) -> None:
        remove_assignments(
            actor=self.actor, assignments=list(Assignment.objects.filter(pk__in=[each.ref for each in existing]))
        )

    def in_use(self, existing: Sequence[Existing]) -> dict[Key, str]:
        used = assignments_in_use([each.ref for each in existing])
        sentence = _("Students have handed in work for it since. Take back those submissions first.")
        return {self.key_of(each.values): sentence for each in existing if each.ref in used}

    def _values(self, row: tuple) -> Values:
        batch, mission, assignment, title, opens_at, due_at, max_points, _pk = row
        return {
            "batch": batch,
            "mission": mission,
            "assignment": assignment,
            "title": as_read(title),
            "opens_at": canonical_moment(opens_at),
            "due_at": canonical_moment(due_at),
            "max_points": max_points,
        }

    def _fields(self, values: Values) -> dict[str, Any]:
        """The columns as the fields of the model."""
        fields = {name: values[name] for name in ("title", "max_points") if name in values}
        if "assignment" in values:
            fields["code"] = values["assignment"]
        return fields | {
            name: datetime.fromisoformat(values[name]) for name in ("opens_at", "due_at") if name in values
        }


def _day_of(mission: Mission, due_at: datetime) -> int:
    """The day of the mission, counted from one."""
    day = (due_at.astimezone(mission.batch.zone).date() - mission.starts_on).days + 1
    return min(max(day, 1), MOST_POINTS)


SUBMISSIONS = """
SELECT student.email, batch.code, mission.code, assignment.code, submission.submitted_at, submission.grade,
       submission.state
FROM assignments_submission submission
JOIN assignments_assignment assignment ON assignment.id = submission.assignment_id
JOIN programme_missionenrollment taking_part ON taking_part.id = submission.mission_enrollment_id
JOIN programme_enrollment enrollment ON enrollment.id = taking_part.enrollment_id
JOIN accounts_user student ON student.id = enrollment.student_id
JOIN programme_mission mission ON mission.id = taking_part.mission_id
JOIN programme_batch batch ON batch.id = mission.batch_id
WHERE student.id = ANY(%s)
ORDER BY 1, 2, 3, 4, taking_part.id
"""

SUBMISSIONS_BY_KEY = """
SELECT submission.mission_enrollment_id, submission.assignment_id, submission.submitted_at,
       COALESCE(given.percent, submission.grade), submission.state
FROM assignments_submission submission
JOIN UNNEST(%s::bigint[], %s::bigint[]) AS wanted (mission_enrollment_id, assignment_id)
  USING (mission_enrollment_id, assignment_id)
LEFT JOIN assignments_grade given ON given.submission_id = submission.id AND given.is_current
ORDER BY submission.id
"""


class SubmissionKind(Kind):
    """What was handed in, and its mark in percent. A blank time says that nobody wrote it down.

    What a file names is verified, also what a student had only claimed; a file that says claimed leaves a claim as it is,
    with its time, and never lowers what is verified. A file is compared with the grade that was given last, out or held. An export tells what is out: where grades are
    held its cells are blank, and a blank cell leaves a value, so that it reads back as no change.
    """

    key = "submissions"
    label = gettext_lazy("Submissions")
    key_columns = ("email", "batch", "mission", "assignment")
    student_column = "email"
    import_permissions = ("assignments.record_submissions", "programme.view_all_students")
    export_permissions = ("accounts.reveal_contacts", "assignments.view_all_assignments", "programme.view_all_students")

    email = Column(EmailCell(), needed=True)
    batch = Column(CodeCell(), needed=True)
    mission = Column(CodeCell(), needed=True)
    assignment = Column(CodeCell(), needed=True)
    submitted_at = Column(MomentCell(), clearable=True)
    grade = Column(GradeCell(0, FULL_MARKS), clearable=True)
    record_state = Column(ChoiceCell(SubmissionState.choices), empty=VERIFIED)

    def __init__(self, actor: User | None) -> None:
        super().__init__(actor)
        self.lookups = Lookups()
        self.places = Places()

    @cached_property
    def assignments(self) -> dict[Key, int]:
        """(batch, mission, assignment) → key. There are few."""
        codes = ("mission__batch__code", "mission__code", "code", "pk")
        return {tuple(place): pk for *place, pk in Assignment.objects.order_by().values_list(*codes)}

    @cached_property
    def holding(self) -> set[int]:
        """Assignments that hold their grades."""
        return holding(self.assignments.values())

    def resolve(self, drafts: Sequence[Draft]) -> None:
        self.places.check(drafts, self.lookups)
        now = canonical_moment(clock.now())
        for draft in drafts:
            values = draft.values
            read_in_zone(draft, self, self.lookups)
            if not draft.is_rejected and self.key_of(values)[1:] not in self.assignments:
                draft.reject("assignment", self._unknown(*self.key_of(values)[1:]))
            if values.get("submitted_at", "") > now:
                draft.warn("submitted_at", _("This lies in the future. It is taken as it stands."))
            values.setdefault("record_state", VERIFIED)

    def check(self, drafts: Sequence[Draft], current: dict[Key, Existing]) -> None:
        for draft in drafts:
            key = self.key_of(draft.values)
            self._check_claim(draft, current.get(key))
            before = current[key].values["grade"] if key in current else ""
            if draft.values.get("grade", before) != before and self.assignments.get(key[1:]) in self.holding:
                draft.warn("grade", _("Students see it when the grades of this assignment are released."))

    def _check_claim(self, draft: Draft, existing: Existing | None) -> None:
        if draft.values["record_state"] != CLAIMED:
            return
        if existing is None:
            draft.reject("record_state", _("The student has handed in nothing here. Write “verified” to record it."))
            return
        own = existing.values
        if own["record_state"] == CLAIMED and draft.values.pop("submitted_at", "") not in ("", own["submitted_at"]):
            draft.warn("submitted_at", _("The student handed this in themself, so its time stays."))

    def merge(self, column: str, before: Any, given: Any) -> Any:
        return before if column == "record_state" and before == VERIFIED else given

    def current(self, keys: Sequence[Key], *, lock: bool = False) -> dict[Key, Existing]:
        self.places.load(key[:3] for key in keys)
        wanted = {
            (spell.pk, self.assignments[key[1:]]): key
            for key in keys
            if key[1:] in self.assignments
            for spell in self.places.spells(key[:3])
        }
        if lock:
            hold_still(assignment for _spell, assignment in wanted)
        with connection.cursor() as cursor:
            cursor.execute(
                SUBMISSIONS_BY_KEY + ("FOR UPDATE OF submission" if lock else ""),
                [[spell for spell, _assignment in wanted], [assignment for _spell, assignment in wanted]],
            )
            # The later spell comes last, and stays.
            rows = sorted(cursor.fetchall(), key=lambda row: row[0])
        return {
            (key := wanted[tuple(ref)]): Existing(tuple(ref), self._values((*key, *recorded)))
            for *ref, recorded in ((spell, assignment, rest) for spell, assignment, *rest in rows)
        }

    def count(self) -> int:
        return Submission.objects.count()

    def rows(self, user: User, filters: dict[str, str]) -> Iterator[Values]:
        students = students_visible_to(user).order_by("email").values_list("pk", flat=True)
        for row in last_of_each(streamed(SUBMISSIONS, students, size=STUDENTS_AT_ONCE), 4):
            if passes(values := self._values(row), filters):
                yield values

    def create(self, rows: Sequence[Values]) -> None:
        record_submissions(
            actor=self.actor,
            rows=[
                self._record((self.places.latest(key[:3]), self.assignments[key[1:]]), row)
                for row in rows
                if (key := self.key_of(row))
            ],
        )

    def change(self, changes: Sequence[Change]) -> None:
        full = {change.existing.ref: change.existing.values | change.values for change in changes}
        change_submissions(
            actor=self.actor,
            rows=[self._record(ref, values) for ref, values in full.items()],
            claimed={ref for ref, values in full.items() if values["record_state"] == CLAIMED},
        )

    def remove(self, existing: Sequence[Existing]) -> None:
        remove_submissions(actor=self.actor, keys=[each.ref for each in existing])

    def in_use(self, existing: Sequence[Existing]) -> dict[Key, str]:
        graded = graded_by_hand([each.ref for each in existing])
        sentence = _("It has been graded by hand since, and stays.")
        return {self.key_of(each.values): sentence for each in existing if each.ref in graded}

    def _record(self, ref: tuple[int, int], values: Values) -> tuple[int, int, datetime | None, Decimal | None]:
        moment, grade = values["submitted_at"], values["grade"]
        return (*ref, datetime.fromisoformat(moment) if moment else None, Decimal(grade) if grade else None)

    def _values(self, row: tuple) -> Values:
        email, batch, mission, assignment, submitted_at, grade, state = row
        return {
            "email": email,
            "batch": batch,
            "mission": mission,
            "assignment": assignment,
            "submitted_at": canonical_moment(submitted_at),
            "grade": canonical_grade(grade),
            "record_state": state,
        }

    def _unknown(self, batch: str, mission: str, code: str) -> str:
        of_the_mission = [known for *place, known in self.assignments if place == [batch, mission]]
        return _("The mission “%(mission)s” has no assignment “%(code)s”.%(hint)s") % {
            "mission": mission,
            "code": code,
            "hint": hint(code, of_the_mission),
        }
