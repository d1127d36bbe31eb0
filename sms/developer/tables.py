import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.core.list_page import Table
from sms.developer.models import ErrorRecord, JobRecord

NUMBER = {"td": {"class": "number"}, "th": {"class": "number"}}


class ErrorTable(Table):
    message = tables.TemplateColumn(template_name="developer/error_link.html", verbose_name=_("Message"))
    logger = tables.Column(_("From"))
    route = tables.Column(_("Route"))
    at = tables.TemplateColumn("{% when value %}", verbose_name=_("Time"))

    class Meta(Table.Meta):
        model = ErrorRecord
        fields = ("message", "logger", "route", "at")
        order_by = "-at"

    def value_message(self, value: str) -> str:
        return value

    def value_at(self, value: object) -> object:
        return value


class JobTable(Table):
    name = tables.TemplateColumn(template_name="developer/job_link.html", verbose_name=_("Job"))
    state = tables.TemplateColumn(
        "{% badge record.get_state_display tone=record.tone %}",
        verbose_name=_("State"),
        attrs={"td": {"class": "state"}},
    )
    runs = tables.Column(_("Runs"), attrs=NUMBER)
    attempts = tables.Column(_("Attempts"), attrs=NUMBER)
    started_at = tables.TemplateColumn("{% when value %}", verbose_name=_("Started"))
    finished_at = tables.TemplateColumn("{% when value %}", verbose_name=_("Ended"), empty_values=())
    duration = tables.TemplateColumn(template_name="developer/duration.html", verbose_name=_("Took"), attrs=NUMBER)

    class Meta(Table.Meta):
        model = JobRecord
        fields = ("name", "state", "runs", "attempts", "started_at", "finished_at", "duration")
        order_by = ("-started_at",)

    def value_name(self, value: str) -> str:
        return value

    def value_state(self, record: JobRecord) -> str:
        return record.get_state_display()

    def value_started_at(self, value: object) -> object:
        return value

    def value_finished_at(self, value: object) -> object:
        return value

    def value_duration(self, record: JobRecord) -> float:
        return record.duration.total_seconds()
