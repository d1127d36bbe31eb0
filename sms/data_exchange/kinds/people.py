"""Students and staff."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.accounts.choices import STUDENT_MOVES, StudentStatus
from sms.accounts.models import StudentProfile, User
from sms.authorization import roles
from sms.authorization.actions import NewPerson, create_people, edit_people, remove_people, set_roles_of
from sms.authorization.models import Role
from sms.authorization.queries import people_above, people_in_use, roles_givable_by
from sms.data_exchange.cells import ChoiceCell, CodesCell, EmailCell, NameCell, PhoneCell, TextCell, TimezoneCell
from sms.data_exchange.kinds.base import Change, Column, Draft, Existing, Key, Kind, Values
from sms.data_exchange.kinds.lookups import Lookups, addresses_of, passes, streamed
from sms.data_exchange.kinds.places import as_read
from sms.programme.actions import enroll, remove_enrollments
from sms.programme.models import Enrollment
from sms.programme.queries import enrollments_in_use, students_visible_to

STUDENTS = """
SELECT person.id, person.email, person.name, person.phone, COALESCE(profile.student_id, ''), profile.status,
       person.timezone, profile.city,
       ARRAY(SELECT batch.code FROM programme_enrollment enrollment
             JOIN programme_batch batch ON batch.id = enrollment.batch_id
             WHERE enrollment.student_id = person.id AND enrollment.ended_on IS NULL ORDER BY batch.code)
FROM accounts_user person LEFT JOIN accounts_studentprofile profile ON profile.user_id = person.id
"""
STUDENTS_BY_KEY = STUDENTS + "WHERE person.email = ANY(%s) "
STUDENTS_BY_ID = STUDENTS + "WHERE person.id = ANY(%s) ORDER BY person.email"
LOCKED = "ORDER BY person.id FOR UPDATE OF person"

STAFF = """
SELECT person.id, person.email, person.name, person.phone,
       ARRAY(SELECT role.key FROM accounts_user_groups held
             JOIN authorization_role role ON role.group_id = held.group_id
             WHERE held.user_id = person.id ORDER BY role.key)
FROM accounts_user person
"""
STAFF_BY_KEY = STAFF + "WHERE person.email = ANY(%s) "
STAFF_BY_ID = STAFF + "WHERE person.id = ANY(%s) ORDER BY person.email"


class StudentKind(Kind):
    """Students with the batches that they are in. The batch column only ever adds: a file of one batch says
    nothing about the others. Leaving a batch is a decision of its own.
    """

    key = "students"
    label = gettext_lazy("Students")
    key_columns = ("email",)
    student_column = "email"
    import_permissions = ("accounts.edit_students", "programme.view_all_students")
    export_permissions = ("accounts.reveal_contacts", "programme.view_all_students")

    email = Column(EmailCell(), needed=True)
    name = Column(NameCell(), needed=True)
    phone = Column(PhoneCell(), clearable=True)
    student_id = Column(TextCell(40), clearable=True)
    status = Column(ChoiceCell(StudentStatus.choices))
    timezone = Column(TimezoneCell())
    city = Column(TextCell(100), clearable=True)
    batch = Column(CodesCell(), empty=[])

    def __init__(self, actor: User | None) -> None:
        super().__init__(actor)
        self.lookups = Lookups()

    def resolve(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            if unknown := [code for code in draft.values.get("batch", ()) if code not in self.lookups.batches]:
                draft.reject("batch", self.lookups.unknown_batch(unknown[0]))

    def current(self, keys: Sequence[Key], *, lock: bool = False) -> dict[Key, Existing]:
        with connection.cursor() as cursor:
            cursor.execute(STUDENTS_BY_KEY + (LOCKED if lock else ""), [[email for (email,) in keys]])
            return {(row[1],): Existing(row[0], self._values(row)) for row in cursor.fetchall()}

    def check(self, drafts: Sequence[Draft], current: dict[Key, Existing]) -> None:
        taken = self._owners_of_numbers(drafts)
        above = people_above(self.actor, [each.ref for each in current.values()]) if self.actor else set()
        for draft in drafts:
            existing = current.get(self.key_of(draft.values))
            if existing and existing.ref in above and self._differs(draft, existing):
                draft.reject("email", _("This person also holds a role that may do more than you may. Ask an admin."))
            number = draft.values.get("student_id")
            if number and taken.setdefault(number, draft.values["email"]) != draft.values["email"]:
                draft.reject(
                    "student_id",
                    _("%(email)s has this student number. Each number belongs to one student.")
                    % {"email": taken[number]},
                )
            if existing and existing.values["status"] is None:
                draft.reject("email", _("This person is not a student. Give them the student role under People first."))
            elif existing and (wanted := draft.values.get("status")):
                before = existing.values["status"]
                if wanted != before and wanted not in STUDENT_MOVES[before]:
                    draft.reject(
                        "status",
                        _("A student who is %(before)s cannot become %(wanted)s.")
                        % {"before": StudentStatus(before).label, "wanted": StudentStatus(wanted).label},
                    )

    def defaults(self, values: Values) -> Values:
        full = super().defaults(values)
        return full | {
            "status": full["status"] or StudentStatus.ACTIVE.value,
            "timezone": full["timezone"] or settings.TIME_ZONE,
        }

    def merge(self, column: str, before: object, given: object) -> object:
        return sorted({*before, *given}) if column == "batch" else given

    def count(self) -> int:
        return StudentProfile.objects.count()

    def rows(self, user: User, filters: dict[str, str]) -> Iterator[Values]:
        students = students_visible_to(user)
        if batch := filters.get("batch"):
            students = students.filter(enrollments__batch__code=batch, enrollments__ended_on=None)
        if status := filters.get("status"):
            students = students.filter(student_profile__status=status)
        for row in streamed(STUDENTS_BY_ID, students.order_by("email").values_list("pk", flat=True)):
            if passes(values := self._values(row), filters):
                yield values

    def create(self, rows: Sequence[Values]) -> None:
        people = [
            NewPerson(
                email=row["email"],
                name=row["name"],
                role_keys=(roles.STUDENT,),
                phone=row["phone"],
                city=row["city"],
                student_id=row["student_id"] or None,
                timezone=row["timezone"],
                status=row["status"],
            )
            for row in rows
        ]
        created = create_people(actor=self.actor, people=people)
        self._enroll((user, row["batch"]) for user, row in zip(created, rows, strict=True))

    def change(self, changes: Sequence[Change]) -> None:
        users = User.objects.select_related("student_profile").in_bulk([change.existing.ref for change in changes])
        edits = []
        joins, leaves = [], []
        for change in changes:
            user, values = users[change.existing.ref], dict(change.values)
            if (batches := values.pop("batch", None)) is not None:
                before = set(change.existing.values["batch"])
                joins.append((user, set(batches) - before))
                leaves += [(user.pk, code) for code in before - set(batches)]
            if "student_id" in values:
                values["student_id"] = values["student_id"] or None
            if values:
                edits.append((user, values))
        if edits:
            edit_people(actor=self.actor, changes=edits, is_restoring=self.is_restoring)
        self._enroll(joins)
        if leaves:
            remove_enrollments(actor=self.actor, enrollments=self._open_enrollments(leaves))

    def remove(self, existing: Sequence[Existing]) -> None:
        keys = [each.ref for each in existing]
        remove_enrollments(actor=self.actor, enrollments=list(Enrollment.objects.filter(student__in=keys)))
        remove_people(actor=self.actor, users=list(User.objects.filter(pk__in=keys)))

    def in_use(self, existing: Sequence[Existing]) -> dict[Key, str]:
        keys = [each.ref for each in existing]
        student_of = dict(Enrollment.objects.filter(student__in=keys).values_list("pk", "student"))
        used = {student_of[pk] for pk in enrollments_in_use(student_of)}
        used |= people_in_use(keys, besides=("enrollments",))
        # A role that was given, and a batch that was left, came after the import: a new student has neither.
        held = User.groups.through.objects.filter(user__in=keys, group__role__isnull=False)
        used |= set(held.exclude(group__role__key=roles.STUDENT).values_list("user", flat=True))
        used |= set(
            Enrollment.objects.filter(student__in=keys, ended_on__isnull=False).values_list("student", flat=True)
        )
        sentence = _("The student has used the site since, or something was recorded about them.")
        return {(each.values["email"],): sentence for each in existing if each.ref in used}

    def cannot_return(self, changes: Sequence[Change]) -> dict[Key, str]:
        numbers = {change.values["student_id"] for change in changes if change.values.get("student_id")}
        owners = addresses_of(numbers)
        left = {
            (change.existing.ref, code)
            for change in changes
            for code in set(change.existing.values["batch"])
            - set(change.values.get("batch", change.existing.values["batch"]))
        }
        leaving = self._open_enrollments(list(left)) if left else []
        used = enrollments_in_use([each.pk for each in leaving])
        held = {each.student_id for each in leaving if each.pk in used}
        found = {}
        for change in changes:
            email = change.existing.values["email"]
            owner = owners.get(change.values.get("student_id", ""), email)
            if owner != email:
                found[email,] = _("%(email)s has the previous student number by now.") % {"email": owner}
            elif change.existing.ref in held:
                found[email,] = _(
                    "Something was recorded about the student in the batch since. End the enrollment instead."
                )
        return found

    def _values(self, row: tuple) -> Values:
        _pk, email, name, phone, student_id, status, timezone, city, batches = row
        return {
            "email": email,
            "name": name,
            "phone": phone,
            "student_id": as_read(student_id),
            "status": status,
            "timezone": timezone,
            "city": as_read(city or ""),
            "batch": batches,
        }

    def _differs(self, draft: Draft, existing: Existing) -> bool:
        after = self.after(existing.values, draft.values)
        return any(existing.values[column] != value for column, value in after.items())

    def _owners_of_numbers(self, drafts: Sequence[Draft]) -> dict[str, str]:
        numbers = [draft.values["student_id"] for draft in drafts if draft.values.get("student_id")]
        known = StudentProfile.objects.filter(student_id__in=numbers).values_list("student_id", "user__email")
        self._numbers |= dict(known)
        return self._numbers

    @cached_property
    def _numbers(self) -> dict[str, str]:
        """Student number → address, of the database and of the rows read so far: a file can give one number twice."""
        return {}

    def _enroll(self, students: object) -> None:
        by_batch: dict[str, list[User]] = defaultdict(list)
        for user, codes in students:
            for code in codes:
                by_batch[code].append(user)
        for code in sorted(by_batch):
            enroll(actor=self.actor, students=by_batch[code], batch=self.lookups.batches[code])

    def _open_enrollments(self, pairs: list[tuple[int, str]]) -> list[Enrollment]:
        wanted = set(pairs)
        found = Enrollment.objects.filter(student__in={pk for pk, _code in pairs}, ended_on=None).select_related(
            "batch"
        )
        return [each for each in found if (each.student_id, each.batch.code) in wanted]


class StaffKind(Kind):
    """People who are not only students, with their roles. Nobody gives a role above their own."""

    key = "staff"
    label = gettext_lazy("Staff")
    key_columns = ("email",)
    import_permissions = ("accounts.manage_users",)
    export_permissions = ("accounts.view_users",)

    email = Column(EmailCell(), needed=True)
    name = Column(NameCell(), needed=True)
    phone = Column(PhoneCell(), clearable=True)
    roles = Column(CodesCell(), needed=True, empty=[])

    @cached_property
    def known_roles(self) -> set[str]:
        return set(Role.objects.values_list("key", flat=True))

    @cached_property
    def givable(self) -> set[str]:
        return self.known_roles if self.actor is None else roles_givable_by(self.actor)

    def resolve(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            for role in draft.values.get("roles", ()):
                if role not in self.known_roles:
                    draft.reject(
                        "roles",
                        _("There is no role “%(role)s”. The roles are %(known)s.")
                        % {"role": role, "known": ", ".join(sorted(self.known_roles))},
                    )

    def current(self, keys: Sequence[Key], *, lock: bool = False) -> dict[Key, Existing]:
        with connection.cursor() as cursor:
            cursor.execute(STAFF_BY_KEY + (LOCKED if lock else ""), [[email for (email,) in keys]])
            return {(row[1],): Existing(row[0], self._values(row)) for row in cursor.fetchall()}

    def check(self, drafts: Sequence[Draft], current: dict[Key, Existing]) -> None:
        for draft in drafts:
            existing = current.get(self.key_of(draft.values))
            held = set(existing.values["roles"]) if existing else set()
            is_edit = existing and any(existing.values[name] != value for name, value in draft.values.items())
            concerned = (set(draft.values.get("roles", held)) ^ held) | (held if is_edit else set())
            above = concerned - self.givable
            if above & self.known_roles:
                draft.reject(
                    "roles",
                    _("The role “%(role)s” may do more than you. Ask an admin to give or take it.")
                    % {"role": sorted(above)[0]},
                )

    def count(self) -> int:
        return self._staff().count()

    def rows(self, user: User, filters: dict[str, str]) -> Iterator[Values]:
        staff = self._staff()
        for row in streamed(STAFF_BY_ID, staff.order_by("email").values_list("pk", flat=True)):
            if passes(values := self._values(row), filters):
                yield values

    def create(self, rows: Sequence[Values]) -> None:
        people = [
            NewPerson(email=row["email"], name=row["name"], role_keys=tuple(row["roles"]), phone=row["phone"])
            for row in rows
        ]
        create_people(actor=self.actor, people=people)

    def change(self, changes: Sequence[Change]) -> None:
        users = User.objects.in_bulk([change.existing.ref for change in changes])
        edits, roles_by_user = [], {}
        for change in changes:
            user, values = users[change.existing.ref], dict(change.values)
            if "roles" in values:
                roles_by_user[user] = values.pop("roles")
            if values:
                edits.append((user, values))
        if edits:
            edit_people(actor=self.actor, changes=edits)
        if roles_by_user:
            set_roles_of(actor=self.actor, roles_by_user=roles_by_user)

    def remove(self, existing: Sequence[Existing]) -> None:
        remove_people(actor=self.actor, users=list(User.objects.filter(pk__in=[each.ref for each in existing])))

    def in_use(self, existing: Sequence[Existing]) -> dict[Key, str]:
        used = people_in_use([each.ref for each in existing])
        sentence = _("The person has used the site since, or something was recorded about them.")
        kept = {(each.values["email"],): sentence for each in existing if each.ref in used}
        return kept | self._above((each, each.values["roles"]) for each in existing)

    def cannot_return(self, changes: Sequence[Change]) -> dict[Key, str]:
        return self._above(
            (change.existing, {*change.existing.values["roles"], *change.values.get("roles", ())}) for change in changes
        )

    def _above(self, concerned: object) -> dict[Key, str]:
        sentence = _("A role of this person may do more than you. Ask an admin to take this back.")
        return {(each.values["email"],): sentence for each, held in concerned if set(held) - self.givable}

    def _values(self, row: tuple) -> Values:
        _pk, email, name, phone, held = row
        return {"email": email, "name": name, "phone": phone, "roles": held}

    def _staff(self):
        return User.objects.filter(
            pk__in=User.groups.through.objects.filter(group__role__isnull=False)
            .exclude(group__role__key=roles.STUDENT)
            .values("user")
        )
