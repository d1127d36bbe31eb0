"""Letting students in who registered themselves, or not; and editing what the site keeps of a student."""

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.actions import remember_verified_address
from sms.accounts.choices import STUDENT_MOVES, StudentStatus
from sms.accounts.models import StudentProfile, User
from sms.audit.actions import record
from sms.authorization import roles
from sms.authorization.actions.people import edit_people
from sms.authorization.holding import check_givable, held_roles, lock
from sms.core.fields import clean_email
from sms.core.problems import Refused
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


@transaction.atomic
def edit_student(*, actor: User, user: User, email: str, **values: object) -> None:
    """Edits the address and whatever `edit_people` edits of a student.

    Raises Refused when the address is someone else's, or when the student holds a role above those of the actor
    as well: whoever sets an address can have its password reset.
    """
    lock([user.pk])
    check_givable(actor, held_roles([user.pk])[user.pk])
    email = clean_email(email)
    if email != User.objects.values_list("email", flat=True).get(pk=user.pk):
        user.email = email
        try:
            with transaction.atomic():
                user.save(update_fields=["email"])
        except IntegrityError:
            raise Refused(_("Someone with the address %(email)s exists already.") % {"email": email}) from None
        remember_verified_address([user])
        record(actor=actor, verb=gettext_noop("edited"), subject=user, data={"fields": ["email"]})
    edit_people(actor=actor, changes=[(user, values)])


def _move_student(user: User, status: StudentStatus) -> None:
    profile = StudentProfile.objects.select_for_update().get(user=user)
    check_move(STUDENT_MOVES, profile.status, status)
    profile.status = status
    profile.save(update_fields=["status"])
