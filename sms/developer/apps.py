from django.apps import AppConfig
from django.core.signals import request_finished
from django.utils.translation import gettext_lazy as _


class DeveloperConfig(AppConfig):
    name = "sms.developer"
    verbose_name = _("developer")

    def ready(self) -> None:
        from huey.contrib.djhuey import HUEY

        from sms.developer import actions, job_log
        from sms.developer.log_handler import write_waiting_errors

        job_log.connect(HUEY)
        HUEY.on_startup("heartbeat")(actions.beat)
        HUEY.on_shutdown("heartbeat")(actions.say_goodbye)
        request_finished.connect(write_waiting_errors, dispatch_uid="developer.write_waiting_errors")
