"""Which mentor sees which student: the only module that imports guardian.

A grant says that one person may see one MissionEnrollment. It uses guardian's direct-foreign-key
model, so reading costs one indexed join whatever the number of other students (stack.md,
"Guardian"). Whoever opens or ends a mentor assignment writes the grant in the same transaction.
"""

from collections.abc import Iterable
from typing import TypeVar

from django.contrib.auth.models import Permission
from django.db import models
from django.db.models import Q, QuerySet
from guardian.models import UserObjectPermissionBase
from guardian.shortcuts import get_objects_for_user

PERMISSION = "programme.view_missionenrollment"
BATCH_SIZE = 5_000

Pair = tuple[int, int]  # (user's key, mission enrollment's key)
Granted = TypeVar("Granted", bound=models.Model)


class MissionEnrollmentGrant(UserObjectPermissionBase):
    content_object = models.ForeignKey("programme.MissionEnrollment", on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        app_label = "authorization"
        default_permissions = ()
        abstract = False


def granted_to(user: models.Model, mission_enrollments: QuerySet[Granted]) -> QuerySet[Granted]:
    """Those of the mission enrollments that the person holds a grant on."""
    return get_objects_for_user(
        user, PERMISSION, mission_enrollments, use_groups=False, accept_global_perms=False, with_superuser=False
    )


def grant(pairs: Iterable[Pair]) -> None:
    """Writes the grants that are missing; those that exist stay."""
    permission = _permission()
    MissionEnrollmentGrant.objects.bulk_create(
        [
            MissionEnrollmentGrant(user_id=user, content_object_id=mission_enrollment, permission=permission)
            for user, mission_enrollment in pairs
        ],
        ignore_conflicts=True,
        batch_size=BATCH_SIZE,
    )


def revoke(pairs: Iterable[Pair]) -> None:
    """Removes the grants; those that do not exist are passed over."""
    by_user: dict[int, list[int]] = {}
    for user, mission_enrollment in pairs:
        by_user.setdefault(user, []).append(mission_enrollment)
    for user, mission_enrollments in by_user.items():
        MissionEnrollmentGrant.objects.filter(Q(user=user) & Q(content_object__in=mission_enrollments)).delete()


def all_pairs() -> set[Pair]:
    """Every grant that exists, to be held against the assignments."""
    return set(MissionEnrollmentGrant.objects.values_list("user_id", "content_object_id"))


def _permission() -> Permission:
    app_label, codename = PERMISSION.split(".")
    return Permission.objects.get(content_type__app_label=app_label, codename=codename)
