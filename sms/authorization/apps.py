from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AuthorizationConfig(AppConfig):
    name = "sms.authorization"
    verbose_name = _("authorization")

    def ready(self) -> None:
        post_migrate.connect(sync_roles_after_migrate, dispatch_uid="authorization.sync_roles")


def sync_roles_after_migrate(sender: AppConfig, **_options: object) -> None:
    """Runs once, after the last app: only then do all permissions exist."""
    from django.apps import apps

    from sms.authorization.actions import sync_roles

    if sender.label == [config for config in apps.get_app_configs() if config.models_module][-1].label:
        sync_roles()
