"""Giving and taking roles; approving students; creating and deactivating people.

People are managed here and not in accounts, because a person without a role can do nothing: the
two are one act for the admin.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.actions import end_all_sessions, remember_verified_address
from sms.accounts.choices import STUDENT_MOVES, StudentStatus
from sms.accounts.models import StudentProfile, User
from sms.accounts.tasks import invite
from sms.audit.actions import record, record_many
from sms.authorization import roles
from sms.authorization.models import Role
from sms.core.fields import clean_email, clean_name
from sms.core.problems import Refused
from sms.core.states import check_move

BULK = 1_000


@transaction.atomic
def sync_roles() -> None:
    """Brings the built-in roles to the sets declared in roles.py. Roles that an admin edited stay."""
    by_name = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for declared in roles.BUILT_IN:
        group, _created = Group.objects.get_or_create(name=declared.key)
        role, _created = Role.objects.get_or_create(
            key=declared.key, defaults={"title": str(declared.title), "group": group, "built_in": True}
        )
        if not role.edited:
            group.permissions.set(by_name[name] for name in sorted(declared.permissions) if name in by_name)


@transaction.atomic
def edit_role(*, actor: User, role: Role, title: str, permissions: Collection[Permission]) -> None:
    """Sets what a role may do. A built-in role that was edited is no longer brought back by sync_roles."""
    if role.key == roles.ADMIN and not any(p.codename == "manage_roles" for p in permissions):
        raise Refused(_("The admin role must keep the permission to edit roles, or nobody could give it back."))
    before = set(role.group.permissions.values_list("codename", flat=True))
    after = {permission.codename for permission in permissions}
    role.title, role.edited = title, True
    role.save(update_fields=["title", "edited"])
    role.group.permissions.set(permissions)
    record(
        actor=actor,
        verb=gettext_noop("edited the role"),
        subject=role,
        data={"added": sorted(after - before), "removed": sorted(before - after)},
    )


@transaction.atomic
def create_role(*, actor: User, key: str, title: str, permissions: Collection[Permission]) -> Role:
    if Role.objects.filter(key=key).exists() or Group.objects.filter(name=key).exists():
        raise Refused(_("A role with the key “%(key)s” exists already. Choose another one.") % {"key": key})
    role = Role.objects.create(key=key, title=title, group=Group.objects.create(name=key), edited=True)
    role.group.permissions.set(permissions)
    record(actor=actor, verb=gettext_noop("created the role"), subject=role)
    return role


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
    """What `create_people` needs to know of one person. City and student number are kept of students only."""

    email: str
    name: str
    role_keys: Collection[str]
    phone: str = ""
    city: str = ""
    student_id: str | None = None


@transaction.atomic
def create_people(*, actor: User | None, people: Iterable[NewPerson], password: str | None = None) -> list[User]:
    """The bulk form of `create_person`: a handful of statements for any number of people.

    `password` is hashed once and given to all of them, which is right for a demo or a test and for nothing
    else; without it everyone sets their own by the reset mail. All or nobody: raises Refused when an address exists.
    """
    people = list(people)
    hashed = make_password(password)
    users = [
        User(email=clean_email(person.email), name=clean_name(person.name), phone=person.phone, password=hashed)
        for person in people
    ]
    try:
        with transaction.atomic():
            User.objects.bulk_create(users, batch_size=BULK)
    except IntegrityError:
        raise Refused(_("Someone with one of these addresses exists already. Nobody was created.")) from None
    groups = dict(Role.objects.values_list("key", "group_id"))
    User.groups.through.objects.bulk_create(
        [
            User.groups.through(user=user, group_id=groups[key])
            for user, person in zip(users, people, strict=True)
            for key in person.role_keys
        ],
        batch_size=BULK,
    )
    StudentProfile.objects.bulk_create(
        [
            StudentProfile(user=user, student_id=person.student_id, city=person.city, status=StudentStatus.ACTIVE)
            for user, person in zip(users, people, strict=True)
            if roles.STUDENT in person.role_keys
        ],
        batch_size=BULK,
    )
    remember_verified_address(users)
    record_many(actor=actor, verb=gettext_noop("created"), subjects=users)
    return users


@transaction.atomic
def edit_person(*, actor: User, user: User, email: str, name: str, role_keys: Collection[str], **details: str) -> None:
    user.email, user.name = clean_email(email), clean_name(name)
    for field, value in details.items():
        setattr(user, field, value)
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "name", *details])
    except IntegrityError:
        raise Refused(_("Someone with the address %(email)s exists already.") % {"email": user.email}) from None
    remember_verified_address([user])
    record(actor=actor, verb=gettext_noop("edited"), subject=user)
    set_roles(actor=actor, user=user, role_keys=role_keys)


@transaction.atomic
def set_roles(*, actor: User | None, user: User, role_keys: Collection[str]) -> None:
    """Gives exactly these roles. The last person who may edit roles keeps that power."""
    held = set(Role.objects.filter(group__user=user).values_list("key", flat=True))
    wanted = set(role_keys)
    if held == wanted:
        return
    if roles.ADMIN in held - wanted:
        _check_admin_remains(user)
    user.groups.set(Group.objects.filter(role__key__in=wanted))
    if roles.STUDENT in wanted:
        StudentProfile.objects.get_or_create(user=user, defaults={"status": StudentStatus.ACTIVE})
    record(
        actor=actor,
        verb=gettext_noop("changed the roles of"),
        subject=user,
        data={"added": sorted(wanted - held), "removed": sorted(held - wanted)},
    )


@transaction.atomic
def deactivate_person(*, actor: User, user: User) -> None:
    """Ends the person's access from their next request on; their record stays."""
    if user == actor:
        raise Refused(_("You cannot deactivate yourself. Ask another admin."))
    _check_admin_remains(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_all_sessions(actor=actor, user=user)
    record(actor=actor, verb=gettext_noop("deactivated"), subject=user)


@transaction.atomic
def reactivate_person(*, actor: User, user: User) -> None:
    user.is_active = True
    user.save(update_fields=["is_active"])
    record(actor=actor, verb=gettext_noop("reactivated"), subject=user)


@transaction.atomic
def approve_student(*, actor: User, user: User) -> None:
    """Lets a student who registered themself in: active, with the student role."""
    _move_student(user, StudentStatus.ACTIVE)
    user.groups.add(Group.objects.get(role__key=roles.STUDENT))
    record(actor=actor, verb=gettext_noop("approved"), subject=user)


@transaction.atomic
def decline_student(*, actor: User, user: User) -> None:
    _move_student(user, StudentStatus.DECLINED)
    record(actor=actor, verb=gettext_noop("declined"), subject=user)


@transaction.atomic
def switch_role(*, user: User, role_key: str) -> None:
    """Changes whose home and navigation the person sees. It gives no permission."""
    if not Role.objects.filter(key=role_key, group__user=user).exists():
        raise Refused(_("You do not hold that role."))
    user.active_role_key = role_key
    user.save(update_fields=["active_role_key"])


def _move_student(user: User, status: StudentStatus) -> None:
    profile = StudentProfile.objects.select_for_update().get(user=user)
    check_move(STUDENT_MOVES, profile.status, status)
    profile.status = status
    profile.save(update_fields=["status"])


def _check_admin_remains(leaving: User) -> None:
    # The lock makes two admins who remove each other at once wait for one another.
    admins = Group.objects.select_for_update().get(role__key=roles.ADMIN).user_set.filter(is_active=True)
    if admins.filter(pk=leaving.pk).exists() and not admins.exclude(pk=leaving.pk).exists():
        raise Refused(_("%(name)s is the only admin. Give the role to someone else first.") % {"name": leaving})
