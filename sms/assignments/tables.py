import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.assignments.models import Assignment
from sms.core.list_page import Table


class AssignmentTable(Table):
    title = tables.TemplateColumn(template_name="assignments/title_cell.html", verbose_name=_("Assignment"))
    mission = tables.Column(_("Mission"), order_by=("mission__order", "day"))
    opens_at = tables.TemplateColumn("{% when value %}", verbose_name=_("Opens"))
    due_at = tables.TemplateColumn("{% when value %}", verbose_name=_("Due"))
    max_points = tables.Column(_("Points"), attrs={"td": {"class": "number"}, "th": {"class": "number"}})

    class Meta(Table.Meta):
        model = Assignment
        fields = ("title", "mission", "day", "opens_at", "due_at", "max_points")

    def value_title(self, value: str) -> str:
        return value

    def value_opens_at(self, value: object) -> object:
        return value

    value_due_at = value_opens_at
