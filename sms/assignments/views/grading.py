"""Grading in the browser: the queue, one submission after the other, and the student's own grade."""

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sms.assignments import actions, queries
from sms.assignments.filters import QueueFilter
from sms.assignments.forms.grading import GradingForm
from sms.assignments.models import Grade, Submission
from sms.assignments.tables import QueueTable
from sms.core.access import requires
from sms.core.htmx import INVALID, done
from sms.core.list_page import MOST_KEY_DIGITS, Action, Empty, is_number, list_page, narrowed
from sms.core.problems import Refused

MAY_GRADE = requires("assignments.grade_own_students", "assignments.grade_all")


@require_safe
@MAY_GRADE
def queue(request: HttpRequest) -> HttpResponseBase:
    """What waits for a grade: a mentor's own students', for staff everyone's."""
    return list_page(
        request,
        title=_("Grading"),
        subtitle=_("What waits for a grade, the oldest first"),
        queryset=queries.with_people(queries.queue_of(request.user)),
        table_class=QueueTable,
        filterset_class=QueueFilter,
        search_fields=("mission_enrollment__enrollment__student__name", "assignment__title"),
        actions=[Action(_("Start"), _with_filters(request, reverse("assignments:grade-next")), "play", "primary")],
        empty=Empty(
            _("Nothing waits for a grade"),
            _("What students hand in appears here, the oldest first."),
            icon="clipboard-check",
        ),
        export_name="grading",
    )


@require_safe
@MAY_GRADE
def grade_next(request: HttpRequest) -> HttpResponseBase:
    """To what waits behind the submission `after`, or to the first; where nothing does, to the queue, which says so."""
    after = request.GET.get("after", "")
    passed = queries.gradable_by(request.user).filter(pk=after).first() if is_number(after, MOST_KEY_DIGITS) else None
    return redirect(_following(request, passed))


@MAY_GRADE
def grading(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One submission. The form is made for the grade that the person saw when they opened the page."""
    submission = get_object_or_404(queries.with_people(queries.gradable_by(request.user)), pk=pk)
    grades = queries.grades_of(submission)
    seen = request.POST.get("seen", "") if request.method == "POST" else None
    shown = next((each for each in grades if (each.is_current if seen is None else str(each.pk) == seen)), None)
    form = _form(submission, shown, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.grade_submission(actor=request.user, submission=submission, **form.given)
        except actions.GradedMeanwhile as refusal:
            grades = queries.grades_of(submission)
            form = _form(submission, refusal.grade, _having_seen(refusal.grade, request))
            form.add_error(None, refusal.sentence)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return _on(request, submission)
    context = {
        "submission": submission,
        "student": submission.mission_enrollment,
        "assignment": submission.assignment,
        "standing": queries.standing_of(submission.mission_enrollment, submission.assignment),
        "versions": list(queries.evidence_of(submission.mission_enrollment, submission.assignment)),
        "form": form,
        "grades": grades,
        "release": queries.release_of(submission.assignment),
        "next_url": _with_filters(request, reverse("assignments:grade-next"), after=submission.pk),
        "queue_url": _queue_url(request),
    }
    return render(request, "assignments/grading/page.html", context, status=INVALID if form.errors else 200)


@require_safe
@MAY_GRADE
def total(request: HttpRequest, pk: int) -> HttpResponse:
    """The sum of the points as far as they are typed in."""
    submission = get_object_or_404(queries.gradable_by(request.user), pk=pk)
    form = _form(submission, None, request.GET)
    form.full_clean()
    return render(request, "assignments/grading/total.html", {"form": form})


@require_safe
@requires("assignments.view_own_assignments")
def own_grade(request: HttpRequest, pk: int) -> HttpResponse:
    """For the student, once it is out."""
    assignment = get_object_or_404(queries.visible_to(request.user), pk=pk)
    grade = queries.own_grade(request.user, assignment)
    if grade is None:
        raise Http404
    return render(request, "assignments/grading/own.html", {"assignment": assignment, "grade": grade})


def _form(submission: Submission, shown: Grade | None, data: object) -> GradingForm:
    criteria = list(submission.assignment.criteria.all())
    return GradingForm(data, assignment=submission.assignment, criteria=criteria, current=shown)


def _having_seen(grade: Grade, request: HttpRequest) -> QueryDict:
    """What was typed in, for another attempt that knows of this grade."""
    data = request.POST.copy()
    data["seen"] = str(grade.pk)
    return data


def _queue(request: HttpRequest) -> QuerySet[Submission]:
    """The queue as far as the filters in the address leave it."""
    return narrowed(request, queries.queue_of(request.user), QueueFilter, ())[1]


def _on(request: HttpRequest, submission: Submission) -> HttpResponseBase:
    """To the next of the queue, or where the person asked to stay."""
    saved = _("%(student)s is graded.") % {"student": submission.mission_enrollment.student.name}
    if "stay" in request.POST:
        return done(request, saved, request.get_full_path())
    return done(request, saved, _following(request, submission))


def _following(request: HttpRequest, after: Submission | None) -> str:
    """The address of the next of the queue, or of the queue when nothing else waits in it."""
    waiting = _queue(request)
    following = queries.next_in(waiting, after) if after else waiting.first()
    if following is None:
        return _queue_url(request)
    return _with_filters(request, reverse("assignments:grading", args=[following.pk]))


def _queue_url(request: HttpRequest) -> str:
    return _with_filters(request, reverse("assignments:queue"))


def _with_filters(request: HttpRequest, url: str, **more: int) -> str:
    """The address with the filters of the queue, which are carried along from page to page."""
    carried = {name: value for name in QueueFilter.asked_by if (value := request.GET.get(name))}
    query = urlencode(carried | more)
    return f"{url}?{query}" if query else url
