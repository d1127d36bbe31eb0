import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.core.list_page import Table
from sms.programme.models import Batch, Mission

NUMBER = {"td": {"class": "number"}, "th": {"class": "number"}}
STATE = {"td": {"class": "state"}}


class BatchTable(Table):
    title = tables.Column(_("Batch"), linkify=True)
    status = tables.TemplateColumn(
        "{% include 'programme/status.html' with status=value label=record.get_status_display %}",
        verbose_name=_("Status"),
        attrs=STATE,
    )
    starts_on = tables.TemplateColumn("{% day value %}", verbose_name=_("Starts"))
    ends_on = tables.TemplateColumn("{% day value %}", verbose_name=_("Ends"))
    mission_count = tables.Column(_("Missions"), attrs=NUMBER)
    student_count = tables.Column(_("Students"), attrs=NUMBER)

    class Meta(Table.Meta):
        model = Batch
        fields = ("title", "code", "status", "starts_on", "ends_on", "mission_count", "student_count")

    def value_status(self, value: str) -> str:
        return value

    def value_starts_on(self, value: object) -> object:
        return value

    value_ends_on = value_starts_on


class MissionTable(Table):
    title = tables.Column(_("Mission"), linkify=True)
    batch = tables.Column(_("Batch"), linkify=True)
    status = tables.TemplateColumn(
        "{% include 'programme/status.html' with status=value label=record.get_status_display %}",
        verbose_name=_("Status"),
        attrs=STATE,
    )
    starts_on = tables.TemplateColumn("{% day value %}", verbose_name=_("Starts"))
    ends_on = tables.TemplateColumn("{% day value %}", verbose_name=_("Ends"))
    student_count = tables.Column(_("Students"), attrs=NUMBER)

    class Meta(Table.Meta):
        model = Mission
        fields = ("title", "batch", "order", "status", "starts_on", "ends_on", "student_count")

    def value_status(self, value: str) -> str:
        return value

    def value_starts_on(self, value: object) -> object:
        return value

    value_ends_on = value_starts_on
