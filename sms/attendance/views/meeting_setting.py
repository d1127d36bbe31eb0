"""Setting meetings in the browser: a weekly series of a mission, or a single one."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from sms.attendance import actions, queries
from sms.attendance.meeting_forms import MeetingForm, SeriesForm
from sms.attendance.models import Meeting, MeetingSeries
from sms.core.access import requires
from sms.core.htmx import INVALID, done
from sms.core.problems import Refused
from sms.programme.models import Mission


@requires("attendance.manage_meetings")
def create_series(request: HttpRequest, mission: int) -> HttpResponseBase:
    parent = get_object_or_404(Mission.objects.select_related("batch"), pk=mission)
    form = SeriesForm(request.POST or None, instance=MeetingSeries(mission=parent))
    if request.method == "POST" and form.is_valid():
        try:
            actions.create_series(actor=request.user, mission=parent, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("starts_at", refusal.sentence)
        else:
            return done(request, _("The weekly meeting is set."), parent.get_absolute_url())
    return _form(request, form, parent, _("New weekly meeting"))


@requires("attendance.manage_meetings")
def edit_series(request: HttpRequest, pk: int) -> HttpResponseBase:
    subject = get_object_or_404(queries.series_visible_to(request.user), pk=pk)
    form = SeriesForm(request.POST or None, instance=subject)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_series(actor=request.user, series=subject, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("starts_at", refusal.sentence)
        else:
            return done(request, _("The weekly meeting is changed."), subject.mission.get_absolute_url())
    return _form(request, form, subject.mission, _("Edit weekly meeting"))


@requires("attendance.manage_meetings")
def create(request: HttpRequest, mission: int) -> HttpResponseBase:
    parent = get_object_or_404(Mission.objects.select_related("batch"), pk=mission)
    with timezone.override(parent.batch.zone):
        form = MeetingForm(request.POST or None, instance=Meeting(mission=parent))
        if request.method == "POST" and form.is_valid():
            try:
                meeting = actions.create_meeting(actor=request.user, mission=parent, **form.cleaned_data)
            except Refused as refusal:
                form.add_error("starts_at", refusal.sentence)
            else:
                return done(request, _("The meeting is set."), meeting.get_absolute_url())
        return _form(request, form, parent, _("New meeting"))


@requires("attendance.manage_meetings")
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    subject = get_object_or_404(queries.meetings_visible_to(request.user), pk=pk)
    with timezone.override(subject.zone):
        form = MeetingForm(request.POST or None, instance=subject)
        if request.method == "POST" and form.is_valid():
            try:
                actions.edit_meeting(actor=request.user, meeting=subject, **form.cleaned_data)
            except Refused as refusal:
                form.add_error("starts_at", refusal.sentence)
            else:
                return done(request, _("The meeting is changed."), subject.get_absolute_url())
        return _form(request, form, subject.mission, _("Edit meeting"))


def _form(request: HttpRequest, form: SeriesForm | MeetingForm, mission: Mission, title: str) -> HttpResponse:
    context = {"form": form, "title": title, "mission": mission, "zone": mission.batch.timezone}
    return render(request, "attendance/meeting_form.html", context, status=INVALID if form.errors else 200)
