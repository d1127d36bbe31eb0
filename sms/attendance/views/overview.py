"""Attendance at a glance: a mentor’s students by day, and the rate of a mission and a batch by day."""

from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sms.attendance.queries.asked import Period, weeks_until
from sms.attendance.queries.grid import grid_of
from sms.attendance.queries.heat import Heat, heat_of_batch, heat_of_mission
from sms.attendance.queries.reports import missions_today
from sms.attendance.report_forms import GridForm, PeriodForm, grid_period, period_from
from sms.attendance.report_tables import MissionsTodayTable
from sms.core import clock
from sms.core.access import requires
from sms.core.list_page import Empty, list_page
from sms.mentoring.queries import mission_numbers
from sms.programme import queries as programme
from sms.programme.choices import MissionStatus
from sms.programme.models import Batch, Mission

HEAT_WEEKS = 4
MOST_HEAT_DAYS = 92


@require_safe
@requires("mentoring.view_own_students")
def grid(request: HttpRequest) -> HttpResponse:
    """The mentor's own students in one mission by day; the running one unless another is asked for."""
    own = programme.assigned_to(request.user).filter(programme.here_now(), programme.daily())
    missions = mission_numbers(own)
    mission = _chosen(missions, request.GET.get("mission", ""))
    if mission is None:
        return render(request, "attendance/grid.html", {"missions": missions})
    today = clock.today(mission.batch.zone)
    period = grid_period(request, today)
    students = own.filter(mission=mission).order_by("enrollment__student__name", "pk")
    shown = grid_of(mission, students, period)
    if request.GET.get("sort") == "attention":
        shown.rows.sort(key=lambda row: (not row.reasons, -row.absent_in_a_row))
    weeks = len(period.days) // 7
    context = {
        "missions": missions,
        "mission": mission,
        "tabs": [_tab(request, each, is_current=each == mission) for each in missions],
        "grid": shown,
        "period": period,
        "form": GridForm({**request.GET.dict(), "mission": mission.pk, "weeks": weeks, "until": period.until}),
        "earlier": _shifted(request, period.since - timedelta(days=1)),
        "later": _shifted(request, period.until + timedelta(days=7 * weeks)) if period.until < today else "",
        "attention": _with(request, sort="attention"),
    }
    return render(request, "attendance/grid.html", context)


@require_safe
@requires("programme.view_all_students")
def overview(request: HttpRequest) -> HttpResponseBase:
    """Today in every running mission."""
    return list_page(
        request,
        title=_("Attendance"),
        subtitle=_("Today in the running missions, each in its own timezone"),
        queryset=missions_today(),
        table_class=MissionsTodayTable,
        search_fields=("title", "batch__title"),
        empty=Empty(_("No mission runs"), _("As soon as one does, its day stands here."), icon="calendar-check"),
        export_name="attendance-today",
    )


@require_safe
@requires("programme.view_all_students")
def mission_days(request: HttpRequest, mission: int) -> HttpResponse:
    subject = get_object_or_404(Mission.objects.select_related("batch"), pk=mission)
    period = _heat_period(request, subject.starts_on, min(subject.ends_on, clock.today(subject.batch.zone)))
    report = reverse("attendance:mission-report", args=[subject.pk])
    return _heat_page(
        request, heat_of_mission(subject, period), period, subject=subject, above=subject.batch, report=report
    )


@require_safe
@requires("programme.view_all_students")
def batch_days(request: HttpRequest, batch: int) -> HttpResponse:
    subject = get_object_or_404(Batch, pk=batch)
    period = _heat_period(request, subject.starts_on, min(subject.ends_on, clock.today(subject.zone)))
    report = reverse("attendance:batch-report", args=[subject.pk])
    return _heat_page(request, heat_of_batch(subject, period), period, subject=subject, above=None, report=report)


def _heat_page(
    request: HttpRequest, heat: Heat, period: Period, *, subject: Mission | Batch, above: Batch | None, report: str
) -> HttpResponse:
    context = {
        "subject": subject,
        "above": above,
        "heat": heat,
        "period": period,
        "total": heat.all.total,
        "report": report,
        "records": reverse("attendance:records"),
        "form": PeriodForm({"since": period.since, "until": period.until}),
    }
    return render(request, "attendance/heat.html", context)


def _heat_period(request: HttpRequest, starts_on: date, last: date) -> Period:
    """The last weeks that the programme has run, unless others are asked for."""
    last = max(last, starts_on)
    usual = Period(max(starts_on, weeks_until(last, HEAT_WEEKS).since), last)
    return period_from(request, usual, MOST_HEAT_DAYS)


def _chosen(missions: list[Mission], asked: str) -> Mission | None:
    if asked:
        chosen = next((mission for mission in missions if str(mission.pk) == asked), None)
        if chosen is None:
            raise Http404
        return chosen
    running = (mission for mission in missions if mission.status == MissionStatus.ACTIVE)
    return next(running, missions[0] if missions else None)


def _tab(request: HttpRequest, mission: Mission, *, is_current: bool) -> dict[str, object]:
    return {
        "label": mission.title,
        "url": _with(request, mission=mission.pk),
        "current": is_current,
        "count": mission.own_students,
    }


def _shifted(request: HttpRequest, until: date) -> str:
    return _with(request, until=until.isoformat())


def _with(request: HttpRequest, **changed: object) -> str:
    return f"{request.path}?{urlencode({**request.GET.dict(), **changed})}"
