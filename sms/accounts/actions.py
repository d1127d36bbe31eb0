"""What people do to their own account, and what keeps their addresses in one piece.

The address that a person signs in with stands twice: in User.email, which the site reads, and in
allauth's EmailAddress, which knows whether it is verified. Whoever writes the first calls
`remember_verified_address`; allauth itself writes both when a person confirms a new address.
"""

from collections.abc import Collection

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.choices import Contact
from sms.accounts.models import StudentProfile, User
from sms.audit.actions import record
from sms.core import bulk
from sms.core.fields import clean_email, clean_name, clean_phone
from sms.core.problems import Refused

BATCH_SIZE = 1_000
REVEALED = gettext_noop("revealed a contact of")


@transaction.atomic
def register_student(*, email: str, name: str, password: str, phone: str = "", language: str = "en") -> User:
    """A student who registers themself waits: no role until staff approve. Raises Refused for an address in use."""
    user = User(email=clean_email(email), name=clean_name(name), phone=clean_phone(phone), language=language)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise Refused(_("Someone with the address %(email)s exists already.") % {"email": user.email}) from None
    StudentProfile.objects.create(user=user)
    record(actor=user, verb=gettext_noop("registered"), subject=user)
    return user


@transaction.atomic
def update_profile(*, user: User, **details: str | bool) -> None:
    """Sets what the person may choose themself: name, phone, timezone, language, theme, notifications.

    The audit event names the fields that changed, not their values.
    """
    changed = sorted(field for field, value in details.items() if getattr(user, field) != value)
    if not changed:
        return
    for field in changed:
        setattr(user, field, details[field])
    user.save(update_fields=changed)
    record(actor=user, verb=gettext_noop("updated the profile"), subject=user, data={"changed": changed})


@transaction.atomic
def remember_verified_address(users: Collection[User]) -> None:
    """Makes User.email the one verified address of each person, in bulk. Staff vouch for it by entering it."""
    keys = [user.pk for user in users]
    EmailAddress.objects.filter(user_id__in=keys).exclude(email=F("user__email")).delete()
    # An address that is now someone's own can no longer be on its way to someone else.
    EmailAddress.objects.filter(email__in=[user.email for user in users]).exclude(user_id__in=keys).delete()
    EmailAddress.objects.bulk_create(
        [EmailAddress(user_id=user.pk, email=user.email, verified=True, primary=True) for user in users],
        update_conflicts=True,
        unique_fields=["user", "email"],
        update_fields=["verified", "primary"],
        batch_size=BATCH_SIZE,
    )


@transaction.atomic
def remember_new_addresses(users: Collection[User]) -> None:
    """`remember_verified_address` for people who have just been created and so have none yet."""
    EmailAddress.objects.filter(email__in=bulk.among((user.email for user in users), "text")).delete()
    bulk.insert(
        EmailAddress,
        ["user_id", "email", "verified", "primary"],
        [(user.pk, user.email, True, True) for user in users],
    )


@transaction.atomic
def reveal_contact(*, actor: User, user: User, which: str) -> str:
    """The phone number or the address of a student, whom the view has found among those that the actor may reveal.

    Each reveal is an event: who, when, whose, which. It names the contact and does not hold it.
    """
    record(actor=actor, verb=REVEALED, subject=user, data={"which": Contact(which).value})
    return getattr(user, which)


@transaction.atomic
def end_session(*, user: User, session: UserSession) -> None:
    """Signs the person out on one of their devices, from that device's next request on."""
    session.end()
    record(actor=user, verb=gettext_noop("ended a session"), subject=user, data={"ip": session.ip})


@transaction.atomic
def end_all_sessions(*, actor: User, user: User) -> None:
    """Signs the person out everywhere, so that none of their sessions can come back to life."""
    for session in UserSession.objects.filter(user=user):
        session.end()
    record(actor=actor, verb=gettext_noop("ended all sessions of"), subject=user)
