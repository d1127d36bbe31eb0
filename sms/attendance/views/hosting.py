"""Hosting a meeting in the browser: the code on the screen, opening, closing, cancelling, and who was there."""

from collections import Counter

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sms.attendance import actions, codes, queries
from sms.attendance.choices import ATTENDED, DayStatus, MeetingState
from sms.attendance.meeting_forms import CancellationForm, MarkForm, RecordForm
from sms.attendance.models import Meeting
from sms.core import clock
from sms.core.access import requires
from sms.core.htmx import INVALID, done, refused
from sms.core.problems import Refused
from sms.programme import queries as programme
from sms.programme.models import MissionEnrollment


@require_safe
@never_cache
@requires("attendance.host_meetings")
def host(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What the host shares on the screen: the code, how long it holds, and how many have submitted."""
    return render(request, "attendance/host.html", _screen(_hosted(request, pk)))


@require_safe
@never_cache
@requires("attendance.host_meetings")
def host_screen(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The part of it that changes all the time."""
    return render(request, "attendance/host_screen.html", _screen(_hosted(request, pk)))


@require_POST
@requires("attendance.host_meetings")
def open_meeting(request: HttpRequest, pk: int) -> HttpResponseBase:
    subject = _hosted(request, pk)
    try:
        actions.open_meeting(actor=request.user, meeting=subject)
    except Refused as refusal:
        return refused(request, refusal.sentence, subject.get_absolute_url())
    return redirect("attendance:host", pk)


@require_POST
@requires("attendance.host_meetings")
def close_meeting(request: HttpRequest, pk: int) -> HttpResponseBase:
    subject = _hosted(request, pk)
    try:
        absent = actions.close_meeting(actor=request.user, meeting=subject)
    except Refused as refusal:
        return refused(request, refusal.sentence, subject.get_absolute_url())
    sentence = ngettext(
        "The meeting is closed. %(n)d student was absent.", "The meeting is closed. %(n)d students were absent.", absent
    )
    return done(request, sentence % {"n": absent}, subject.get_absolute_url())


@requires("attendance.host_meetings")
def cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    subject = _hosted(request, pk)
    form = CancellationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel_meeting(actor=request.user, meeting=subject, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return done(request, _("The meeting is cancelled."), subject.get_absolute_url())
    context = {"form": form, "meeting": subject}
    return render(request, "attendance/meeting_cancel.html", context, status=INVALID if form.errors else 200)


@requires("attendance.host_meetings")
def mark(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All students of a meeting at once. First it is shown, by GET, how many would become what; a POST does it."""
    subject = _hosted(request, pk)
    answers = request.POST if request.method == "POST" else request.GET
    form = MarkForm(answers if "status" in answers else None)
    preview, fingerprint = None, ""
    if form.is_bound and form.is_valid():
        statuses = _statuses(request, subject, form.cleaned_data["whom"])
        status, reason = form.cleaned_data["status"], form.cleaned_data["reason"]
        fingerprint = queries.fingerprint_of(statuses)
        preview = Counter(before or "none" for before in statuses.values() if before != status)
        if request.method == "POST":
            try:
                changed = actions.mark_meeting(
                    actor=request.user,
                    meeting=subject,
                    students=statuses,
                    status=status,
                    reason=reason,
                    fingerprint=request.POST.get("fingerprint", ""),
                )
            except Refused as refusal:
                form.add_error(None, refusal.sentence)
            else:
                sentence = ngettext("%(n)d student is changed.", "%(n)d students are changed.", changed)
                return done(request, sentence % {"n": changed}, subject.get_absolute_url())
    context = {
        "form": form,
        "meeting": subject,
        "fingerprint": fingerprint,
        "preview": preview and _labelled(preview),
        "total": preview.total() if preview is not None else None,
        "new_label": DayStatus(form.cleaned_data["status"]).label if preview is not None else "",
    }
    return render(request, "attendance/meeting_mark.html", context, status=INVALID if form.errors else 200)


@requires("attendance.host_meetings")
def correct(request: HttpRequest, pk: int, mission_enrollment: int) -> HttpResponseBase:
    """How one student was there, by hand and with a reason; what was there before stays readable below."""
    subject = _hosted(request, pk)
    in_sight = programme.visible_to(request.user).filter(mission=subject.mission_id)
    student: MissionEnrollment = get_object_or_404(in_sight, pk=mission_enrollment)
    record = queries.own_meeting(student, subject).record
    form = RecordForm(request.POST or None, initial={"status": record.status} if record else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.correct_meeting_record(
                actor=request.user, meeting=subject, mission_enrollment=student, **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return done(request, _("The record is corrected."), subject.get_absolute_url())
    context = {
        "form": form,
        "meeting": subject,
        "student": student,
        "record": record,
        "corrections": queries.meeting_corrections(student, subject)[:20],
    }
    return render(request, "attendance/meeting_correct.html", context, status=INVALID if form.errors else 200)


def _hosted(request: HttpRequest, pk: int) -> Meeting:
    return get_object_or_404(queries.meetings_hosted_by(request.user), pk=pk)


def _screen(meeting: Meeting) -> dict[str, object]:
    moment = clock.now()
    code = codes.code_at(meeting.secret, moment)
    half = codes.DIGITS // 2
    is_open = meeting.state == MeetingState.OPEN
    return {
        "meeting": meeting,
        "is_open": is_open,
        "code": f"{code[:half]} {code[half:]}" if is_open else "",
        "seconds_left": codes.seconds_left(moment),
        "step": codes.STEP,
        "submitted": queries.submitted_count(meeting),
        "asked": queries.taking_part_on(meeting.mission, meeting.on).count(),
    }


def _statuses(request: HttpRequest, meeting: Meeting, whom: str) -> dict[int, str | None]:
    """The students that are meant, of those whom the person may see: key → what is recorded of them."""
    recorded = dict(queries.records_in(request.user, meeting).values_list("mission_enrollment", "status"))
    everyone = dict.fromkeys(queries.asked_in(request.user, meeting).values_list("pk", flat=True)) | recorded
    for own in programme.own(request.user).filter(mission=meeting.mission_id):
        everyone.pop(own.pk, None)  # corrected by somebody else
    if whom == MarkForm.EVERYONE:
        return everyone
    return {pk: status for pk, status in everyone.items() if status not in (*ATTENDED, DayStatus.EXCUSED)}


def _labelled(preview: Counter) -> list[tuple[str, int]]:
    labels = {**dict(DayStatus.choices), "none": _("nothing recorded")}
    return [(str(labels[status]), count) for status, count in preview.most_common()]
