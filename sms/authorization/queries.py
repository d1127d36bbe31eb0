"""Reading roles and people."""

from collections.abc import Collection, Iterable

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from sms.accounts.models import StudentProfile, User
from sms.authorization.models import Invitation, Role
from sms.authorization.roles import MENTOR, OVER_ONES_OWN, STUDENT


def roles() -> QuerySet[Role]:
    return Role.objects.annotate(people=Count("group__user", filter=Q(group__user__is_active=True)))


def roles_of(user: User) -> list[Role]:
    """The roles that a person holds, the built-in ones first."""
    return list(Role.objects.filter(group__user=user))


def active_role(user: User, held: list[Role]) -> Role | None:
    """The role whose home and navigation the person sees: the one they chose, or their first."""
    return next((role for role in held if role.key == user.active_role_key), held[0] if held else None)


def roles_givable_by(actor: User) -> set[str]:
    """The keys of the roles that the person may give and take: none that may do more than they may.

    Permissions over what is one's own put nobody above anybody, so they do not count. Whoever edits roles can
    make any role their own and is not held back.
    """
    if actor.has_perm("authorization.manage_roles"):
        return set(Role.objects.values_list("key", flat=True))
    above = (
        Permission.objects.exclude(pk__in=_permissions(actor.get_all_permissions()))
        .exclude(pk__in=_permissions(OVER_ONES_OWN))
        .values("pk")
    )
    return set(Role.objects.exclude(group__permissions__in=above).values_list("key", flat=True))


def people_above(actor: User, keys: Collection[int]) -> set[int]:
    """Those of the people who hold a role that the person may not give: their data is not theirs to edit."""
    beyond = Role.objects.exclude(key__in=roles_givable_by(actor)).values("group")
    held = User.groups.through.objects.filter(user__in=keys, group__in=beyond)
    return set(held.values_list("user_id", flat=True))


def roles_invitable_by(actor: User) -> set[str]:
    """The roles that the person may invite to: students with accounts.invite_people alone, mentors for whoever
    builds the programme and with it the roster, and every role they may give for whoever manages people.
    """
    if not actor.has_perm("accounts.invite_people"):
        return set()
    givable = roles_givable_by(actor)
    if actor.has_perm("accounts.manage_users"):
        return givable
    return givable & ({STUDENT, MENTOR} if actor.has_perm("programme.manage_programme") else {STUDENT})


def invitations_visible_to(user: User) -> QuerySet[Invitation]:
    """Whoever manages people sees all, everyone else those that they sent: an invitation shows an address."""
    invitations = Invitation.objects.select_related("invited_by")
    return invitations if user.has_perm("accounts.manage_users") else invitations.filter(invited_by=user)


def open_invitations() -> QuerySet[Invitation]:
    """Those that are neither accepted nor revoked, expired ones among them."""
    return Invitation.objects.filter(accepted_at=None, revoked_at=None)


def can_sign_in(user: User) -> bool:
    """Whether the person has a password and has shown that the address is theirs. Anyone can choose a password for an
    address of somebody else; until the address is confirmed, it is nobody's.
    """
    is_confirmed = EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()
    return user.has_usable_password() and is_confirmed


def people_in_use(keys: Iterable[int], *, besides: Collection[str] = ()) -> set[int]:
    """Those of the people who have ever signed in, or to whom anything of the site refers.

    A profile, roles and addresses are made with the person and count for nothing; nor do the relations named in
    `besides` (by their name on User, such as "enrollments"), of which the caller takes care.
    """
    references = Q(last_login__isnull=False)
    for relation in User._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and relation.related_model not in MADE_WITH_A_PERSON:
            if relation.get_accessor_name() in besides:
                continue
            field = relation.field
            if not field.many_to_many:
                references |= Exists(field.model._base_manager.filter(**{field.name: OuterRef("pk")}))
    return set(User.objects.filter(references, pk__in=list(keys)).values_list("pk", flat=True))


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


def _permissions(names: Iterable[str]) -> QuerySet[Permission]:
    """The permissions of these names (app.codename)."""
    label = Concat("content_type__app_label", Value("."), "codename")
    return Permission.objects.annotate(label=label).filter(label__in=list(names)).values("pk")


MADE_WITH_A_PERSON = {StudentProfile, EmailAddress, User.groups.through}

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
