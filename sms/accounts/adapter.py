"""How this site differs from what django-allauth does by itself."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.accounts.actions import register_student
from sms.accounts.models import User
from sms.audit.devices import device

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy(
            "This address and password do not belong together. Check both and try again."
        ),
        "too_many_login_attempts": gettext_lazy("That was too often. Wait five minutes, or reset your password."),
        "incorrect_password": gettext_lazy("This is not your password. Try again."),
        "enter_current_password": gettext_lazy("This is not your current password."),
        "duplicate_email": gettext_lazy("This is your address already."),
        "invalid_password_reset": gettext_lazy("This link has been used or is too old."),
    }

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        """Only students register themselves; staff are created by an admin."""
        entered = form.cleaned_data
        return register_student(
            email=entered["email"],
            name=entered["name"],
            password=entered["password1"],
            phone=entered["phone"],
            language=request.LANGUAGE_CODE,
        )

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Someone may have registered with the address while its confirmation was on the way."""
        if User.objects.filter(email=email_address.email).exclude(pk=email_address.user_id).exists():
            self.add_message(
                request,
                messages.ERROR,
                "account/messages/email_confirmation_failed.txt",
                {"email": email_address.email},
            )
            return False
        return super().confirm_email(request, email_address)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away costs the mail, which can be asked for again, and not the page."""
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError):
            logger.exception("The mail %s could not be sent.", template_prefix)
            sentence = _("We could not send the mail. Ask for it again in a few minutes.")
            self.add_message(self.request, messages.ERROR, message=sentence)


class SecondStepAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This code is not right. Enter the one that your app shows now."),
        "add_email_blocked": gettext_lazy(
            "Turn off your second step before you change your address, and on again after."
        ),
        "unverified_email": gettext_lazy(
            "Confirm your new e-mail address, or call the change off, before you add a second step."
        ),
    }

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002, allauth's name
        """A passkey is named after the device that makes it, until the person knows better."""
        return device(context.request.headers.get("User-Agent", ""))
