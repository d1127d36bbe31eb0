from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgrammeConfig(AppConfig):
    name = "sms.programme"
    verbose_name = _("programme")

    def ready(self) -> None:
        from sms.authorization.approving import Placement, offer_placement
        from sms.programme.actions import enroll
        from sms.programme.queries import batch_of_code, batches_to_join

        offer_placement(
            Placement(
                label=_("Enroll in the batch"),
                permission="programme.manage_enrollments",
                choices=lambda: [(batch.code, batch.title) for batch in batches_to_join()],
                put=lambda actor, students, code: enroll(actor=actor, students=students, batch=batch_of_code(code)),
            )
        )
