"""Signing in, and what guards it, in the audit list. Connected in apps.py.

allauth and Django tell of these acts by signals alone, so this is where they become events. An
attempt for an address that nobody has is an event without a person; the address is in its data.
"""

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.audit.actions import record
from sms.core.fields import clean_email

AGENT_LENGTH = 200


def signed_in(request: HttpRequest, user: User, **_signal: object) -> None:
    record(actor=user, verb=gettext_noop("signed in"), subject=user, data=origin_of(request))


def signed_out(request: HttpRequest, user: User | None, **_signal: object) -> None:
    if user:
        record(actor=user, verb=gettext_noop("signed out"), subject=user, data=origin_of(request))


def failed_to_sign_in(credentials: dict[str, str], request: HttpRequest | None = None, **_signal: object) -> None:
    email = clean_email(credentials.get("email") or "")[:250]
    user = User.objects.filter(email=email).first()
    data = {**origin_of(request), "email": email, "step": "password"}
    record(actor=user, verb=gettext_noop("failed to sign in"), subject=user, data=data)


def failed_second_step(request: HttpRequest, user: User, **_signal: object) -> None:
    data = {**origin_of(request), "email": user.email, "step": "second"}
    record(actor=user, verb=gettext_noop("failed to sign in"), subject=user, data=data)


def password_changed(request: HttpRequest, user: User, **_signal: object) -> None:
    record(actor=user, verb=gettext_noop("changed the password"), subject=user, data=origin_of(request))


def address_confirmed(request: HttpRequest, email_address: object, **_signal: object) -> None:
    user = email_address.user
    data = {**origin_of(request), "email": email_address.email}
    record(actor=user, verb=gettext_noop("confirmed the e-mail address"), subject=user, data=data)


def factor_added(request: HttpRequest, user: User, authenticator: object, **_signal: object) -> None:
    data = {**origin_of(request), "kind": authenticator.type}
    record(actor=user, verb=gettext_noop("added a second step"), subject=user, data=data)


def factor_removed(request: HttpRequest, user: User, authenticator: object, **_signal: object) -> None:
    data = {**origin_of(request), "kind": authenticator.type}
    record(actor=user, verb=gettext_noop("removed a second step"), subject=user, data=data)


def origin_of(request: HttpRequest | None) -> dict[str, str]:
    """The address that the request came from and the browser that sent it, as far as they are known."""
    if request is None:
        return {}
    try:
        address = get_adapter().get_client_ip(request)
    except PermissionDenied:
        address = ""
    return {"ip": address, "agent": request.headers.get("User-Agent", "")[:AGENT_LENGTH]}
