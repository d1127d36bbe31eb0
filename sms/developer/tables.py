import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.core.columns import NUMBER, FragmentColumn, NumberColumn, StateColumn, WhenColumn
from sms.core.list_page import Table
from sms.developer.models import ErrorRecord, JobRecord


class ErrorTable(Table):
    message = FragmentColumn("developer/error_link.html", verbose_name=_("Message"))
    logger = tables.Column(_("From"))
    route = tables.Column(_("Route"))
    at = WhenColumn(verbose_name=_("Time"))

    class Meta(Table.Meta):
        model = ErrorRecord
        fields = ("message", "logger", "route", "at")
        order_by = "-at"


class JobTable(Table):
    name = FragmentColumn("developer/job_link.html", verbose_name=_("Job"))
    state = StateColumn("developer/job_state.html", verbose_name=_("State"), plain=JobRecord.get_state_display)
    runs = NumberColumn(_("Runs"))
    attempts = NumberColumn(_("Attempts"))
    started_at = WhenColumn(verbose_name=_("Started"))
    finished_at = WhenColumn(verbose_name=_("Ended"))
    duration = FragmentColumn(
        "developer/duration.html", verbose_name=_("Took"), attrs=NUMBER, plain=lambda job: job.duration.total_seconds()
    )

    class Meta(Table.Meta):
        model = JobRecord
        fields = ("name", "state", "runs", "attempts", "started_at", "finished_at", "duration")
        order_by = ("-started_at",)
