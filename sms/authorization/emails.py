"""Mail about being let in: the decision on a registration, and the link of an invitation."""

from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from sms.accounts.choices import StudentStatus
from sms.accounts.models import User
from sms.authorization.choices import VALID_FOR
from sms.authorization.links import token_of
from sms.authorization.models import Invitation, Role


def send_decision(user: User, *, status: str, reason: str, site: str) -> None:
    name = "approved" if status == StudentStatus.ACTIVE else "declined"
    _send(name, to=user.email, language=user.language, words={"user": user, "reason": reason, "site": site})


def send_invitation(invitation: Invitation, *, site: str) -> None:
    link = urljoin(site, reverse("authorization:accept-invitation", args=[token_of(invitation)]))
    language = invitation.invited_by.language if invitation.invited_by else settings.LANGUAGE_CODE
    with translation.override(language):
        titles = [str(role) for role in Role.objects.filter(key__in=invitation.role_keys)]
    words = {
        "user": invitation,
        "inviter": invitation.invited_by,
        "roles": ", ".join(titles),
        "days": VALID_FOR.days,
        "link": link,
        "site": site,
    }
    _send("invited", to=invitation.email, language=language, words=words)


def _send(name: str, *, to: str, language: str, words: dict[str, Any]) -> None:
    with translation.override(language):
        send_mail(
            subject=render_to_string(f"authorization/email/{name}_subject.txt", words).strip(),
            message=render_to_string(f"authorization/email/{name}_message.txt", words),
            from_email=None,
            recipient_list=[to],
        )
