from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "sms.accounts"
    verbose_name = _("accounts")

    def ready(self) -> None:
        from allauth.account import signals as account
        from allauth.mfa import signals as mfa
        from django.contrib.auth import signals as auth

        from sms.accounts import receivers

        receiver_of = {
            auth.user_logged_in: receivers.signed_in,
            auth.user_logged_out: receivers.signed_out,
            auth.user_login_failed: receivers.failed_to_sign_in,
            mfa.authentication_failed: receivers.failed_second_step,
            mfa.authenticator_added: receivers.factor_added,
            mfa.authenticator_removed: receivers.factor_removed,
            account.password_changed: receivers.password_changed,
            account.password_reset: receivers.password_changed,
            account.password_set: receivers.password_changed,
            account.email_confirmed: receivers.address_confirmed,
        }
        for signal, receiver in receiver_of.items():
            signal.connect(receiver, dispatch_uid=f"accounts.{receiver.__name__}")
