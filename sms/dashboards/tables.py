import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.core.list_page import Table
from sms.programme.models import MissionEnrollment
from sms.risk.choices import RiskLabel

NUMBER = {"td": {"class": "number"}, "th": {"class": "number"}}


class StudentTable(Table):
    """Students as a mentor, SRE or manager scans them: standing, last days, points."""

    student = tables.TemplateColumn(
        "{% person record.student detail=record.mission.title href=record.get_absolute_url %}",
        verbose_name=_("Student"),
        accessor="enrollment__student__name",
    )
    label = tables.TemplateColumn(
        template_name="risk/label.html",
        verbose_name=_("Risk"),
        order_by=("-days_absent_in_a_row", "attendance_rate"),
        attrs={"td": {"class": "state"}},
    )
    today = tables.TemplateColumn(
        template_name="attendance/day_badge.html", verbose_name=_("Today"), orderable=False, empty_values=()
    )
    days = tables.TemplateColumn(
        "{% strip record.strip %}",
        verbose_name=_("Last 14 days"),
        orderable=False,
        empty_values=(),
        exclude_from_export=True,
    )
    attendance_rate = tables.Column(_("Attendance"), attrs=NUMBER)
    points = tables.TemplateColumn(
        '<a href="{% url "points:ledger" record.pk %}">{{ value }}</a>', verbose_name=_("Points"), attrs=NUMBER
    )

    class Meta(Table.Meta):
        model = MissionEnrollment
        fields = ("student", "label", "today", "days", "attendance_rate", "points")
        order_by = ("student", "pk")

    def render_attendance_rate(self, value: float) -> str:
        return f"{value:.0f}%"

    def value_attendance_rate(self, value: float) -> float:
        return value

    def value_student(self, value: str) -> str:
        return value

    def value_label(self, value: str) -> str:
        return str(RiskLabel(value).label)

    def value_today(self, record: MissionEnrollment) -> str:
        return record.strip[-1].status_label

    def value_points(self, value: int) -> int:
        return value


class MentorsStudentTable(StudentTable):
    """A mentor's own students, whom they may reach."""

    contact = tables.TemplateColumn(
        template_name="mentoring/contact_cell.html",
        verbose_name=_("Contact"),
        orderable=False,
        empty_values=(),
        exclude_from_export=True,
        attrs={"td": {"class": "actions"}},
    )

    class Meta(StudentTable.Meta):
        fields = (*StudentTable.Meta.fields, "contact")
        order_by = ()  # the queryset's: running missions first
