"""Calling in the browser: the list, the card of the student whom one holds, the log and the promises."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from sms.attendance.queries import strips, summary_of
from sms.core import clock
from sms.core.access import requires
from sms.core.htmx import INVALID, done, refused, toast
from sms.core.list_page import Action, Empty, list_page, search
from sms.core.problems import Refused
from sms.mentoring.queries import with_mentors
from sms.outreach import actions, queries
from sms.outreach.filters import CallFilter
from sms.outreach.forms import CallForm
from sms.outreach.models import CallEntry
from sms.outreach.tables import CallTable, FollowUpTable, WaitingTable
from sms.points.queries import points_of
from sms.programme import queries as programme
from sms.risk import queries as risk
from sms.risk.filters import LowPerformerFilter


@require_safe
@requires("outreach.make_calls")
def calls(request: HttpRequest) -> HttpResponseBase:
    """The card of the student whom the SRE holds, over the list of those who wait."""
    held = queries.held_by(request.user)
    return list_page(
        request,
        title=_("Calls"),
        queryset=queries.waiting_list(request.user),
        table_class=WaitingTable,
        search_fields=("mission_enrollment__enrollment__student__name", "mission_enrollment__mission__title"),
        empty=Empty(
            _("Nobody waits for a call"),
            _("Put students on the call list from “Falling behind”."),
            icon="phone",
            action_label=_("Falling behind"),
            action_href=reverse("risk:low-performers"),
        ),
        export_name="call-list",
        template="outreach/calls.html",
        context={"takeable": queries.takeable().count(), **(card_context(held) if held else {})},
    )


@require_POST
@requires("outreach.make_calls")
def take_next(request: HttpRequest) -> HttpResponseBase:
    """Claims the next student for this SRE and nobody else."""
    return _go_on(request)


@requires("outreach.make_calls")
def card(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The student on the phone: shows the card, and on POST logs the call and goes on to the next."""
    entry = get_object_or_404(queries.visible_to(request.user), pk=pk)
    if request.method != "POST":
        if queries.held_by(request.user) != entry:
            return refused(
                request, _("This student is not on your phone. Take the next call."), reverse("outreach:calls")
            )
        return render(request, "outreach/card_page.html", card_context(entry))
    form = CallForm(request.POST)
    if form.is_valid():
        try:
            actions.log_call(actor=request.user, entry=entry, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return _go_on(request, said=_("The call is logged."))
    template = "outreach/card.html" if request.htmx else "outreach/card_page.html"
    return render(request, template, card_context(entry, form), status=INVALID)


@require_POST
@requires("outreach.make_calls")
def release(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Gives the student back to the list."""
    entry = get_object_or_404(queries.visible_to(request.user), pk=pk)
    actions.release(actor=request.user, entry=entry)
    return done(request, _("The student is back on the list."), reverse("outreach:calls"))


@require_POST
@requires("outreach.make_calls")
def list_students(request: HttpRequest) -> HttpResponseBase:
    """Puts all students that match the search and the filters of “Falling behind” on the call list."""
    filterset = LowPerformerFilter(request.POST, queryset=risk.low_performers(request.user), request=request)
    searched = programme.student_search(request.user, "enrollment__student__")
    matching = search(filterset.qs, request.POST.get("q", ""), searched)
    added = actions.list_for_calls(actor=request.user, students=matching)
    sentence = ngettext("%(n)d student came onto the call list.", "%(n)d students came onto the call list.", added)
    return done(request, sentence % {"n": added}, reverse("outreach:calls"))


@require_safe
@requires("outreach.view_call_log")
def log(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        title=_("Call log"),
        queryset=queries.calls_visible_to(request.user).order_by("-started_at", "-pk"),
        table_class=CallTable,
        filterset_class=CallFilter,
        search_fields=("entry__mission_enrollment__enrollment__student__name", "notes"),
        empty=Empty(_("No calls yet"), _("Each logged call appears here."), icon="phone"),
        export_name="calls",
    )


@require_safe
@requires("outreach.make_calls")
def follow_ups(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        title=_("Follow-ups"),
        subtitle=_("What you promised on the phone."),
        queryset=queries.open_follow_ups(request.user).order_by("due_at", "pk"),
        table_class=FollowUpTable,
        search_fields=("call__entry__mission_enrollment__enrollment__student__name", "call__notes"),
        empty=Empty(
            _("Nothing to follow up"),
            _("A follow-up comes from a call that you log with a time."),
            icon="calendar-check",
        ),
        actions=[Action(_("Call log"), reverse("outreach:log"), icon="list")],
    )


@require_POST
@requires("outreach.make_calls")
def finish(request: HttpRequest, pk: int) -> HttpResponseBase:
    follow_up = get_object_or_404(queries.open_follow_ups(request.user), pk=pk)
    actions.finish_follow_up(actor=request.user, follow_up=follow_up)
    return done(request, _("Done. The follow-up is off your list."), reverse("outreach:follow-ups"))


def card_context(entry: CallEntry, form: CallForm | None = None) -> dict[str, object]:
    """What the card shows: who, why, the facts of the last weeks, the last contacts and the form."""
    students = risk.with_facts(with_mentors(programme.with_people()))
    student = students.get(pk=entry.mission_enrollment_id)
    return {
        "entry": entry,
        "student": student,
        "reasons": risk.reasons(student) or entry.reasons,
        "strip": strips([student])[student.pk],
        "summary": summary_of(student),
        "points": points_of(student),
        "last_calls": queries.last_calls_with(student.student)[:3],
        "local_time": clock.now().astimezone(student.student.zone),
        "form": form or CallForm(),
    }


def _go_on(request: HttpRequest, said: str = "") -> HttpResponseBase:
    """Takes the next student and shows their card, after saying what was done before."""
    entry = actions.take_next(actor=request.user)
    if said and not (entry and request.htmx):
        messages.success(request, said)
    if entry is None:
        return done(request, _("Nobody waits for a call now."), reverse("outreach:calls"))
    if not request.htmx:
        return redirect("outreach:card", entry.pk)
    entry = get_object_or_404(queries.visible_to(request.user), pk=entry.pk)
    response = render(request, "outreach/card.html", card_context(entry))
    response["HX-Push-Url"] = entry.get_absolute_url()
    return toast(response, said) if said else response
