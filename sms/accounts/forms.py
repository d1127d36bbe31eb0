"""Signing in, signing up and the profile. allauth's forms are named in settings.ACCOUNT_FORMS and MFA_FORMS."""

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from sms.accounts.choices import Theme
from sms.accounts.models import User
from sms.accounts.queries import address_is_taken, timezone_choices
from sms.core.fields import clean_name, clean_phone
from sms.core.problems import Refused

PASSWORD_HELP = _("Eight characters or more, and not one that is easy to guess.")


class InOurWords:
    """Labels stand above the fields here, so placeholders go; `labels` and `helps` replace what allauth says."""

    labels: dict[str, str] = {}
    helps: dict[str, str] = {}
    keyboard: dict[str, str] = {}

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.helps.get(name, field.help_text)
            if name in self.keyboard:
                field.widget.attrs["inputmode"] = self.keyboard[name]


class SignInForm(InOurWords, account.LoginForm):
    labels = {"login": _("E-mail address"), "password": _("Password")}
    helps = {"password": ""}

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        # "username webauthn" lets a browser offer passwords and passkeys for this field.
        self.fields["login"].widget.attrs.update({"autocomplete": "username webauthn", "autofocus": True})


class PhoneField(forms.CharField):
    """Any way of writing a number that can be called; the value is E.164."""

    def __init__(self, **options: object) -> None:
        options.setdefault("label", _("Phone"))
        options.setdefault("required", False)
        widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
        super().__init__(max_length=40, widget=widget, **options)

    def clean(self, value: str) -> str:
        return clean_phone(super().clean(value))


class NameField(forms.CharField):
    def __init__(self, **options: object) -> None:
        options.setdefault("label", _("Name"))
        super().__init__(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}), **options)

    def clean(self, value: str) -> str:
        return clean_name(super().clean(value))


class SignUpForm(InOurWords, account.SignupForm):
    """Students only. Someone who has an account already gets a mail that says so; the page looks the same."""

    name = NameField(help_text=_("As your mentors should call you."))
    phone = PhoneField(help_text=_("So that the team can reach you when you need help."))
    field_order = ("name", "email", "phone", "password1")
    labels = {"email": _("E-mail address"), "password1": _("Password")}
    helps = {"password1": PASSWORD_HELP}

    def validate_unique_email(self, value: str) -> str:
        self.account_already_exists = address_is_taken(value)
        return value

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        if not self.account_already_exists:
            try:
                return super().try_save(request)
            except Refused:  # someone else has just registered with the address
                self.account_already_exists = True
        # As long as creating the account would have taken.
        make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class ResetPasswordForm(InOurWords, account.ResetPasswordForm):
    labels = {"email": _("E-mail address")}


class NewPasswordWords(InOurWords):
    labels = {
        "oldpassword": _("Current password"),
        "password1": _("New password"),
        "password2": _("New password, once more"),
    }
    helps = {"oldpassword": "", "password1": PASSWORD_HELP}


class ResetPasswordKeyForm(NewPasswordWords, account.ResetPasswordKeyForm):
    pass


class ChangePasswordForm(NewPasswordWords, account.ChangePasswordForm):
    pass


class SetPasswordForm(NewPasswordWords, account.SetPasswordForm):
    pass


class ReauthenticateForm(InOurWords, account.ReauthenticateForm):
    labels = {"password": _("Password")}


class AddressForm(InOurWords, account.AddEmailForm):
    labels = {"email": _("New address")}


class CodeWords(InOurWords):
    labels = {"code": _("Code")}
    keyboard = {"code": "numeric"}


class SecondStepForm(CodeWords, mfa.AuthenticateForm):
    helps = {"code": _("The six digits of your app, or one of your recovery codes.")}


class ReauthenticateByCodeForm(CodeWords, mfa.ReauthenticateForm):
    helps = {"code": _("The six digits of your app, or one of your recovery codes.")}


class ActivateAppForm(CodeWords, totp.ActivateTOTPForm):
    labels = {"code": _("Code from the app")}
    helps = {"code": _("Six digits that change every half minute.")}


class AddPasskeyForm(InOurWords, webauthn.AddWebAuthnForm):
    labels = {"name": _("Name of this device"), "passwordless": _("Sign in with it alone, without my password")}
    helps = {"passwordless": _("Your device then asks for its PIN, your finger or your face.")}

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["passwordless"].initial = True


class RenamePasskeyForm(InOurWords, webauthn.EditWebAuthnForm):
    labels = {"name": _("Name of this device")}


class ProfileForm(forms.Form):
    name = NameField()
    phone = PhoneField(help_text=_("Seen by your mentors and by the team that calls students."))
    timezone = forms.ChoiceField(label=_("Timezone"), help_text=_("Times on your pages are shown in it."))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(label=_("Theme"), widget=forms.RadioSelect)
    notify_by_email = forms.BooleanField(label=_("Send me e-mail about what concerns me"), required=False)
    notify_of_deadlines = forms.BooleanField(label=_("Remind me of deadlines"), required=False)

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["timezone"].choices = timezone_choices()
        self.fields["theme"].choices = [(theme.value, capfirst(theme.label)) for theme in Theme]


def profile_of(user: User) -> dict[str, str | bool]:
    """What the person finds in their profile form."""
    stored = {field: getattr(user, field) for field in ProfileForm.base_fields}
    return {**stored, "phone": user.readable_phone}
