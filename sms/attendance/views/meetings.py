"""Meetings in the browser: the list, one meeting, and the student’s submission."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sms.attendance import actions, queries
from sms.attendance.choices import MeetingWay
from sms.attendance.meeting_filters import MeetingFilter, MeetingRecordFilter, OwnMeetingFilter
from sms.attendance.meeting_forms import CodeForm
from sms.attendance.meeting_tables import HostedRecordTable, MeetingRecordTable, MeetingTable, OwnMeetingTable
from sms.attendance.models import Meeting
from sms.attendance.queries import OwnMeeting
from sms.core.access import requires
from sms.core.htmx import INVALID, done, refused
from sms.core.list_page import Empty, list_page
from sms.core.problems import Refused
from sms.programme import queries as programme

MAY_SEE = ("attendance.submit_own_record", "attendance.host_meetings")


@require_safe
@requires(*MAY_SEE)
def meetings(request: HttpRequest) -> HttpResponseBase:
    """Hosts and staff see how many were there, a student how they were there themself and what comes next."""
    hosts = request.user.has_perm("attendance.host_meetings")
    own = list(programme.own(request.user).filter(mission__status="active")) if not hosts else []
    return list_page(
        request,
        title=_("Meetings"),
        subtitle=_("Up to a week ahead. Choose the state “scheduled” for all that are to come.") if hosts else "",
        queryset=queries.meetings_visible_to(request.user).order_by("-starts_at", "-pk"),
        table_class=MeetingTable if hosts else OwnMeetingTable,
        filterset_class=MeetingFilter if hosts else OwnMeetingFilter,
        search_fields=("title", "mission__title"),
        empty=Empty(
            _("No meetings yet"), _("They appear here as soon as a mission has a weekly meeting."), icon="presentation"
        ),
        export_name="meetings",
        enrich=(queries.add_turnouts if hosts else queries.add_own_records)(request.user),
        template="layouts/list.html" if hosts else "attendance/own_meetings.html",
        context={"now": queries.meetings_now(own), "form": CodeForm()},
    )


@require_safe
@requires(*MAY_SEE)
def meeting(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A student submits here; hosts and staff see who was there."""
    subject = get_object_or_404(queries.meetings_visible_to(request.user), pk=pk)
    may_host = queries.meetings_hosted_by(request.user).filter(pk=subject.pk).exists()
    if not may_host and request.user.has_perm("attendance.submit_own_record"):
        return _own_page(request, _own_or_404(request, subject), CodeForm())
    return list_page(
        request,
        title=subject.title,
        queryset=queries.records_in(request.user, subject),
        table_class=HostedRecordTable if may_host else MeetingRecordTable,
        filterset_class=MeetingRecordFilter,
        search_fields=programme.student_search(request.user, "mission_enrollment__enrollment__student__"),
        empty=Empty(
            _("Nobody is recorded yet"),
            _("Students appear here as they submit, and all others when the meeting is closed."),
            icon="presentation",
        ),
        export_name="meeting",
        template="attendance/meeting.html",
        context={
            "meeting": subject,
            "may_host": may_host,
            "may_import": request.user.has_perms(("data_exchange.import_data", "programme.view_all_students")),
            "turnout": queries.turnout_of(request.user, subject),
            "list_url": f"{reverse('attendance:meetings')}?mission={subject.mission_id}",
        },
    )


@require_POST
@requires("attendance.submit_own_record")
def submit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """“I am here”, with the code where one is shown. Twice changes nothing."""
    subject = get_object_or_404(queries.meetings_visible_to(request.user), pk=pk)
    own = _own_or_404(request, subject)
    form = CodeForm(request.POST)
    code = form.cleaned_data["code"] if form.is_valid() else ""
    problem = ""
    try:
        actions.submit_meeting(actor=request.user, meeting=subject, mission_enrollment=own.student, code=code)
    except Refused as refusal:
        problem = refusal.sentence
    if request.htmx:
        own = queries.own_meeting(own.student, subject)
        return _fragment(request, own, CodeForm(), problem, status=INVALID if problem else 200)
    if not problem:
        return done(request, _("Your attendance in the meeting is recorded."), subject.get_absolute_url())
    if subject.way == MeetingWay.CODE:
        return _own_page(request, queries.own_meeting(own.student, subject), form, problem, status=INVALID)
    return refused(request, problem, subject.get_absolute_url())


def _own_or_404(request: HttpRequest, meeting: Meeting) -> OwnMeeting:
    student = queries.place_in(request.user, meeting)
    if student is None:
        raise Http404
    return queries.own_meeting(student, meeting)


def _own_page(
    request: HttpRequest, own: OwnMeeting, form: CodeForm, problem: str = "", status: int = 200
) -> HttpResponse:
    if request.htmx:
        return _fragment(request, own, form, problem, status)
    context = {
        "own": own,
        "form": form,
        "problem": problem,
        "corrections": queries.meeting_corrections(own.student, own.meeting)[:10],
    }
    return render(request, "attendance/own_meeting_page.html", context, status=status)


def _fragment(request: HttpRequest, own: OwnMeeting, form: CodeForm, problem: str, status: int) -> HttpResponse:
    context = {"own": own, "form": form, "problem": problem, "just_now": request.method == "POST" and not problem}
    return render(request, "attendance/own_meeting.html", context, status=status)
