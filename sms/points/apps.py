from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PointsConfig(AppConfig):
    name = "sms.points"
    verbose_name = _("points")

    def ready(self) -> None:
        from sms.points import sources
        from sms.points.actions import copy_rules
        from sms.points.manual import MANUAL
        from sms.programme import copying

        sources.register(MANUAL)
        copying.on_copying(copy_rules)
