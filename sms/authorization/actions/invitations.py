"""Inviting people by mail, and what becomes of an invitation.

A person who is invited twice is one person: an address has one open invitation, and accepting completes whoever
has the address by then.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.actions import remember_verified_address
from sms.accounts.models import User
from sms.audit.actions import record, record_many
from sms.authorization import queries
from sms.authorization.actions.people import create_person
from sms.authorization.actions.roles import set_roles
from sms.authorization.choices import VALID_FOR, InvitationState
from sms.authorization.holding import held_roles, lock
from sms.authorization.models import Invitation
from sms.authorization.tasks import send_link
from sms.core import bulk, clock
from sms.core.fields import clean_email, clean_name
from sms.core.problems import Refused

NO_LONGER = {
    InvitationState.ACCEPTED: gettext_noop("This invitation has been accepted already."),
    InvitationState.REVOKED: gettext_noop("This invitation has been taken back."),
    InvitationState.EXPIRED: gettext_noop("This invitation has expired. Ask for a new one."),
}


@dataclass(frozen=True)
class Invited:
    """What became of the addresses: `new` got a mail; `here` and `before` did not, as they are here or were invited."""

    new: list[Invitation]
    here: list[User]
    before: list[Invitation]


@transaction.atomic
def invite_people(*, actor: User, people: Iterable[tuple[str, str]], role_keys: Collection[str], site: str) -> Invited:
    """Invites the people, given as (name, address), to the roles. Bulk form; nobody is invited twice at once.

    Who is here already is left as they are. Raises Refused for a role that the actor may not invite to.
    """
    if not role_keys or set(role_keys) - queries.roles_invitable_by(actor):
        raise Refused(_("You cannot invite to these roles. Choose others, or ask an admin."))
    names = {clean_email(email): clean_name(name) for name, email in people}
    here = list(User.objects.filter(email__in=names).order_by("name", "pk"))
    wanted = sorted(names.keys() - {user.email for user in here})
    keys, now = bulk.new_keys(Invitation, len(wanted)), clock.now()
    # Two who invite the same address at once do not fail: the second finds the first's invitation.
    Invitation.objects.bulk_create(
        [
            Invitation(
                pk=key,
                email=email,
                name=names[email],
                role_keys=sorted(set(role_keys)),
                invited_by=actor,
                created_at=now,
                expires_at=now + VALID_FOR,
            )
            for key, email in zip(keys, wanted, strict=True)
        ],
        ignore_conflicts=True,
    )
    open_ones = list(queries.open_invitations().filter(email__in=wanted).order_by("email"))
    new = [invitation for invitation in open_ones if invitation.pk in set(keys)]
    record_many(actor=actor, verb=gettext_noop("invited"), subjects=new, data={"roles": sorted(set(role_keys))})
    for invitation in new:
        send_link(invitation.pk, site)
    return Invited(new, here, [invitation for invitation in open_ones if invitation not in new])


@transaction.atomic
def resend_invitation(*, actor: User, invitation: Invitation, site: str) -> None:
    """Sends a new link, good from now on; the old one no longer works."""
    invitation = _locked(invitation)
    if not invitation.is_unanswered:
        raise Refused(_(NO_LONGER[invitation.state]))
    if set(invitation.role_keys) - queries.roles_invitable_by(actor):
        raise Refused(_("You cannot invite to these roles. Choose others, or ask an admin."))
    invitation.invited_by = actor
    invitation.expires_at = clock.now() + VALID_FOR
    invitation.save(update_fields=["invited_by", "expires_at"])
    record(actor=actor, verb=gettext_noop("invited again"), subject=invitation)
    send_link(invitation.pk, site)


@transaction.atomic
def revoke_invitation(*, actor: User, invitation: Invitation) -> None:
    """Takes an invitation back; its link no longer works. Doing it twice changes nothing."""
    invitation = _locked(invitation)
    if invitation.state == InvitationState.REVOKED:
        return
    if invitation.state == InvitationState.ACCEPTED:
        raise Refused(_(NO_LONGER[InvitationState.ACCEPTED]))
    invitation.revoked_at = clock.now()
    invitation.save(update_fields=["revoked_at"])
    record(actor=actor, verb=gettext_noop("took back the invitation of"), subject=invitation)


@transaction.atomic
def accept_invitation(*, invitation: Invitation, name: str = "", password: str = "", language: str = "en") -> User:
    """Lets the person in who opened the link, which proves that the address is theirs.

    Whoever has the address by now gets the roles on top of those they hold; who can sign in already keeps their
    password and name. A password that was chosen before the address was confirmed ends here. Raises Refused when the
    invitation is no longer open, when whoever sent it may no longer give these roles, or for a deactivated account.
    """
    invitation = _locked(invitation)
    if invitation.state != InvitationState.OPEN:
        raise Refused(_(NO_LONGER[invitation.state]))
    # Whoever sent it still vouches for it: nothing is given by a person who may no longer give it.
    sender = invitation.invited_by
    if sender and set(invitation.role_keys) - queries.roles_invitable_by(sender):
        raise Refused(_(NO_LONGER[InvitationState.EXPIRED]))
    user = User.objects.filter(email=invitation.email).first()
    if user is None:
        user = create_person(actor=None, email=invitation.email, name=name, role_keys=[], language=language)
    lock([user.pk])
    if not user.is_active:
        raise Refused(_("This account has been deactivated. Ask an admin."))
    if not queries.can_sign_in(user):
        user.name = clean_name(name)
        user.set_password(password)
        user.save(update_fields=["name", "password"])
    remember_verified_address([user])
    set_roles(actor=None, user=user, role_keys=held_roles([user.pk])[user.pk] | set(invitation.role_keys))
    invitation.accepted_at, invitation.accepted_by = clock.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    record(actor=user, verb=gettext_noop("accepted the invitation"), subject=user)
    return user


def _locked(invitation: Invitation) -> Invitation:
    return Invitation.objects.select_for_update().get(pk=invitation.pk)
