import django_tables2 as tables
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sms.accounts.models import User
from sms.core.columns import NUMBER, ActionsColumn, FragmentColumn, PersonColumn, StateColumn, WhenColumn
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


class RecordTable(Table):
    """Every student once, with the batches that they are in."""

    name = PersonColumn(
        lambda record: {
            "shown": record,
            "detail": _number_of(record) or "",
            "page": reverse("dashboards:student-record", args=[record.pk]),
        },
        verbose_name=_("Student"),
        order_by=("name", "pk"),
    )
    student_id = tables.Column(_("Student number"), accessor="student_profile__student_id", visible=False)
    status = StateColumn(
        "accounts/status_badge.html",
        verbose_name=_("Status"),
        accessor="student_profile__status",
        plain=lambda record: record.student_profile.get_status_display(),
    )
    city = tables.Column(_("City"), accessor="student_profile__city")
    batches = tables.Column(_("In the batches"), empty_values=(), orderable=False)
    date_joined = WhenColumn(verbose_name=_("Joined"))

    class Meta(Table.Meta):
        model = User
        fields = ("name", "student_id", "status", "city", "batches", "date_joined")
        order_by = ("name",)

    def render_batches(self, record: User) -> str:
        return ", ".join(enrollment.batch.title for enrollment in record.open_enrollments) or "—"

    def value_batches(self, record: User) -> str:
        return ", ".join(enrollment.batch.code for enrollment in record.open_enrollments)


def _number_of(student: User) -> str | None:
    profile = getattr(student, "student_profile", None)
    return profile and profile.student_id


class MentorsStudentTable(StudentTable):
    """A mentor's own students, whom they may reach."""

    contact = ActionsColumn("mentoring/contact_cell.html", verbose_name=_("Contact"))

    class Meta(StudentTable.Meta):
        fields = (*StudentTable.Meta.fields, "contact")
        order_by = ()  # the queryset's: running missions first
