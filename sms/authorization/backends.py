"""Who is asking, and what they may do, in one query.

Every request needs the person, their roles and their permissions; Django asks for them one after
the other. Here they come with the person's row, which is worth two round trips on each request.
"""

from django.contrib.auth.models import Permission
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from allauth.account.auth_backends import AuthenticationBackend

from sms.accounts.models import User
from sms.authorization.models import Role


class RoleBackend(AuthenticationBackend):
    """Signs in by e-mail address; permissions come from roles alone, never from the person."""

    def get_user(self, user_id: int) -> User | None:
        return with_roles(User.objects.filter(is_active=True, pk=user_id)).first()

    def get_all_permissions(self, user_obj: User, obj: object = None) -> set[str]:
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "role_permissions"):
            user_obj.role_permissions = with_roles(User.objects.filter(pk=user_obj.pk)).get().role_permissions
        return set(user_obj.role_permissions)

    def has_perm(self, user_obj: User, perm: str, obj: object = None) -> bool:
        return perm in self.get_all_permissions(user_obj, obj)


def with_roles(users: QuerySet[User]) -> QuerySet[User]:
    """Annotates `role_permissions` ("app.codename" …) and `role_keys`."""
    permissions = (
        Permission.objects.filter(group__user=OuterRef("pk"))
        .annotate(name=Concat("content_type__app_label", Value("."), "codename"))
        .values("name")
        .distinct()
    )
    roles = Role.objects.filter(group__user=OuterRef("pk")).order_by("pk").values("key")
    return users.annotate(role_permissions=ArraySubquery(permissions), role_keys=ArraySubquery(roles))
