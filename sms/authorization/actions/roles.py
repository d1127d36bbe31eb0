"""Roles: what they may do, and who holds them."""

from collections.abc import Collection, Mapping

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.choices import StudentStatus
from sms.accounts.models import StudentProfile, User
from sms.audit.actions import record, record_each
from sms.authorization import roles
from sms.authorization.holding import (
    Memberships,
    check_admin_remains,
    check_givable,
    forget_permissions,
    held_roles,
    lock,
    make_active,
)
from sms.authorization.models import Role
from sms.core import bulk
from sms.core.problems import Refused


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
def switch_role(*, user: User, role_key: str) -> None:
    """Changes whose home and navigation the person sees. It gives no permission."""
    if not Role.objects.filter(key=role_key, group__user=user).exists():
        raise Refused(_("You do not hold that role."))
    user.active_role_key = role_key
    user.save(update_fields=["active_role_key"])


@transaction.atomic
def set_roles(*, actor: User | None, user: User, role_keys: Collection[str]) -> None:
    """Gives exactly these roles. See `set_roles_of`, of which this is the case of one person."""
    set_roles_of(actor=actor, roles_by_user={user: role_keys})


@transaction.atomic
def set_roles_of(*, actor: User | None, roles_by_user: Mapping[User, Collection[str]]) -> None:
    """Gives each person exactly these roles, in a handful of statements for any number of people.

    The student role and the status of a student go together: who gets it is active, an active student who
    loses it has left. Raises Refused, and changes nobody, when the actor gives or takes a role above their own,
    or when no active person would be left who may edit roles.
    """
    people = {user.pk: user for user in roles_by_user}
    lock(people)
    held = held_roles(people)
    wanted = {user.pk: set(keys) for user, keys in roles_by_user.items()}
    added = {key: wanted[key] - held[key] for key in people if wanted[key] - held[key]}
    removed = {key: held[key] - wanted[key] for key in people if held[key] - wanted[key]}
    changed = [key for key in people if key in added or key in removed]
    if not changed:
        return
    check_givable(actor, set().union(*added.values(), *removed.values()))
    check_admin_remains([key for key, gone in removed.items() if roles.ADMIN in gone])

    groups = dict(Role.objects.values_list("key", "group_id"))
    _take(removed, groups)
    bulk.insert(
        Memberships,
        ["user_id", "group_id"],
        [(key, groups[role]) for key, new in added.items() for role in sorted(new)],
    )
    make_active([key for key, new in added.items() if roles.STUDENT in new])
    StudentProfile.objects.filter(
        user__in=[key for key, gone in removed.items() if roles.STUDENT in gone], status=StudentStatus.ACTIVE
    ).update(status=StudentStatus.LEFT)
    for key in changed:
        forget_permissions(people[key])
    record_each(
        actor=actor,
        verb=gettext_noop("changed the roles of"),
        events=[
            (people[key], {"added": sorted(added.get(key, ())), "removed": sorted(removed.get(key, ()))})
            for key in changed
        ],
    )


def _take(removed: Mapping[int, set[str]], groups: Mapping[str, int]) -> None:
    people_of: dict[str, list[int]] = {}
    for key, gone in removed.items():
        for role in gone:
            people_of.setdefault(role, []).append(key)
    for role, people in people_of.items():
        Memberships.objects.filter(group=groups[role], user__in=people).delete()
