from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendanceConfig(AppConfig):
    name = "sms.attendance"
    verbose_name = _("attendance")

    def ready(self) -> None:
        from sms.attendance.points import DAILY_ATTENDANCE
        from sms.points import sources

        sources.register(DAILY_ATTENDANCE)
