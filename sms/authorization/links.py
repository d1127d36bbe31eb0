"""The link of an invitation: signed, and good for the sending that it was made for.

Sending an invitation again gives it a new end, and with it a new link; the old one then says so.
"""

from django.core import signing

from sms.authorization.models import Invitation

SALT = "authorization.invitation"


def token_of(invitation: Invitation) -> str:
    return signing.dumps([invitation.pk, invitation.expires_at.timestamp()], salt=SALT)


def find(token: str) -> tuple[Invitation | None, bool]:
    """The invitation that the link is for, if the link is one of ours, and whether it is the newest for it."""
    try:
        key, expires = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None, False
    invitation = Invitation.objects.filter(pk=key).first()
    return invitation, invitation is not None and invitation.expires_at.timestamp() == expires
