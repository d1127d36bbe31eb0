import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.core.columns import DayColumn, NumberColumn, PersonColumn, StateColumn
from sms.core.list_page import Table
from sms.programme.models import Batch, Enrollment, Mission


class PeriodTable(Table):
    """What batches and missions have in common: a status, a first and a last day, students."""

    status = StateColumn("programme/status_cell.html", verbose_name=_("Status"))
    starts_on = DayColumn(verbose_name=_("Starts"))
    ends_on = DayColumn(verbose_name=_("Ends"))
    student_count = NumberColumn(_("Students"))


class BatchTable(PeriodTable):
    title = tables.Column(_("Batch"), linkify=True)
    mission_count = NumberColumn(_("Missions"))

    class Meta(Table.Meta):
        model = Batch
        fields = ("title", "code", "status", "starts_on", "ends_on", "mission_count", "student_count")


class MissionTable(PeriodTable):
    title = tables.Column(_("Mission"), linkify=True)
    batch = tables.Column(_("Batch"), linkify=True)

    class Meta(Table.Meta):
        model = Mission
        fields = ("title", "batch", "order", "status", "starts_on", "ends_on", "student_count")


class EnrollmentTable(Table):
    """One row for each spell of a student in a batch."""

    student = PersonColumn(
        lambda record: {
            "shown": record.student,
            "detail": record.student.student_profile.student_id or "",
            "page": record.get_absolute_url(),
        },
        accessor="student__name",
        verbose_name=_("Student"),
    )
    state = StateColumn(
        "programme/enrollment_state.html",
        verbose_name=_("State"),
        accessor="ended_on",
        empty_values=(),
        plain=lambda record: _("left") if record.ended_on else _("in the batch"),
    )
    started_on = DayColumn(verbose_name=_("Joined"))
    ended_on = DayColumn(verbose_name=_("Left"))
    mission_count = NumberColumn(_("Missions"))

    class Meta(Table.Meta):
        model = Enrollment
        fields = ("student", "state", "started_on", "ended_on", "mission_count")
        order_by = ("student", "-started_on")
