from django.utils.translation import gettext_lazy as _

from sms.core.columns import DayColumn, FragmentColumn, NumberColumn, PercentColumn, StateColumn, StudentColumn
from sms.core.list_page import Table
from sms.programme.models import MissionEnrollment
from sms.risk.choices import RiskLabel


class StandingTable(Table):
    """Students with their standing: for whoever has to see at a glance who needs them."""

    student = StudentColumn(verbose_name=_("Student"))
    label = StateColumn(
        "risk/label.html",
        verbose_name=_("Risk"),
        order_by=("-days_absent_in_a_row", "attendance_rate"),
        plain=lambda record: RiskLabel(record.label).label,
    )
    days = FragmentColumn(
        "components/strip_cell.html", verbose_name=_("Last 14 days"), orderable=False, exclude_from_export=True
    )
    attendance_rate = PercentColumn(_("Attendance"))


class LowPerformerTable(StandingTable):
    days_absent_in_a_row = NumberColumn(_("Absent in a row"))
    last_attended = DayColumn(verbose_name=_("Last present"))
    mentors = FragmentColumn(
        "mentoring/mentor_names.html",
        verbose_name=_("Mentors"),
        orderable=False,
        plain=lambda record: ", ".join(assignment.mentor.name for assignment in record.open_mentor_assignments),
    )

    class Meta(Table.Meta):
        model = MissionEnrollment
        fields = ("student", "label", "days", "attendance_rate", "days_absent_in_a_row", "last_attended", "mentors")
        order_by = ("-days_absent_in_a_row", "attendance_rate", "pk")
