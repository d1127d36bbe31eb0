"""Letting students in who registered themselves, or not."""

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext_noop

from sms.accounts.choices import STUDENT_MOVES, StudentStatus
from sms.accounts.models import StudentProfile, User
from sms.audit.actions import record
from sms.authorization import roles
from sms.core.states import check_move


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


def _move_student(user: User, status: StudentStatus) -> None:
    profile = StudentProfile.objects.select_for_update().get(user=user)
    check_move(STUDENT_MOVES, profile.status, status)
    profile.status = status
    profile.save(update_fields=["status"])
