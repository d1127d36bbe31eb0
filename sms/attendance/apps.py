from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendanceConfig(AppConfig):
    name = "sms.attendance"
    verbose_name = _("attendance")

    def ready(self) -> None:
        from sms.attendance.actions import copy_policies, copy_series
        from sms.attendance.meeting_points import MEETINGS
        from sms.attendance.points import DAILY_ATTENDANCE
        from sms.attendance.queries import holidays_of, meetings_of
        from sms.attendance.streaks import STREAK
        from sms.points import sources
        from sms.programme import calendar, copying

        sources.register(DAILY_ATTENDANCE)
        sources.register(MEETINGS)
        sources.register(STREAK)
        copying.on_copying(copy_policies)
        copying.on_copying(copy_series)
        calendar.register(holidays_of)
        calendar.register(meetings_of)
