import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.assignments.models import Assignment
from sms.core.columns import FragmentColumn, NumberColumn, WhenColumn
from sms.core.list_page import Table


class AssignmentTable(Table):
    title = FragmentColumn("assignments/title_cell.html", verbose_name=_("Assignment"))
    mission = tables.Column(_("Mission"), order_by=("mission__order", "day"))
    opens_at = WhenColumn(verbose_name=_("Opens"))
    due_at = WhenColumn(verbose_name=_("Due"))
    max_points = NumberColumn(_("Points"))

    class Meta(Table.Meta):
        model = Assignment
        fields = ("title", "mission", "day", "opens_at", "due_at", "max_points")
