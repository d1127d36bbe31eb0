"""Creating, editing, removing and deactivating people, one at a time and thousands at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.actions import end_all_sessions, remember_new_addresses, remember_verified_address
from sms.accounts.choices import STUDENT_MOVES, StudentStatus
from sms.accounts.models import StudentProfile, User
from sms.accounts.tasks import invite
from sms.audit.actions import record, record_each, record_many
from sms.authorization import queries, roles
from sms.authorization.actions.roles import set_roles
from sms.authorization.holding import (
    Memberships,
    check_admin_remains,
    check_givable,
    held_roles,
    lock,
    student_role_follows,
)
from sms.authorization.models import Role
from sms.core import bulk
from sms.core.fields import clean_email, clean_name, default_timezone
from sms.core.problems import Refused
from sms.core.sentences import listed
from sms.core.states import check_move

NAMED = 5  # people whom a sentence names before it only counts
USER_FIELDS = ("name", "phone", "timezone")
STUDENT_FIELDS = ("student_id", "city", "status")

Values = Mapping[str, object]


@transaction.atomic
def create_person(
    *, actor: User | None, email: str, name: str, role_keys: Collection[str], site: str = "", **details: str
) -> User:
    """A person who can sign in once they have set a password by the reset mail.

    `details` may hold phone, timezone, language. A student role brings a StudentProfile, active at once.
    With `site`, the address of this site (https://…/), the person is invited by mail to choose a password.
    Raises Refused when someone with this address exists.
    """
    user = User(email=clean_email(email), name=clean_name(name), **details)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise Refused(_("Someone with the address %(email)s exists already.") % {"email": user.email}) from None
    remember_verified_address([user])
    record(actor=actor, verb=gettext_noop("created"), subject=user)
    set_roles(actor=actor, user=user, role_keys=role_keys)
    if site:
        invite(user.pk, site)
    return user


@dataclass(frozen=True)
class NewPerson:
    """What `create_people` needs to know of one person. City, student number and status are kept of students only.

    An empty `timezone` is that of the site. A student whose `status` is not active gets no student role.
    """

    email: str
    name: str
    role_keys: Collection[str]
    phone: str = ""
    city: str = ""
    student_id: str | None = None
    timezone: str = ""
    status: str = StudentStatus.ACTIVE

    @property
    def is_student(self) -> bool:
        return roles.STUDENT in self.role_keys

    @property
    def roles_to_give(self) -> set[str]:
        kept_out = {roles.STUDENT} if self.status != StudentStatus.ACTIVE else set()
        return set(self.role_keys) - kept_out


@transaction.atomic
def create_people(*, actor: User | None, people: Iterable[NewPerson], password: str | None = None) -> list[User]:
    """The bulk form of `create_person`: a handful of statements for any number of people.

    `password` is hashed once and given to all of them, which is right for a demo or a test and for nothing
    else; without it everyone sets their own by the reset mail. All or nobody: raises Refused when an address
    or a student number is somebody's, or a role lies above those of the actor.
    """
    people = list(people)
    check_givable(actor, set().union(*(person.role_keys for person in people)))
    users = _new_users(people, make_password(password))
    groups = dict(Role.objects.values_list("key", "group_id"))
    pairs = list(zip(users, people, strict=True))
    try:
        with transaction.atomic():
            bulk.insert(User, WRITTEN, [[getattr(user, field) for field in WRITTEN] for user in users])
    except IntegrityError:
        raise Refused(_("Someone with one of these addresses exists already. Nobody was created.")) from None
    bulk.insert(
        Memberships,
        ["user_id", "group_id"],
        [(user.pk, groups[key]) for user, person in pairs for key in sorted(person.roles_to_give)],
    )
    with _unique_student_numbers():
        bulk.insert(
            StudentProfile,
            ["user_id", *STUDENT_FIELDS],
            [(u.pk, p.student_id or None, p.city, p.status) for u, p in pairs if p.is_student],
        )
    remember_new_addresses(users)
    record_many(actor=actor, verb=gettext_noop("created"), subjects=users)
    return users


@transaction.atomic
def edit_person(*, actor: User, user: User, email: str, name: str, role_keys: Collection[str], **details: str) -> None:
    """Raises Refused when the address is someone else's, or when the person holds a role above those of the actor:
    whoever sets an address can have its password reset.
    """
    check_givable(actor, held_roles([user.pk])[user.pk])
    is_new_address = clean_email(email) != User.objects.values_list("email", flat=True).get(pk=user.pk)
    user.email, user.name = clean_email(email), clean_name(name)
    for field, value in details.items():
        setattr(user, field, value)
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "name", *details])
    except IntegrityError:
        raise Refused(_("Someone with the address %(email)s exists already.") % {"email": user.email}) from None
    if is_new_address:
        remember_verified_address([user])
    record(actor=actor, verb=gettext_noop("edited"), subject=user)
    set_roles(actor=actor, user=user, role_keys=role_keys)


@transaction.atomic
def edit_people(*, actor: User | None, changes: Iterable[tuple[User, Values]], is_restoring: bool = False) -> int:
    """The bulk form of `edit_person` for name, phone and timezone, and for a student's number, city and status.

    Each pair names a person once and the values wanted; what is so already counts as no change. Returns how many
    people changed. The status moves along STUDENT_MOVES (unless an import is taken back, and it returns) and takes the student role along: an active student holds
    it, one who waits, was declined or has left does not. Those still sign in, and find what they may do without
    it: their profile, and the pages of any other role. All or nobody: raises Refused.
    """
    people, wanted = {}, {}
    for user, values in changes:
        people[user.pk], wanted[user.pk] = user, values
    if unknown := set().union(*wanted.values()) - {*USER_FIELDS, *STUDENT_FIELDS}:
        raise TypeError(f"edit_people does not edit {sorted(unknown)}")
    lock(people)
    check_givable(actor, set().union(*held_roles(people).values()))
    user_rows = _changed_rows(User, USER_FIELDS, wanted, {key: key for key in people})
    students = {key: values for key, values in wanted.items() if values.keys() & set(STUDENT_FIELDS)}
    profiles = dict(StudentProfile.objects.filter(user__in=students).values_list("user_id", "pk"))
    _refuse(
        [people[key] for key in students if key not in profiles],
        _("%(names)s cannot get a student number, city or status, because they are no students."),
    )
    profile_rows = _changed_rows(StudentProfile, STUDENT_FIELDS, students, profiles)
    moves = {key: row.of("status") for key, row in profile_rows.items() if "status" in row.changed}
    for before, after in set() if is_restoring else set(moves.values()):
        check_move(STUDENT_MOVES, before, after)

    bulk.update(User, USER_FIELDS, [(key, *row.new) for key, row in user_rows.items()])
    with _unique_student_numbers():
        bulk.update(StudentProfile, STUDENT_FIELDS, [(profiles[key], *row.new) for key, row in profile_rows.items()])
    student_role_follows(people, {key: after for key, (_before, after) in moves.items()})
    fields = {
        key: sorted(name for rows in (user_rows, profile_rows) if key in rows for name in rows[key].changed)
        for key in people
        if key in user_rows or key in profile_rows
    }
    record_each(
        actor=actor,
        verb=gettext_noop("edited"),
        events=[(people[key], {"fields": names}) for key, names in fields.items()],
    )
    return len(fields)


@transaction.atomic
def remove_people(*, actor: User | None, users: Iterable[User]) -> None:
    """Deletes people who were created by mistake, with their profile, roles and addresses.

    All or nobody: raises Refused, and names them, when somebody has signed in or anything hangs on them. Those are
    deactivated instead, and their record stays.
    """
    people = {user.pk: user for user in users}
    lock(people)
    check_admin_remains(people)
    used = queries.people_in_use(people)
    _refuse(
        [user for key, user in people.items() if key in used],
        _("%(names)s cannot be removed, because they have signed in or taken part. Nobody was removed."),
    )
    record_many(actor=actor, verb=gettext_noop("removed"), subjects=people.values())
    for model in queries.MADE_WITH_A_PERSON:
        model.objects.filter(user__in=people).delete()
    bulk.delete(User, people)


@transaction.atomic
def deactivate_person(*, actor: User, user: User) -> None:
    """Ends the person's access from their next request on; their record stays."""
    if user == actor:
        raise Refused(_("You cannot deactivate yourself. Ask another admin."))
    check_admin_remains([user.pk])
    check_givable(actor, held_roles([user.pk])[user.pk])
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_all_sessions(actor=actor, user=user)
    record(actor=actor, verb=gettext_noop("deactivated"), subject=user)


@transaction.atomic
def reactivate_person(*, actor: User, user: User) -> None:
    user.is_active = True
    user.save(update_fields=["is_active"])
    record(actor=actor, verb=gettext_noop("reactivated"), subject=user)


# --- Parts


WRITTEN = [field.attname for field in User._meta.concrete_fields]


def _new_users(people: Collection[NewPerson], hashed: str) -> list[User]:
    blank = User()
    defaults = {field: getattr(blank, field) for field in WRITTEN}
    users = []
    for key, person in zip(bulk.new_keys(User, len(people)), people, strict=True):
        values = {
            **defaults,
            "id": key,
            "email": clean_email(person.email),
            "name": clean_name(person.name),
            "phone": person.phone,
            "timezone": person.timezone or default_timezone(),
            "password": hashed,
        }
        users.append(User.from_db(connection.alias, WRITTEN, list(values.values())))
    return users


@contextmanager
def _unique_student_numbers() -> Iterator[None]:
    """Turns a student number that two would have into a sentence."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Refused(_("One of these student numbers belongs to another student. Nothing was changed.")) from None


@dataclass(frozen=True)
class _Row:
    """What a row of one table holds and is to hold, in the order of `fields`."""

    fields: tuple[str, ...]
    old: tuple[object, ...]
    new: tuple[object, ...]

    @property
    def changed(self) -> list[str]:
        return [name for name, old, new in zip(self.fields, self.old, self.new, strict=True) if old != new]

    def of(self, field: str) -> tuple[object, object]:
        place = self.fields.index(field)
        return self.old[place], self.new[place]


def _changed_rows(
    model: type[User] | type[StudentProfile],
    fields: tuple[str, ...],
    wanted: Mapping[int, Values],
    row_keys: Mapping[int, int],
) -> dict[int, _Row]:
    """By person, the rows that will differ from what the database holds now, whatever the instances say."""
    stored = {
        key: tuple(values) for key, *values in model.objects.filter(pk__in=row_keys.values()).values_list("pk", *fields)
    }
    rows = {}
    for person, values in wanted.items():
        old = stored[row_keys[person]]
        new = tuple(_stored_as(name, values.get(name, value)) for name, value in zip(fields, old, strict=True))
        if new != old:
            rows[person] = _Row(fields, old, new)
    return rows


def _stored_as(field: str, value: object) -> object:
    if field == "name":
        return clean_name(str(value))
    if field == "student_id":
        return value or None  # two students without a number are not in each other's way
    return value


def _refuse(people: Collection[User], sentence: str) -> None:
    """Raises Refused with the names of the people, unless there are none."""
    if people:
        raise Refused(sentence % {"names": listed(people, at_most=NAMED)})
