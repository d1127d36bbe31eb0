"""Mail that this site sends about accounts beyond what allauth sends."""

from urllib.parse import urljoin

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from sms.accounts.models import User


def send_invitation(user: User, *, site: str) -> None:
    """Tells a person that they can sign in, with a link to choose their password. `site` is its address, https://…/"""
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    link = urljoin(site, reverse("account_reset_password_from_key", kwargs=key))
    with translation.override(user.language):
        words = {"user": user, "link": link, "site": site}
        send_mail(
            subject=render_to_string("account/email/invitation_subject.txt", words).strip(),
            message=render_to_string("account/email/invitation_message.txt", words),
            from_email=None,
            recipient_list=[user.email],
        )
