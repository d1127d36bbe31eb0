"""Which mentor guides which student."""

from collections.abc import Iterator, Sequence

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.accounts.models import User
from sms.data_exchange.cells import CodeCell, EmailCell
from sms.data_exchange.kinds.base import Change, Column, Draft, Existing, Key, Kind, Values
from sms.data_exchange.kinds.lookups import Lookups, passes, streamed
from sms.mentoring.actions import assign_pairs, remove_pairs
from sms.mentoring.models import MentorAssignment
from sms.mentoring.queries import mentors
from sms.programme.queries import visible_to

ASSIGNMENTS = """
SELECT student.email, batch.code, mission.code, mentor.email, assignment.mentor_id, taking_part.id
FROM mentoring_mentorassignment assignment
JOIN programme_missionenrollment taking_part ON taking_part.id = assignment.mission_enrollment_id
JOIN programme_enrollment enrollment ON enrollment.id = taking_part.enrollment_id
JOIN accounts_user student ON student.id = enrollment.student_id
JOIN accounts_user mentor ON mentor.id = assignment.mentor_id
JOIN programme_mission mission ON mission.id = taking_part.mission_id
JOIN programme_batch batch ON batch.id = mission.batch_id
WHERE assignment.ended_at IS NULL AND {which}
"""
BY_ADDRESS = ASSIGNMENTS.format(which="student.email = ANY(%s)")
BY_TAKING_PART = ASSIGNMENTS.format(which="taking_part.id = ANY(%s)") + "ORDER BY 1, 2, 3, 4"

TAKING_PART = """
SELECT student.email, batch.code, mission.code, taking_part.id
FROM programme_missionenrollment taking_part
JOIN programme_enrollment enrollment ON enrollment.id = taking_part.enrollment_id
JOIN accounts_user student ON student.id = enrollment.student_id
JOIN programme_mission mission ON mission.id = taking_part.mission_id
JOIN programme_batch batch ON batch.id = mission.batch_id
WHERE taking_part.left_on IS NULL AND enrollment.ended_on IS NULL AND student.email = ANY(%s)
"""
LOCK_TAKING_PART = TAKING_PART + "ORDER BY taking_part.id FOR NO KEY UPDATE OF taking_part"


class MentorAssignmentKind(Kind):
    """A row says that the mentor guides the student in the mission. It ends no other assignment: several mentors are
    normal, and moving students from one to another is the reassignment's work.
    """

    key = "mentor-assignments"
    label = gettext_lazy("Mentor assignments")
    key_columns = ("student_email", "batch", "mission", "mentor_email")
    student_column = "student_email"
    import_permissions = ("mentoring.assign_mentors", "programme.view_all_students")
    export_permissions = ("accounts.reveal_contacts", "mentoring.assign_mentors")

    student_email = Column(EmailCell(), needed=True)
    batch = Column(CodeCell(), needed=True)
    mission = Column(CodeCell(), needed=True)
    mentor_email = Column(EmailCell(), needed=True)

    def __init__(self, actor: User | None) -> None:
        super().__init__(actor)
        self.lookups = Lookups()
        self._taking_part: dict[tuple[str, str, str], int] = {}

    def resolve(self, drafts: Sequence[Draft]) -> None:
        known = {user.email: user for user in mentors()}
        self._load(draft.values["student_email"] for draft in drafts)
        students = self.lookups.people(draft.values["student_email"] for draft in drafts)
        for draft in drafts:
            self.lookups.check_student(draft, "student_email", students)
            self.lookups.check_mission(draft)
            if draft.values["mentor_email"] not in known:
                draft.reject("mentor_email", _("No mentor has this address. Give the person the mentor role first."))
            if not draft.is_rejected and self.key_of(draft.values)[:3] not in self._taking_part:
                draft.reject("student_email", _("The student is not in this mission. Enroll them first."))

    def current(self, keys: Sequence[Key], *, lock: bool = False) -> dict[Key, Existing]:
        addresses = sorted({key[0] for key in keys})
        if lock:
            self._load(addresses, statement=LOCK_TAKING_PART)
        with connection.cursor() as cursor:
            cursor.execute(BY_ADDRESS, [addresses])
            found = {tuple(row[:4]): Existing(tuple(row[4:]), self._values(row)) for row in cursor.fetchall()}
        return {key: found[key] for key in keys if key in found}

    def count(self) -> int:
        return MentorAssignment.objects.filter(ended_at=None).count()

    def rows(self, user: User, filters: dict[str, str]) -> Iterator[Values]:
        students = visible_to(user).order_by("enrollment__student__email", "mission__batch__code", "mission__code")
        for row in streamed(BY_TAKING_PART, students.values_list("pk", flat=True)):
            if passes(self._values(row), filters):
                yield self._values(row)

    def create(self, rows: Sequence[Values]) -> None:
        mentor_of = self.lookups.people(row["mentor_email"] for row in rows)
        self._load(row["student_email"] for row in rows)
        assign_pairs(
            actor=self.actor,
            pairs=[(mentor_of[row["mentor_email"]].pk, self._taking_part[self.key_of(row)[:3]]) for row in rows],
        )

    def change(self, changes: Sequence[Change]) -> None:
        """All columns are the key: a row is there or not."""

    def remove(self, existing: Sequence[Existing]) -> None:
        remove_pairs(actor=self.actor, pairs=[each.ref for each in existing])

    def in_use(self, existing: Sequence[Existing]) -> dict[Key, str]:
        """Who ended the assignment and made it anew made another one."""
        since = MentorAssignment.objects.filter(
            mission_enrollment__in=[each.ref[1] for each in existing], ended_at=None, started_at__gt=self.applied_at
        )
        anew = set(since.values_list("mentor", "mission_enrollment"))
        sentence = _("Somebody ended this assignment since and made it anew. End it by hand.")
        return {self.key_of(each.values): sentence for each in existing if each.ref in anew}

    def _load(self, addresses: object, statement: str = TAKING_PART) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, [sorted(set(addresses))])
            self._taking_part |= {tuple(row[:3]): row[3] for row in cursor.fetchall()}

    def _values(self, row: tuple) -> Values:
        return dict(zip(self.fields, row[:4], strict=True))
