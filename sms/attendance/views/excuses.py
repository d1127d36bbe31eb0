"""Excuses in the browser: asking, the queue of those that wait, and the answer."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from sms.attendance import actions, queries
from sms.attendance.choices import ExcuseState
from sms.attendance.filters import ExcuseFilter
from sms.attendance.forms import AnswerForm, ExcuseForm
from sms.attendance.models import ExcuseRequest
from sms.attendance.tables import ExcuseTable
from sms.core import clock
from sms.core.access import requires
from sms.core.htmx import INVALID, done, refused
from sms.core.list_page import BulkAction, BulkActions, Empty, chosen_rows, list_page
from sms.core.problems import Refused
from sms.core.uploads import UploadKind, serve_upload
from sms.programme import queries as programme

SEARCH = ("mission_enrollment__enrollment__student__name", "reason")
ANSWERS = {"grant": ExcuseState.GRANTED, "refuse": ExcuseState.REFUSED}


@requires("attendance.submit_own_record")
def ask(request: HttpRequest, mission_enrollment: int) -> HttpResponseBase:
    """A student asks to be excused; what they asked before, and the answers, stand beside it."""
    student = get_object_or_404(programme.own(request.user), pk=mission_enrollment)
    today = clock.today(student.mission.batch.zone)
    form = ExcuseForm(request.POST or None, request.FILES or None, initial={"first": today, "last": today})
    if request.method == "POST" and form.is_valid():
        try:
            actions.ask_for_excuse(actor=request.user, mission_enrollment=student, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return done(
                request,
                _("You have asked. You find the answer here."),
                reverse("attendance:ask-excuse", args=[student.pk]),
            )
    context = {"form": form, "student": student, "excuses": queries.excuses_of(student)}
    return render(request, "attendance/ask_excuse.html", context, status=INVALID if form.errors else 200)


@require_POST
@requires("attendance.submit_own_record", "attendance.decide_excuses")
def withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The student takes back what waits, staff what they granted."""
    excuse = get_object_or_404(_own_or_decided(request), pk=pk)
    is_own = excuse.mission_enrollment.enrollment.student_id == request.user.pk
    back = (
        reverse("attendance:ask-excuse", args=[excuse.mission_enrollment_id]) if is_own else excuse.get_absolute_url()
    )
    reason = request.POST.get("reason", "").strip()[:250]
    if not is_own and not reason:
        return refused(request, _("Say why you withdraw it: the student can read it."), back)
    try:
        actions.withdraw_excuse(actor=request.user, request=excuse, reason=reason)
    except Refused as refusal:
        return refused(request, refusal.sentence, back)
    return done(request, _("The request is withdrawn."), back)


@require_safe
@requires("attendance.submit_own_record", "attendance.decide_excuses")
def file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What a student added, as a download: for the student and those who decide."""
    excuse = get_object_or_404(_own_or_decided(request).exclude(file=""), pk=pk)
    return serve_upload(excuse.file, excuse.file_name, UploadKind(excuse.file_kind))


@require_safe
@requires("attendance.decide_excuses")
def excuses(request: HttpRequest) -> HttpResponseBase:
    """The queue: those that wait, the longest first; `?state=` shows the others."""
    return list_page(
        request,
        title=_("Excuses"),
        queryset=_rows(request),
        table_class=ExcuseTable,
        filterset_class=ExcuseFilter,
        search_fields=SEARCH,
        bulk=BulkActions(
            reverse("attendance:answer-excuses"),
            [BulkAction("grant", _("Grant"), "check"), BulkAction("refuse", _("Refuse"), "x")],
        ),
        empty=Empty(_("No excuses"), _("What students ask for appears here."), icon="calendar-off"),
        export_name="excuses",
    )


@requires("attendance.decide_excuses")
def answer(request: HttpRequest) -> HttpResponseBase:
    """Answers the chosen requests that wait, all with the same words."""
    waiting = chosen_rows(request, queryset=_rows(request), filterset_class=ExcuseFilter, search_fields=SEARCH).filter(
        pk__in=queries.excuses_to_decide(request.user).values("pk")
    )
    state = ANSWERS.get(request.GET.get("_do", ""), ExcuseState.GRANTED)
    chosen = list(waiting)
    back = reverse("attendance:excuses")
    if not chosen:
        return refused(request, _("None of these waits for your answer any more."), back)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = [each.pk for each in chosen if str(each.pk) in request.POST.getlist("request")]
        try:
            count = actions.decide_excuses(
                actor=request.user, requests=wanted, state=state, answer=form.cleaned_data["answer"]
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return done(request, _answered(count), back)
    context = {"form": form, "chosen": chosen, "is_grant": state == ExcuseState.GRANTED, "back": back}
    return render(request, "attendance/answer_excuses.html", context, status=INVALID if form.errors else 200)


@require_safe
@requires("attendance.decide_excuses")
def excuse(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One request with its days and its answer."""
    subject = get_object_or_404(queries.excuses_visible_to(request.user), pk=pk)
    context = {
        "excuse": subject,
        "records": subject.records.order_by("on"),
        "grant_url": f"{reverse('attendance:answer-excuses')}?_do=grant&_rows={pk}",
        "refuse_url": f"{reverse('attendance:answer-excuses')}?_do=refuse&_rows={pk}",
        "may_decide": queries.excuses_to_decide(request.user).filter(pk=pk).exists(),
    }
    return render(request, "attendance/excuse.html", context)


def _own_or_decided(request: HttpRequest) -> QuerySet[ExcuseRequest]:
    """To guide a student is no reason to read what a doctor wrote about them."""
    rows = queries.excuses_visible_to(request.user)
    if request.user.has_perm("attendance.decide_excuses"):
        return rows
    return rows.filter(mission_enrollment__enrollment__student=request.user)


def _rows(request: HttpRequest) -> QuerySet[ExcuseRequest]:
    """Those that wait, unless another state is asked for."""
    rows = queries.excuses_visible_to(request.user)
    return rows if request.GET.get("state") else rows.filter(state=ExcuseState.PENDING)


def _answered(count: int) -> str:
    if not count:
        return _("Somebody else answered these meanwhile. Nothing was changed.")
    return ngettext(
        "%(n)d request is answered. Its days and points follow.",
        "%(n)d requests are answered. Their days and points follow.",
        count,
    ) % {"n": count}
