"""Letting students in who registered themselves, or not; and editing what the site keeps of a student."""

from collections.abc import Iterable, Mapping

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.actions import remember_verified_address
from sms.accounts.choices import STUDENT_MOVES, StudentStatus
from sms.accounts.models import StudentProfile, User
from sms.audit.actions import record, record_many
from sms.authorization.actions.people import edit_people
from sms.authorization.approving import placement_for
from sms.authorization.holding import check_givable, held_roles, lock, student_role_follows
from sms.authorization.tasks import tell_decision
from sms.core.fields import clean_email
from sms.core.problems import Refused
from sms.core.states import check_move


@transaction.atomic
def approve_students(*, actor: User, users: Iterable[User], place: str = "", site: str = "") -> list[User]:
    """Lets students in who registered themselves: active, with the student role, and in the place if one is chosen.

    Bulk form. Who cannot become active any more, because somebody else has decided, is passed over; returns those
    who are let in. With `site`, the address of this site, each gets a mail.
    """
    placement = placement_for(actor) if place else None
    if place and (placement is None or place not in dict(placement.choices())):
        raise Refused(_("You cannot put students there. Choose another place, or none."))
    moved = _move(users, StudentStatus.ACTIVE)
    student_role_follows(moved, dict.fromkeys(moved, StudentStatus.ACTIVE))
    record_many(actor=actor, verb=gettext_noop("approved"), subjects=moved.values())
    if placement and moved:
        placement.put(actor, list(moved.values()), place)
    _tell(moved, StudentStatus.ACTIVE, "", site)
    return list(moved.values())


@transaction.atomic
def decline_students(*, actor: User, users: Iterable[User], reason: str = "", site: str = "") -> list[User]:
    """Turns down students who registered themselves. Bulk form, like `approve_students`; the mail gives the reason."""
    moved = _move(users, StudentStatus.DECLINED)
    reason = reason.strip()
    record_many(
        actor=actor,
        verb=gettext_noop("declined"),
        subjects=moved.values(),
        data={"reason": reason} if reason else {},
    )
    _tell(moved, StudentStatus.DECLINED, reason, site)
    return list(moved.values())


@transaction.atomic
def approve_student(*, actor: User, user: User, site: str = "") -> None:
    """`approve_students` for one, who must not have been decided on yet."""
    if not approve_students(actor=actor, users=[user], site=site):
        _refuse(user, StudentStatus.ACTIVE)


@transaction.atomic
def decline_student(*, actor: User, user: User, reason: str = "", site: str = "") -> None:
    if not decline_students(actor=actor, users=[user], reason=reason, site=site):
        _refuse(user, StudentStatus.DECLINED)


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


def _move(users: Iterable[User], status: StudentStatus) -> dict[int, User]:
    """Moves those of the students who may become so, and returns them by their keys."""
    people = {user.pk: user for user in users}
    leading_there = [before for before, after in STUDENT_MOVES.items() if status in after]
    profiles = StudentProfile.objects.filter(user__in=people, status__in=leading_there).order_by("user")
    keys = list(profiles.select_for_update().values_list("user_id", flat=True))
    StudentProfile.objects.filter(user__in=keys).update(status=status)
    return {key: people[key] for key in keys}


def _refuse(user: User, status: StudentStatus) -> None:
    check_move(STUDENT_MOVES, StudentProfile.objects.get(user=user).status, status)


def _tell(moved: Mapping[int, User], status: StudentStatus, reason: str, site: str) -> None:
    if site:
        for key in moved:
            tell_decision(key, status.value, reason, site)
