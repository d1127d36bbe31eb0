from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssignmentsConfig(AppConfig):
    name = "sms.assignments"
    verbose_name = _("assignments")

    def ready(self) -> None:
        from sms.assignments.actions import copy_assignments, copy_grading
        from sms.assignments.points import GRADES, HANDING_IN
        from sms.points import sources
        from sms.programme import copying

        sources.register(HANDING_IN)
        sources.register(GRADES)
        copying.on_copying(copy_assignments)
        # After the work itself, to which it belongs.
        copying.on_copying(copy_grading)
