from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MentoringConfig(AppConfig):
    name = "sms.mentoring"
    verbose_name = _("mentoring")

    def ready(self) -> None:
        from sms.mentoring.actions import end_assignments_of, resume_assignments_of
        from sms.programme import leaving

        leaving.on_leaving(
            lambda actor, mission_enrollment_ids: end_assignments_of(
                actor=actor, mission_enrollment_ids=mission_enrollment_ids
            )
        )
        leaving.on_reopening(
            lambda actor, mission_enrollment_ids: resume_assignments_of(
                actor=actor, mission_enrollment_ids=mission_enrollment_ids
            )
        )
