"""Reading roles and people."""

from django.contrib.auth.models import Permission
from django.db.models import Count, Q, QuerySet

from sms.accounts.models import User
from sms.authorization.models import Role


def roles() -> QuerySet[Role]:
    return Role.objects.annotate(people=Count("group__user", filter=Q(group__user__is_active=True)))


def roles_of(user: User) -> list[Role]:
    """The roles that a person holds, the built-in ones first."""
    return list(Role.objects.filter(group__user=user))


def active_role(user: User, held: list[Role]) -> Role | None:
    """The role whose home and navigation the person sees: the one they chose, or their first."""
    return next((role for role in held if role.key == user.active_role_key), held[0] if held else None)


def people() -> QuerySet[User]:
    return User.objects.prefetch_related("groups__role").order_by("name", "pk")


def people_with_role(key: str) -> QuerySet[User]:
    return User.objects.filter(groups__role__key=key, is_active=True)


def waiting_students() -> QuerySet[User]:
    return User.objects.filter(student_profile__status="waiting", is_active=True).order_by("date_joined", "pk")


def site_permissions() -> QuerySet[Permission]:
    """The permissions that this site declares, not those of the packages that it uses."""
    return (
        Permission.objects.filter(content_type__app_label__in=SITE_APPS)
        .exclude(codename="view_missionenrollment")
        .select_related("content_type")
        .order_by("content_type__app_label", "pk")
    )


SITE_APPS = (
    "accounts",
    "authorization",
    "audit",
    "programme",
    "mentoring",
    "points",
    "attendance",
    "assignments",
    "risk",
    "outreach",
    "data_exchange",
    "developer",
)
