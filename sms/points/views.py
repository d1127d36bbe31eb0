"""Points in the browser: the total, the entries that explain it, points by hand, rules and their rehearsal."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sms.accounts.models import User
from sms.core.access import requires
from sms.core.htmx import INVALID, done
from sms.core.list_page import Empty, list_page
from sms.core.problems import Refused
from sms.points import actions, queries
from sms.points.forms import AsOfForm, GiveForm, RulesForm, SettingsForm, WithdrawForm
from sms.points.rehearsal import Rehearsal, rehearse
from sms.points.sources import ruled_kinds
from sms.points.tables import DriftTable, LedgerTable
from sms.programme import queries as programme
from sms.programme.models import Mission, MissionEnrollment

ATTEMPTS_TO_WAIT = 15
HISTORY = 50  # rules

# --- A student's points


@require_safe
@requires("points.view_own_ledger", "programme.view_all_students", "mentoring.view_own_students")
def ledger(request: HttpRequest, mission_enrollment: int) -> HttpResponseBase:
    """How a student's points came about: each entry with its cause and time, today or as of a past day."""
    student = _student(request, mission_enrollment)
    is_pending = queries.is_pending(student)  # before the points, as in `total`
    form = AsOfForm(request.GET)
    as_of = form.cleaned_data["as_of"] if form.is_valid() else None
    entries = queries.entries_of(student, as_of)
    sums = queries.sums_by_source(entries)
    points = sum(of_source for _source, of_source in sums)
    return list_page(
        request,
        title=_("Points"),
        subtitle=f"{student.mission} · {student.student}",
        queryset=entries,
        table_class=LedgerTable,
        empty=Empty(_("No points yet"), _("They come with the first day of attendance."), icon="sparkles"),
        export_name="points",
        enrich=queries.explained,
        template="points/ledger.html",
        context={
            "student": student,
            "points": points,
            "sums": sums,
            "form": form,
            "as_of": as_of,
            "gained": None if as_of else queries.gained_in_a_week(student),
            "standing": None if as_of else _own_standing(request.user, student, points),
            "is_pending": is_pending,
            "has_leaderboard": queries.settings_of(student.mission).has_leaderboard,
            **_by_hand(request.user, student),
        },
    )


@require_safe
@requires("points.view_own_ledger", "programme.view_all_students", "mentoring.view_own_students")
def total(request: HttpRequest, mission_enrollment: int) -> HttpResponse:
    """The total as a fragment, which asks again each second until the recalculation is through."""
    student = _student(request, mission_enrollment)
    attempt = _attempt(request.GET.get("attempt", ""))
    is_pending = queries.is_pending(student)  # before the points: what is committed in between is asked for again
    points = queries.points_of(student)
    context = {
        "student": student,
        "points": points,
        "gained": queries.gained_in_a_week(student),
        "standing": _own_standing(request.user, student, points),
        "next_attempt": attempt + 1 if is_pending and attempt < ATTEMPTS_TO_WAIT else None,
    }
    return render(request, "points/total.html", context)


@requires("points.give_manual")
def give(request: HttpRequest, mission_enrollment: int) -> HttpResponseBase:
    """Points by hand, with the reason that the student reads."""
    student = _student(request, mission_enrollment)
    form = GiveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_points(actor=request.user, mission_enrollment=student, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return done(request, _("The points are given. The total follows within seconds."), _ledger_of(student))
    context = {
        "form": form,
        "title": _("Give points"),
        "subtitle": f"{student.student} · {student.mission}",
        "explanation": room_sentence(queries.room_for(request.user, student)),
        "save_label": _("Give"),
        "back": _ledger_of(student),
    }
    return render(request, "programme/form.html", context, status=INVALID if form.errors else 200)


@requires("points.give_manual")
def withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Takes points back that were given by hand. What was given and what was taken both stay to be read."""
    given = get_object_or_404(queries.manual_visible_to(request.user), pk=pk)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.withdraw_points(actor=request.user, given=given, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return done(request, _("The points are taken back."), _ledger_of(given.mission_enrollment))
    context = {
        "form": form,
        "title": _("Take points back"),
        "subtitle": f"{given.mission_enrollment.student} · {given.mission_enrollment.mission}",
        "explanation": _("%(points)+d from %(name)s: %(reason)s")
        % {"points": given.points, "name": given.actor.name, "reason": given.reason},
        "save_label": _("Take back"),
        "back": _ledger_of(given.mission_enrollment),
    }
    return render(request, "programme/form.html", context, status=INVALID if form.errors else 200)


# --- A mission's rules


@require_safe
@requires("points.manage_rules")
def rules(request: HttpRequest, mission: int) -> HttpResponse:
    """What each kind of event gives in a mission, since when, and what it gave before."""
    subject = _mission(mission)
    return _rules_page(request, subject, RulesForm(mission=subject))


@requires("points.manage_rules")
def rehearsal(request: HttpRequest, mission: int) -> HttpResponseBase:
    """GET shows what other rules would change, POST changes it if it still would be that."""
    subject = _mission(mission)
    if not (request.POST or request.GET):
        return redirect("points:rules", mission=mission)
    form = RulesForm(request.POST or request.GET, mission=subject)
    if not form.is_valid():
        return _rules_page(request, subject, form)
    problem = ""
    if request.method == "POST":
        shown = request.POST.get("fingerprint", "")
        try:
            actions.change_rules(actor=request.user, mission=subject, proposal=form.proposal, shown=shown)
        except Refused as refusal:
            problem = refusal.sentence
        else:
            return done(request, _("The rules are changed, and the points with them."), subject.get_absolute_url())
    found = rehearse(subject, form.proposal)
    held = queries.rules_before(subject, form.proposal)
    context = {
        "mission": subject,
        "form": form,
        "rehearsal": found,
        "tallest": max((count for bar in found.distribution for count in (bar.before, bar.after)), default=0),
        "largest": _with_students(request.user, found),
        "proposed": [
            (kind.title, kind.worded(held[key]), kind.worded(form.proposal.points[key]))
            for key, kind in ruled_kinds().items()
            if key in held
        ],
        "later": queries.later_rules(subject, form.proposal).count(),
        "problem": problem,
    }
    return render(request, "points/rehearsal.html", context, status=INVALID if problem else 200)


@requires("points.manage_rules")
def settings(request: HttpRequest, mission: int) -> HttpResponseBase:
    """The leaderboard of a mission, and how much may be given by hand in it."""
    subject = _mission(mission)
    form = SettingsForm(request.POST or None, instance=queries.settings_of(subject))
    back = reverse("points:rules", args=[mission])
    if request.method == "POST" and form.is_valid():
        actions.change_settings(actor=request.user, mission=subject, **form.cleaned_data)
        return done(request, _("The settings are changed."), back)
    context = {
        "form": form,
        "title": _("Points settings"),
        "subtitle": f"{subject.batch} · {subject}",
        "back": back,
    }
    return render(request, "programme/form.html", context, status=INVALID if form.errors else 200)


@require_safe
@requires("points.view_own_ledger", "programme.view_programme", "mentoring.view_own_students")
def leaderboard(request: HttpRequest, mission: int) -> HttpResponse:
    """The students with the most points, where the mission wants it shown."""
    subject = get_object_or_404(queries.missions_with_leaderboard(request.user), pk=mission)
    students = queries.leaderboard(subject, subject.points_settings.leaderboard_size)
    return render(request, "points/leaderboard.html", {"mission": subject, "students": students})


# --- The nightly check


@require_safe
@requires("points.view_drift")
def drift(request: HttpRequest) -> HttpResponseBase:
    """What the nightly comparison of all ledgers with their sources found and mended."""
    return list_page(
        request,
        title=_("Points check"),
        subtitle=_("Every night each ledger is compared with its sources. What is missing is added and told here."),
        queryset=queries.drift_reports(),
        table_class=DriftTable,
        empty=Empty(_("No check yet"), _("The first one runs tonight."), icon="scale"),
        export_name="points-check",
    )


# --- Parts


def _student(request: HttpRequest, pk: int) -> MissionEnrollment:
    students = programme.visible_to(request.user).select_related("mission__rank_bands", "mission__points_settings")
    return get_object_or_404(students, pk=pk)


def _mission(pk: int) -> Mission:
    return get_object_or_404(Mission.objects.select_related("batch", "points_settings"), pk=pk)


def _ledger_of(student: MissionEnrollment) -> str:
    return reverse("points:ledger", args=[student.pk])


def _own_standing(user: User, student: MissionEnrollment, points: int) -> queries.Standing | None:
    """Where students stand is for their own eyes."""
    return queries.standing_of(student, points) if student.enrollment.student_id == user.pk else None


def _by_hand(user: User, student: MissionEnrollment) -> dict[str, Any]:
    """What whoever may give points sees on a ledger that is not their own."""
    if not user.has_perm("points.give_manual") or student.enrollment.student_id == user.pk:
        return {}
    given = list(queries.given_to(student))
    return {
        "give_form": GiveForm(auto_id="give_%s"),
        "room": room_sentence(queries.room_for(user, student)),
        "given": [(row, queries.may_withdraw(user, row)) for row in given],
    }


def room_sentence(room: queries.Room) -> str:
    if room.least is None:
        return _("You can give or take as many points as the reason bears.")
    return _("You can give this student from %(least)+d to %(most)+d points.") % {
        "least": room.least,
        "most": room.most,
    }


def _rules_page(request: HttpRequest, mission: Mission, form: RulesForm) -> HttpResponse:
    kinds = ruled_kinds()
    context = {
        "mission": mission,
        "form": form,
        "lines": queries.lines_of(mission),
        "history": [
            (rule, kinds[rule.kind].title, kinds[rule.kind].worded(rule.points))
            for rule in queries.rule_history(mission)[:HISTORY]
        ],
        "settings": queries.settings_of(mission),
    }
    return render(request, "points/rules.html", context, status=INVALID if form.errors else 200)


def _with_students(user: User, found: Rehearsal) -> list[dict[str, Any]]:
    """The largest changes with their students, as far as the person may see them."""
    students = programme.visible_to(user).in_bulk([key for key, _before, _after in found.largest])
    return [
        {"student": students.get(key), "before": before, "after": after, "change": after - before}
        for key, before, after in found.largest
    ]


def _attempt(text: str) -> int:
    return min(int(text), ATTEMPTS_TO_WAIT) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
