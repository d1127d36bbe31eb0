from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendanceConfig(AppConfig):
    name = "sms.attendance"
    verbose_name = _("attendance")

    def ready(self) -> None:
        from sms.attendance.actions import copy_policies
        from sms.attendance.points import DAILY_ATTENDANCE
        from sms.attendance.queries import holidays_of
        from sms.attendance.streaks import STREAK
        from sms.points import sources
        from sms.programme import calendar, copying

        sources.register(DAILY_ATTENDANCE)
        sources.register(STREAK)
        copying.on_copying(copy_policies)
        calendar.register(holidays_of)
