"""Reports of attendance over a period, on the page and as a file."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sms.attendance.queries import reports
from sms.attendance.queries.asked import Period
from sms.attendance.report_filters import (
    BatchReportFilter,
    MissionsReportFilter,
    RecordFilter,
    StudentsReportFilter,
)
from sms.attendance.report_forms import PeriodForm, period_from
from sms.attendance.report_tables import BatchReportTable, MissionsReportTable, RecordTable, StudentsReportTable
from sms.core import clock
from sms.core.access import requires
from sms.core.export import file_response
from sms.core.list_page import EXPORT_FORMATS, Action, Empty, export_links, list_page
from sms.programme import queries as programme
from sms.programme.models import Batch, Mission, MissionEnrollment

STUDENT = "enrollment__student"


@require_safe
@requires("attendance.submit_own_record", "programme.view_all_students", "mentoring.view_own_students")
def student_report(request: HttpRequest, mission_enrollment: int) -> HttpResponseBase:
    """Each day of one student in one mission."""
    student = get_object_or_404(programme.visible_to(request.user), pk=mission_enrollment)
    period = period_from(request, _whole(student.mission, student.mission.batch))
    report = reports.report_of(student, period)
    if request.GET.get("_export") in EXPORT_FORMATS:
        name = f"attendance-{slugify(student.student.name) or student.pk}-{_span(period)}.{request.GET['_export']}"
        return file_response(_lines(student, report), filename=name)
    context = {
        "student": student,
        "report": report,
        "period": period,
        "exports": export_links(request),
        "form": PeriodForm({"since": period.since, "until": period.until}),
    }
    return render(request, "attendance/student_report.html", context)


@require_safe
@requires("programme.view_all_students", "mentoring.view_own_students")
def mission_report(request: HttpRequest, mission: int) -> HttpResponseBase:
    """One row a student; a mentor's own students only."""
    seen = programme.visible_to(request.user).order_by().values("mission")
    missions = Mission.objects.select_related("batch")
    if not request.user.has_perm("programme.view_all_students"):
        missions = missions.filter(pk__in=seen)
    subject = get_object_or_404(missions, pk=mission)
    period = period_from(request, _whole(subject, subject.batch))
    days = Action(_("By day"), reverse("attendance:mission-days", args=[subject.pk]), icon="calendar-days")
    return list_page(
        request,
        title=_("Attendance: %(title)s") % {"title": subject.title},
        subtitle=_said(period),
        queryset=reports.students_report(request.user, subject, period),
        table_class=StudentsReportTable,
        filterset_class=StudentsReportFilter,
        search_fields=programme.student_search(request.user, STUDENT),
        empty=_nobody(),
        export_name=f"attendance-{subject.code}-{_span(period)}",
        actions=[days] if request.user.has_perm("programme.view_all_students") else [],
        enrich=lambda students: reports.add_longest_absences(students, period),
    )


@require_safe
@requires("programme.view_all_students")
def batch_report(request: HttpRequest, batch: int) -> HttpResponseBase:
    """One row a student, over all missions of the batch."""
    subject = get_object_or_404(Batch, pk=batch)
    period = period_from(request, _whole(subject, subject))
    return list_page(
        request,
        title=_("Attendance: %(title)s") % {"title": subject.title},
        subtitle=_said(period),
        queryset=reports.batch_report(request.user, subject, period),
        table_class=BatchReportTable,
        filterset_class=BatchReportFilter,
        search_fields=programme.student_search(request.user, "student"),
        empty=_nobody(),
        export_name=f"attendance-{subject.code}-{_span(period)}",
        template="attendance/batch_report.html",
        context={"tabs": _batch_tabs(request, subject)},
    )


@require_safe
@requires("programme.view_all_students")
def batch_missions(request: HttpRequest, batch: int) -> HttpResponseBase:
    """One row a mission, over all of its students."""
    subject = get_object_or_404(Batch, pk=batch)
    period = period_from(request, _whole(subject, subject))
    return list_page(
        request,
        title=_("Attendance: %(title)s") % {"title": subject.title},
        subtitle=_said(period),
        queryset=reports.missions_report(subject, period),
        table_class=MissionsReportTable,
        filterset_class=MissionsReportFilter,
        search_fields=("title",),
        empty=Empty(_("No missions yet"), _("A batch needs a mission before anyone can attend."), icon="target"),
        export_name=f"attendance-missions-{subject.code}-{_span(period)}",
        template="attendance/batch_report.html",
        context={"tabs": _batch_tabs(request, subject)},
    )


@require_safe
@requires("programme.view_all_students", "mentoring.view_own_students")
def records(request: HttpRequest) -> HttpResponseBase:
    """The single records behind every number."""
    return list_page(
        request,
        title=_("Records of attendance"),
        queryset=reports.records_of(request.user),
        table_class=RecordTable,
        filterset_class=RecordFilter,
        search_fields=programme.student_search(request.user, f"mission_enrollment__{STUDENT}"),
        empty=Empty(_("No records yet"), _("They appear as students submit their attendance."), icon="calendar-check"),
        export_name="attendance-records",
    )


def _nobody() -> Empty:
    return Empty(_("Nobody took part in this period"), _("Choose other days."), icon="calendar")


def _whole(subject: Mission | Batch, batch: Batch) -> Period:
    """From the first day until the last, or until today while it runs."""
    return Period(subject.starts_on, max(subject.starts_on, min(subject.ends_on, clock.today(batch.zone))))


def _said(period: Period) -> str:
    return f"{date_format(period.since, 'j M Y')} – {date_format(period.until, 'j M Y')}"


def _span(period: Period) -> str:
    return f"{period.since:%Y-%m-%d}-{period.until:%Y-%m-%d}"


def _batch_tabs(request: HttpRequest, batch: Batch) -> list[dict[str, object]]:
    """The two reports of a batch, with the period that was asked for."""
    period = {name: request.GET[name] for name in ("since", "until") if request.GET.get(name)}
    pages = [(_("Students"), "attendance:batch-report"), (_("Missions"), "attendance:batch-missions")]
    urls = [(label, reverse(name, args=[batch.pk], query=period or None)) for label, name in pages]
    return [{"label": label, "url": url, "current": url.partition("?")[0] == request.path} for label, url in urls]


def _lines(student: MissionEnrollment, report: reports.StudentReport) -> Iterator[list[Any]]:
    yield [_("Student"), _("Mission"), _("Day"), _("Status"), _("Submitted"), _("Reason")]
    for day in report.days:
        record = day.record
        yield [
            student.student.name,
            student.mission.title,
            day.cell.on,
            record.get_status_display() if record else _("not recorded"),
            record.submitted_at if record else None,
            record.reason if record else "",
        ]
