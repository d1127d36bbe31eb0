from django.utils.translation import gettext_lazy as _

from sms.core.columns import NUMBER, ActionsColumn, FragmentColumn
from sms.core.list_page import Table
from sms.programme.models import MissionEnrollment
from sms.risk.tables import StandingTable


class StudentTable(StandingTable):
    """Students as a mentor, SRE or manager scans them: standing, today, last days, points."""

    today = FragmentColumn(
        "attendance/day_badge.html",
        verbose_name=_("Today"),
        orderable=False,
        plain=lambda record: record.strip[-1].status_label,
    )
    points = FragmentColumn("points/points_cell.html", verbose_name=_("Points"), attrs=NUMBER)

    class Meta(Table.Meta):
        model = MissionEnrollment
        fields = ("student", "label", "today", "days", "attendance_rate", "points")
        order_by = ("student", "pk")


class MentorsStudentTable(StudentTable):
    """A mentor's own students, whom they may reach."""

    contact = ActionsColumn("mentoring/contact_cell.html", verbose_name=_("Contact"))

    class Meta(StudentTable.Meta):
        fields = (*StudentTable.Meta.fields, "contact")
        order_by = ()  # the queryset's: running missions first
