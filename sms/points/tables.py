import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.core.columns import NUMBER, WhenColumn
from sms.core.list_page import Table
from sms.points.models import LedgerEntry
from sms.points.sources import all_kinds, source_of


class LedgerTable(Table):
    what = tables.Column(_("What"), accessor="reference", order_by=("reference", "pk"))
    cause = tables.Column(_("Cause"))
    rule = tables.Column(_("Rule"), accessor="kind")
    created_at = WhenColumn(verbose_name=_("Booked"), order_by=("created_at", "pk"))
    points = tables.Column(_("Points"), attrs=NUMBER)

    class Meta(Table.Meta):
        model = LedgerEntry
        fields = ("what", "cause", "rule", "created_at", "points")

    def render_what(self, record: LedgerEntry) -> str:
        return source_of(record).explain(record)

    def render_cause(self, record: LedgerEntry) -> str:
        return record.get_cause_display()

    def render_rule(self, value: str) -> str:
        return str(all_kinds()[value].title)

    def render_points(self, value: int) -> str:
        return f"{value:+d}"

    def value_points(self, value: int) -> int:
        return value
