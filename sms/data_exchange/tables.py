import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.core.columns import FragmentColumn, StateColumn, WhenColumn
from sms.core.list_page import Table
from sms.data_exchange.models import ImportRow, ImportRun
from sms.data_exchange.preview import label_of, summary


class RunTable(Table):
    """The history of imports."""

    title = FragmentColumn("data_exchange/run_cell.html", verbose_name=_("Import"))
    state = StateColumn("data_exchange/state.html", verbose_name=_("State"), plain=ImportRun.get_state_display)
    counts = FragmentColumn(
        "data_exchange/counts_cell.html", verbose_name=_("Rows"), orderable=False, empty_values=(), plain=summary
    )
    started_by = tables.Column(_("Who"), order_by="started_by__name", default=_("The system"))
    created_at = WhenColumn(verbose_name=_("When"))

    class Meta(Table.Meta):
        model = ImportRun
        fields = ("title", "state", "counts", "started_by", "created_at")


class RowTable(Table):
    """The rows of one import, as `preview.describe` has dressed them."""

    key = FragmentColumn(
        "data_exchange/key_cell.html", verbose_name=_("Row"), orderable=False, attrs={"td": {"class": "import-row"}}
    )
    status = StateColumn(
        "data_exchange/status_cell.html", verbose_name=_("What happens"), orderable=False, plain=label_of
    )
    values = FragmentColumn(
        "data_exchange/values_cell.html",
        verbose_name=_("Values"),
        orderable=False,
        attrs={"td": {"class": "values"}},
        empty_values=(),
    )

    class Meta(Table.Meta):
        model = ImportRow
        fields = ("key", "status", "values")
