"""Who holds which role: what the actions of this app share. It checks and writes, and records nothing."""

from collections.abc import Collection, Iterable, Mapping

from django.contrib.auth.models import Group
from django.utils.translation import gettext as _

from sms.accounts.choices import StudentStatus
from sms.accounts.models import StudentProfile, User
from sms.authorization import queries, roles
from sms.authorization.models import Role
from sms.core import bulk
from sms.core.problems import Refused

Memberships = User.groups.through


def lock(keys: Collection[int]) -> None:
    """Has everyone else who writes these people wait. Always in the same order, so that two never wait for each other."""
    list(User.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk").values_list("pk"))


def held_roles(keys: Iterable[int]) -> dict[int, set[str]]:
    """The role keys that each of the people holds."""
    held: dict[int, set[str]] = {key: set() for key in keys}
    for user, role in Memberships.objects.filter(user__in=held, group__role__isnull=False).values_list(
        "user_id", "group__role__key"
    ):
        held[user].add(role)
    return held


def check_givable(actor: User | None, role_keys: Collection[str]) -> None:
    """Nobody gives or takes a role that may do more than they may."""
    if actor is None or not role_keys:
        return
    above = set(role_keys) - queries.roles_givable_by(actor)
    if above:
        titles = sorted(str(role) for role in Role.objects.filter(key__in=above)) or sorted(above)
        raise Refused(
            _("You cannot give or take the role %(roles)s, which may do more than you may. Ask an admin.")
            % {"roles": ", ".join(titles)}
        )


def check_admin_remains(leaving: Collection[int]) -> None:
    if not leaving:
        return
    # The lock makes two admins who remove each other at once wait for one another.
    admins = Group.objects.select_for_update().get(role__key=roles.ADMIN).user_set.filter(is_active=True)
    gone = admins.filter(pk__in=leaving).first()
    if gone and not admins.exclude(pk__in=leaving).exists():
        raise Refused(_("%(name)s is the only admin. Give the role to someone else first.") % {"name": gone})


def make_active(keys: Collection[int]) -> None:
    """Makes active students of these people, whatever they were before."""
    if not keys:
        return
    known = set(StudentProfile.objects.filter(user__in=keys).values_list("user_id", flat=True))
    bulk.insert(
        StudentProfile, ["user_id", "city", "status"], [(k, "", StudentStatus.ACTIVE) for k in keys if k not in known]
    )
    StudentProfile.objects.filter(user__in=known).update(status=StudentStatus.ACTIVE)


def student_role_follows(people: Mapping[int, User], statuses: Mapping[int, str]) -> None:
    """Gives the student role to those whose status has become active, and takes it from the others."""
    group = Role.objects.values_list("group_id", flat=True).get(key=roles.STUDENT)
    holders = set(Memberships.objects.filter(group=group, user__in=statuses).values_list("user_id", flat=True))
    active = {key for key, status in statuses.items() if status == StudentStatus.ACTIVE}
    bulk.insert(Memberships, ["user_id", "group_id"], [(key, group) for key in sorted(active - holders)])
    Memberships.objects.filter(group=group, user__in=statuses.keys() - active).delete()
    for key in statuses:
        forget_permissions(people[key])


def forget_permissions(user: User) -> None:
    """What the person may do is kept on the object (backends.py) and has just changed."""
    vars(user).pop("role_permissions", None)
