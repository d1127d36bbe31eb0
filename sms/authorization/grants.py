"""Which mentor sees which student: the only module that imports guardian.

A grant says that one person may see one MissionEnrollment. It uses guardian's direct-foreign-key
model, so reading costs one indexed join whatever the number of other students (stack.md,
"Guardian"). Whoever opens or ends a mentor assignment writes the grant in the same transaction.
"""

from collections.abc import Iterable
from typing import TypeVar

from django.contrib.auth.models import Permission
from django.db import connection, models
from django.db.models import QuerySet
from guardian.models import UserObjectPermissionBase

PERMISSION = "programme.view_missionenrollment"

# One statement for any number of pairs: an allocation writes thousands at once.
GRANT = """
INSERT INTO authorization_missionenrollmentgrant (permission_id, user_id, content_object_id)
SELECT %s::integer, pair.user_id, pair.content_object_id
FROM UNNEST(%s::bigint[], %s::bigint[]) WITH ORDINALITY AS pair (user_id, content_object_id, place)
ORDER BY pair.place
ON CONFLICT DO NOTHING
"""
REVOKE = """
DELETE FROM authorization_missionenrollmentgrant given
USING UNNEST(%s::bigint[], %s::bigint[]) AS pair (user_id, content_object_id)
WHERE given.user_id = pair.user_id AND given.content_object_id = pair.content_object_id
"""

Pair = tuple[int, int]  # (user's key, mission enrollment's key)
Granted = TypeVar("Granted", bound=models.Model)


class MissionEnrollmentGrant(UserObjectPermissionBase):
    content_object = models.ForeignKey("programme.MissionEnrollment", on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        app_label = "authorization"
        default_permissions = ()
        abstract = False


def granted_to(user: models.Model, mission_enrollments: QuerySet[Granted]) -> QuerySet[Granted]:
    """Those of the mission enrollments that the person holds a grant on.

    What guardian's `get_objects_for_user` finds, by a join instead of a subquery: PostgreSQL plans the first eight
    tables of a long list of joins together and takes what follows, such as the semi-join of a subquery, as it comes.
    That read every student of the site before it looked who is granted (tests/bench/mentoring.py).
    """
    return mission_enrollments.filter(missionenrollmentgrant__user=user)


def grant(pairs: Iterable[Pair]) -> None:
    """Writes the grants that are missing; those that exist stay."""
    users, mission_enrollments = _columns(pairs)
    with connection.cursor() as cursor:
        cursor.execute(GRANT, [_permission().pk, users, mission_enrollments])


def revoke(pairs: Iterable[Pair]) -> None:
    """Removes the grants; those that do not exist are passed over."""
    with connection.cursor() as cursor:
        cursor.execute(REVOKE, _columns(pairs))


def all_pairs() -> set[Pair]:
    """Every grant that exists, to be held against the assignments."""
    return set(MissionEnrollmentGrant.objects.values_list("user_id", "content_object_id"))


def _columns(pairs: Iterable[Pair]) -> list[list[int]]:
    """In ascending order, in which two transactions that meet wait for one another instead of locking up."""
    ordered = sorted(set(pairs))
    return [[user for user, _ in ordered], [mission_enrollment for _, mission_enrollment in ordered]]


def _permission() -> Permission:
    app_label, codename = PERMISSION.split(".")
    return Permission.objects.get(content_type__app_label=app_label, codename=codename)
