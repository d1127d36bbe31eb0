import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.attendance.models import ExcuseRequest
from sms.core.columns import FragmentColumn, PersonColumn, WhenColumn
from sms.core.list_page import Table


class ExcuseTable(Table):
    """What students ask for, and the answer."""

    student = PersonColumn(
        lambda record: {
            "shown": record.mission_enrollment.enrollment.student,
            "detail": record.mission_enrollment.mission.title,
            "page": record.get_absolute_url(),
        },
        verbose_name=_("Student"),
        order_by=("mission_enrollment__enrollment__student__name", "pk"),
    )
    first = tables.DateColumn("D j M", verbose_name=_("First day"))
    last = tables.DateColumn("D j M", verbose_name=_("Last day"))
    reason = tables.Column(verbose_name=_("Reason"), orderable=False)
    asked_at = WhenColumn(verbose_name=_("Asked"))
    state = FragmentColumn(
        "attendance/excuse_state_cell.html",
        verbose_name=_("State"),
        plain=lambda record: record.get_state_display(),
    )

    class Meta(Table.Meta):
        model = ExcuseRequest
        fields = ("student", "first", "last", "reason", "asked_at", "state")
