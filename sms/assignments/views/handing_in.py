"""Handing in: a student's assignment, what they handed in, and how staff see that."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sms.assignments import actions, queries
from sms.assignments.choices import TrackerState
from sms.assignments.forms import HandInForm
from sms.assignments.models import Assignment
from sms.assignments.sentences import late_sentence
from sms.core.access import requires
from sms.core.htmx import INVALID, done, refused
from sms.core.problems import Refused
from sms.core.uploads import UploadKind, serve_upload
from sms.programme import queries as programme
from sms.programme.models import MissionEnrollment

# What a student can still do something about, which comes first.
TO_DO = (TrackerState.LATE, TrackerState.DUE_SOON, TrackerState.OPEN)
TABS = (*TO_DO, TrackerState.MISSING, TrackerState.SUBMITTED, TrackerState.GRADED)


def tracker(request: HttpRequest) -> HttpResponse:
    """All assignments of a student, or those in one state. Called by the list, which knows who is a student."""
    found = queries.tracker(request.user)
    counts = queries.count_by_state(found)
    chosen = request.GET.get("state", "")
    address = reverse("assignments:assignments")
    tabs = [{"label": _("All"), "url": address, "current": chosen not in TABS, "count": len(found)}]
    tabs += [
        {
            "label": state.label.capitalize(),
            "url": f"{address}?state={state}",
            "current": state == chosen,
            "count": counts[state],
        }
        for state in TABS
    ]
    context = {
        "standings": _in_order([each for each in found if chosen not in TABS or each.state == chosen]),
        "tabs": tabs if found else [],
        "has_several_missions": len({each.assignment.mission_id for each in found}) > 1,
    }
    return render(request, "assignments/tracker.html", context)


def _in_order(found: Sequence[queries.Standing]) -> list[queries.Standing]:
    """What is to be done first, the most urgent on top; then the rest, the latest on top."""
    to_do = sorted((each for each in found if each.state in TO_DO), key=lambda each: each.due_at)
    return [*to_do, *(each for each in found if each.state not in TO_DO)]


@require_safe
@requires("assignments.view_own_assignments", "assignments.view_all_assignments", "mentoring.view_own_students")
def assignment(request: HttpRequest, pk: int) -> HttpResponse:
    """What is to be done until when; for a student with their own state, and the form to hand in."""
    subject = get_object_or_404(queries.visible_to(request.user), pk=pk)
    student = programme.own(request.user).filter(mission=subject.mission_id).first()
    return _page(request, subject, student, None)


@require_POST
@requires("assignments.hand_in")
def hand_in(request: HttpRequest, pk: int) -> HttpResponseBase:
    subject = get_object_or_404(queries.visible_to(request.user), pk=pk)
    student = programme.own(request.user).filter(mission=subject.mission_id).first()
    if student is None:
        raise Http404
    form = HandInForm(request.POST, request.FILES, assignment=subject)
    if form.is_valid():
        try:
            handed_in = actions.hand_in(
                actor=request.user, mission_enrollment=student, assignment=subject, **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            sentence = _("Your work is handed in.") if handed_in.is_new else _("You have handed in just this already.")
            return done(request, sentence, reverse("assignments:assignment", args=[subject.pk]))
    return _page(request, subject, student, form)


@require_safe
@requires("assignments.view_own_assignments", "assignments.view_all_assignments", "mentoring.view_own_students")
def evidence(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A file that a student handed in, as a download: for the student, their mentors and staff."""
    version = get_object_or_404(queries.evidence_visible_to(request.user).exclude(file=""), pk=pk)
    return serve_upload(version.file, version.file_name, UploadKind(version.file_kind))


@require_safe
@requires("assignments.view_all_assignments", "mentoring.view_own_students")
def of_student(request: HttpRequest, pk: int, mission_enrollment: int) -> HttpResponse:
    """One student's work for one assignment, as staff and the student's mentors see it."""
    student = get_object_or_404(programme.visible_to(request.user), pk=mission_enrollment)
    subject = get_object_or_404(Assignment, pk=pk, mission=student.mission_id)
    context = _about(subject, student)
    submission = context["standing"].submission
    context |= {
        "student": student,
        "extensions": queries.extensions_of(student, subject),
        "may_verify": request.user.has_perm("assignments.verify_submissions"),
        "may_grade": submission and queries.may_grade(request.user, submission),
    }
    return render(request, "assignments/work_of_student.html", context)


@require_POST
@requires("assignments.verify_submissions")
def verify(request: HttpRequest, pk: int) -> HttpResponseBase:
    submission = get_object_or_404(
        queries.submissions_visible_to(request.user).select_related("assignment", "mission_enrollment"), pk=pk
    )
    address = reverse("assignments:of-student", args=[submission.assignment_id, submission.mission_enrollment_id])
    if actions.verify_submission(actor=request.user, submission=submission):
        return done(request, _("The work is verified. It counts for points now."), address)
    return refused(request, _("This work was verified already."), address)


def _page(
    request: HttpRequest, subject: Assignment, student: MissionEnrollment | None, form: HandInForm | None
) -> HttpResponse:
    context = _about(subject, student)
    if student and context["standing"].takes_work and request.user.has_perm("assignments.hand_in"):
        context["form"] = form or HandInForm(assignment=subject)
    elif form:
        context["problem"] = form.non_field_errors()
    return render(request, "assignments/assignment.html", context, status=INVALID if form else 200)


def _about(subject: Assignment, student: MissionEnrollment | None) -> dict[str, object]:
    standing = queries.standing_of(student, subject) if student else None
    zone = subject.mission.batch.zone
    return {
        "assignment": subject,
        "instructions": queries.instructions_of(subject),
        "late": late_sentence(subject),
        "standing": standing,
        "versions": list(queries.evidence_of(student, subject)) if student else [],
        "due_at": standing.due_at if standing else subject.due_at,
        "end_at": standing.end_at if standing else subject.late_until,
        "zone": zone,
        "differs": _differs(standing.due_at if standing else subject.due_at, zone),
    }


def _differs(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of the person and of the programme show different times."""
    return timezone.localtime(moment).utcoffset() != moment.astimezone(zone).utcoffset()
