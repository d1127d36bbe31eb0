import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.core.list_page import Table
from sms.programme.models import MissionEnrollment
from sms.risk.choices import RiskLabel

NUMBER = {"td": {"class": "number"}, "th": {"class": "number"}}


class LowPerformerTable(Table):
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
    days = tables.TemplateColumn(
        "{% strip record.strip %}",
        verbose_name=_("Last 14 days"),
        orderable=False,
        empty_values=(),
        exclude_from_export=True,
    )
    attendance_rate = tables.Column(_("Attendance"), attrs=NUMBER)
    days_absent_in_a_row = tables.Column(_("Absent in a row"), attrs=NUMBER)
    last_attended = tables.TemplateColumn("{% day value %}", verbose_name=_("Last present"))
    mentors = tables.TemplateColumn(
        template_name="mentoring/mentor_names.html", verbose_name=_("Mentors"), orderable=False, empty_values=()
    )

    class Meta(Table.Meta):
        model = MissionEnrollment
        fields = ("student", "label", "days", "attendance_rate", "days_absent_in_a_row", "last_attended", "mentors")
        order_by = ("-days_absent_in_a_row", "attendance_rate", "pk")

    def render_attendance_rate(self, value: float) -> str:
        return f"{value:.0f}%"

    def value_attendance_rate(self, value: float) -> float:
        return value

    def value_student(self, value: str) -> str:
        return value

    def value_label(self, value: str) -> str:
        return str(RiskLabel(value).label)

    def value_last_attended(self, value: object) -> object:
        return value

    def value_mentors(self, record: MissionEnrollment) -> str:
        return ", ".join(assignment.mentor.name for assignment in record.open_mentor_assignments)
