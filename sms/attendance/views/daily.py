"""Daily attendance in the browser: the student’s tap, and the history by month."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sms.attendance import actions, queries
from sms.attendance.choices import ATTENDED
from sms.core import clock
from sms.core.access import requires
from sms.core.htmx import INVALID, done, refused
from sms.core.problems import Refused
from sms.programme import queries as programme
from sms.programme.models import MissionEnrollment

# Nothing was recorded before; a calendar has no month before the first of the year one.
EARLIEST_MONTH = date(2000, 1, 1)


@require_POST
@requires("attendance.submit_own_record")
def daily_record(request: HttpRequest, mission_enrollment: int, on: date) -> HttpResponseBase:
    """The one tap of the student's day."""
    student = queries.own_on(request.user, mission_enrollment, on)
    if student is None:
        raise Http404
    problem = ""
    try:
        submitted = actions.submit_attendance(
            actor=request.user, mission_enrollment=student, on=on, is_holiday=student.on_holiday
        )
        record = submitted.record
    except Refused as refusal:
        record, problem = None, refusal.sentence
    if not request.htmx:
        return refused(request, problem, "/") if problem else done(request, _("Your attendance is recorded."), "/")
    today = queries.today_from(student, on, record, student.on_holiday) if record else queries.todays([student])[0]
    context = {"today": today, "problem": problem, "just_now": not problem}
    return render(request, "attendance/today.html", context, status=INVALID if problem else 200)


@require_safe
@requires("attendance.submit_own_record")
def own_history(request: HttpRequest) -> HttpResponse:
    """The student's own history; with several missions, of the one that runs."""
    missions = list(programme.own(request.user))
    current = next((m for m in missions if m.mission.status == "active"), missions[0] if missions else None)
    if current is None:
        return render(request, "attendance/no_missions.html")
    return redirect("attendance:history", current.pk)


@require_safe
@requires("attendance.submit_own_record", "programme.view_all_students", "mentoring.view_own_students")
def history(request: HttpRequest, mission_enrollment: int) -> HttpResponse:
    """One month of a student's days, `?month=2026-11-01`; the present month unless asked otherwise."""
    visible = programme.visible_to(request.user).select_related("mission__attendance_policy")
    student = get_object_or_404(visible, pk=mission_enrollment)
    first = _month(request.GET.get("month", ""), clock.today(student.mission.batch.zone))
    records = list(queries.month_of(student, first))
    queries.add_changes(student, records)
    context = {
        "student": student,
        "month": queries.month_grid(student, first, records),
        "window": queries.today_from(student, clock.today(student.mission.batch.zone), None, False).window,
        "may_correct": _may_correct(request, student),
        "siblings": _sibling_tabs(request, student),
        "is_own": student.enrollment.student_id == request.user.pk,
        "first": first,
        "previous": _shift(first, -1),
        "following": _shift(first, +1) if first < clock.today(student.mission.batch.zone).replace(day=1) else None,
        "records": records,
        "attended": sum(record.status in ATTENDED for record in records),
        "summary": queries.summary_of(student),
    }
    return render(request, "attendance/history.html", context)


def _month(text: str, today: date) -> date:
    try:
        asked = parse_date(text) or today
    except ValueError as error:
        raise Http404 from error
    return max(EARLIEST_MONTH, min(asked, today)).replace(day=1)


def _may_correct(request: HttpRequest, student: MissionEnrollment) -> bool:
    if student.enrollment.student_id == request.user.pk:
        return False
    if any(request.user.has_perm(f"attendance.{name}") for name in ("correct_record", "correct_locked")):
        return True
    return (
        request.user.has_perm("attendance.correct_own_students")
        and queries.policy_of(student.mission).mentors_may_correct
    )


def _shift(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _sibling_tabs(request: HttpRequest, student: MissionEnrollment) -> list[dict[str, object]]:
    """The student's other missions, as far as the person may see them."""
    siblings = programme.visible_to(request.user).filter(enrollment=student.enrollment_id).order_by("mission__order")
    return [
        {"label": s.mission.title, "url": reverse("attendance:history", args=[s.pk]), "current": s.pk == student.pk}
        for s in siblings
    ]
