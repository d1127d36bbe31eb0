from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PointsConfig(AppConfig):
    name = "sms.points"
    verbose_name = _("points")

    def ready(self) -> None:
        from sms.points.actions import copy_rules
        from sms.programme import copying

        copying.on_copying(copy_rules)
