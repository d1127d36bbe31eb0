"""Who is asking, and what they may do, in one query.

Every request needs the person and their permissions; Django asks for them one after the other, and
puts each query together anew. Here they come in one statement that is written down: it is part of
every request, and building it with the query API costs more than running it.
"""

from allauth.account.auth_backends import AuthenticationBackend
from django.db import connection

from sms.accounts.models import User

FIELDS = [field.attname for field in User._meta.concrete_fields]
COLUMNS = [field.column for field in User._meta.concrete_fields]
ACTIVE_PERSON = f"""
SELECT {", ".join(f'person."{column}"' for column in COLUMNS)}, ARRAY(
    SELECT DISTINCT kind.app_label || '.' || permission.codename
    FROM accounts_user_groups held
    JOIN auth_group_permissions granted ON granted.group_id = held.group_id
    JOIN auth_permission permission ON permission.id = granted.permission_id
    JOIN django_content_type kind ON kind.id = permission.content_type_id
    WHERE held.user_id = person.id
) AS role_permissions
FROM accounts_user person
WHERE person.id = %s AND person.is_active
"""  # noqa: S608 the columns are those of the model


class RoleBackend(AuthenticationBackend):
    """Signs in by e-mail address; permissions come from roles alone, never from the person."""

    def get_user(self, user_id: int) -> User | None:
        with connection.cursor() as cursor:
            cursor.execute(ACTIVE_PERSON, [user_id])
            row = cursor.fetchone()
        if row is None:
            return None
        *values, role_permissions = row
        person = User.from_db(connection.alias, FIELDS, values)
        person.role_permissions = role_permissions
        return person

    def get_all_permissions(self, user_obj: User, obj: object = None) -> set[str]:
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "role_permissions"):
            person = self.get_user(user_obj.pk)
            user_obj.role_permissions = person.role_permissions if person else []
        return set(user_obj.role_permissions)

    def has_perm(self, user_obj: User, perm: str, obj: object = None) -> bool:
        return perm in self.get_all_permissions(user_obj, obj)
