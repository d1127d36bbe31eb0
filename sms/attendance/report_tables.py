import django_tables2 as tables
from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sms.attendance.models import DailyRecord
from sms.core.columns import (
    DayColumn,
    NumberColumn,
    PercentColumn,
    PersonColumn,
    StateColumn,
    StudentColumn,
    WhenColumn,
)
from sms.core.list_page import Table
from sms.programme.models import Enrollment, Mission, MissionEnrollment


class RateColumn(PercentColumn):
    def value(self, value: float) -> float:
        return round(value, 1)


class TallyTable(Table):
    """What `queries.with_tally` counts."""

    rate = RateColumn(_("Rate"))
    asked = NumberColumn(_("Days asked"))
    present = NumberColumn(_("Present"))
    late = NumberColumn(_("Late"))
    excused = NumberColumn(_("Excused"))
    absent = NumberColumn(_("Absent"))
    missing = NumberColumn(_("Not recorded"))


TALLY = ("rate", "asked", "present", "late", "excused", "absent", "missing")


def _report_of(record: MissionEnrollment) -> dict[str, object]:
    return {
        "shown": record.enrollment.student,
        "detail": "",
        "page": reverse("attendance:student-report", args=[record.pk]),
    }


class StudentsReportTable(TallyTable):
    student = PersonColumn(
        _report_of,
        accessor="enrollment__student__name",
        verbose_name=_("Student"),
        order_by=("enrollment__student__name", "pk"),
    )
    longest_absence = NumberColumn(_("Longest absence"), orderable=False, empty_values=())

    class Meta(Table.Meta):
        model = MissionEnrollment
        fields = ("student", *TALLY, "longest_absence")


class BatchReportTable(TallyTable):
    student = PersonColumn(
        lambda record: {"shown": record.student, "detail": "", "page": record.get_absolute_url()},
        accessor="student__name",
        verbose_name=_("Student"),
        order_by=("student__name", "pk"),
    )

    class Meta(Table.Meta):
        model = Enrollment
        fields = ("student", *TALLY)


def _days_of(record: Model) -> str:
    return reverse("attendance:mission-days", args=[record.pk])


class MissionsReportTable(TallyTable):
    title = tables.Column(_("Mission"), linkify=_days_of)

    class Meta(Table.Meta):
        model = Mission
        fields = ("title", *TALLY)


class MissionsTodayTable(MissionsReportTable):
    batch = tables.Column(_("Batch"), order_by=("batch__title", "pk"))

    class Meta(Table.Meta):
        model = Mission
        fields = ("title", "batch", *TALLY)


class RecordTable(Table):
    student = StudentColumn(through="mission_enrollment", verbose_name=_("Student"))
    status = StateColumn(
        "attendance/status_cell.html",
        verbose_name=_("Status"),
        plain=lambda record: record.get_status_display(),
    )
    on = DayColumn(verbose_name=_("Day"))
    submitted_at = WhenColumn(verbose_name=_("Submitted"))
    reason = tables.Column(_("Reason"))

    class Meta(Table.Meta):
        model = DailyRecord
        fields = ("student", "status", "on", "submitted_at", "reason")
