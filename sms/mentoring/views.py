"""Mentors in the browser: the roster, a mentor's page, and giving students mentors one by one or by the mission."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sms.accounts.models import User
from sms.core.access import requires
from sms.core.htmx import INVALID, done
from sms.core.list_page import Action, Empty, list_page, search
from sms.core.problems import Refused
from sms.mentoring import actions, moving, plan, queries
from sms.mentoring.choices import BAR_TONE, fullness
from sms.mentoring.filters import AssignmentFilter, MissionStudentFilter, RosterFilter
from sms.mentoring.forms import CapacityForm, ChosenForm, DistributionForm, EndForm, HandoverForm, MentorForm
from sms.mentoring.tables import MissionStudentTable, OwnStudentTable, PastTable, RosterTable
from sms.programme import queries as programme
from sms.programme.models import Mission

ASSIGN = "mentoring.assign_mentors"
STUDENT_SEARCH = ("enrollment__student__name", "enrollment__student__student_profile__student_id")
SEARCH_THROUGH = tuple(f"mission_enrollment__{field}" for field in STUDENT_SEARCH)
FULLEST = 8  # bars of the chart
FEW = 12  # mentors of a mission that are shown unfolded
LAST_ACTS = 5

form_view = require_http_methods(["GET", "HEAD", "POST"])


# --- Mentors


@require_safe
@requires(ASSIGN)
def mentors(request: HttpRequest) -> HttpResponseBase:
    """The roster: who guides how many, and who is over or far under their capacity."""
    mentorless = queries.mentorless().count()
    return list_page(
        request,
        title=_("Mentors"),
        queryset=queries.roster(),
        table_class=RosterTable,
        filterset_class=RosterFilter,
        search_fields=("name", "email"),
        empty=Empty(_("No mentors yet"), _("An admin gives people the mentor role."), icon="users"),
        export_name="mentors",
        enrich=queries.add_missions,
        template="mentoring/mentors.html",
        context={
            "bars": load_bars(queries.roster().filter(load__gt=0).order_by("-share", "name", "pk")[:FULLEST]),
            "mentorless": mentorless,
            "mentorless_url": f"{reverse('dashboards:students')}?mentorless=true",
        },
    )


@require_safe
@requires(ASSIGN)
def mentor(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One mentor: whom they guide, how full they are, and whom they guided before."""
    subject = get_object_or_404(queries.known(), pk=pk)
    seen = programme.visible_to(request.user).order_by().values("pk")
    held = queries.open_of(subject).filter(mission_enrollment__in=seen)
    past = queries.past_of(subject).filter(mission_enrollment__in=seen)
    reassign = Action(_("Reassign"), reverse("mentoring:reassign", args=[pk]), icon="arrow-right-left")
    missions = queries.missions_of(held)
    return list_page(
        request,
        title=subject.name,
        subtitle=subject.email,
        queryset=held,
        table_class=OwnStudentTable,
        filterset_class=AssignmentFilter,
        search_fields=SEARCH_THROUGH,
        actions=[reassign] if missions else [],
        empty=Empty(_("No students now"), _("Open a mission and give this mentor some."), icon="users"),
        export_name="students-of-a-mentor",
        template="mentoring/mentor.html",
        context={
            "mentor": subject,
            "fullness": fullness(subject.load, subject.capacity),
            "tabs": mission_tabs(request, missions),
            "capacity_form": CapacityForm(initial={"students": subject.capacity}),
            "acts": [act_line(act) for act in queries.acts(past)[:LAST_ACTS]],
        },
    )


@require_safe
@requires(ASSIGN)
def history(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Whom a mentor guided before, until when and why no longer."""
    subject = get_object_or_404(queries.known(), pk=pk)
    seen = programme.visible_to(request.user).order_by().values("pk")
    return list_page(
        request,
        title=_("Past assignments"),
        subtitle=subject.name,
        queryset=queries.past_of(subject).filter(mission_enrollment__in=seen),
        table_class=PastTable,
        filterset_class=AssignmentFilter,
        search_fields=SEARCH_THROUGH,
        actions=[Action(_("Back to the mentor"), reverse("mentoring:mentor", args=[pk]), icon="arrow-left")],
        empty=Empty(_("Nothing has ended yet"), _("Assignments that end appear here."), icon="history"),
        export_name="past-assignments",
    )


@form_view
@requires(ASSIGN)
def capacity(request: HttpRequest, pk: int) -> HttpResponseBase:
    subject = get_object_or_404(queries.known(), pk=pk)
    form = CapacityForm(request.POST or None, initial={"students": subject.capacity})
    back = reverse("mentoring:mentor", args=[pk])
    if request.method == "POST" and form.is_valid():
        actions.set_capacity(actor=request.user, mentor=subject, students=form.cleaned_data["students"])
        return done(request, _("The capacity of %(name)s is saved.") % {"name": subject}, back)
    context = {"form": form, "mentor": subject, "back": back}
    return render(request, "mentoring/capacity.html", context, status=INVALID if form.errors else 200)


@form_view
@requires(ASSIGN)
def reassign(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Hands students over: the form, then what would move, then the act."""
    subject = get_object_or_404(queries.known(), pk=pk)
    seen = programme.visible_to(request.user).order_by().values("pk")
    guided = queries.guided_by(subject).filter(pk__in=seen).order_by("mission", "enrollment__student__name", "pk")
    missions = queries.missions_of(queries.open_of(subject).filter(mission_enrollment__in=seen))
    form = HandoverForm(request.POST or None, mentor=subject, guided=guided, missions=missions)
    context = {"form": form, "mentor": subject, "missions": missions, "back": reverse("mentoring:mentor", args=[pk])}
    if request.method != "POST" or not form.is_valid():
        return render(request, "mentoring/reassign.html", context, status=INVALID if form.errors else 200)
    to, problem = form.cleaned_data["to"], ""
    if fingerprint := request.POST.get("fingerprint"):
        try:
            agreed = actions.reassign(
                actor=request.user,
                mentor=subject,
                students=form.chosen,
                to=to,
                fingerprint=fingerprint,
                reason=form.cleaned_data["reason"],
                site=request.build_absolute_uri("/"),
            )
        except Refused as refusal:
            problem = refusal.sentence
        else:
            sentence = ngettext("%(n)d student has a new mentor.", "%(n)d students have a new mentor.", agreed.moved)
            return done(request, sentence % {"n": agreed.moved}, context["back"])
    shown = plan.handover(mentor=subject, students=form.chosen.all(), to=list(to.all()))
    context |= {
        "plan": shown,
        "problem": problem,
        "carried": carried(request),
        "by_mission": queries.mission_numbers(form.chosen.filter(pk__in=shown.successors)),
        "moves": [(kind.title, shown.moving[kind.key]) for kind in moving.kinds()],
    }
    return render(request, "mentoring/reassign_preview.html", context, status=INVALID if problem else 200)


# --- One student


@form_view
@requires(ASSIGN)
def assign(request: HttpRequest, mission_enrollment: int) -> HttpResponseBase:
    """Gives a student one more mentor."""
    student = get_object_or_404(programme.visible_to(request.user), pk=mission_enrollment)
    form = MentorForm(request.POST or None, mission=student.mission)
    if request.method == "POST" and form.is_valid():
        try:
            actions.assign_mentor(
                actor=request.user,
                mentor=form.cleaned_data["mentor"],
                mission_enrollments=[student],
                site=request.build_absolute_uri("/"),
            )
        except Refused as refusal:
            form.add_error("mentor", refusal.sentence)
        else:
            return done(request, _("The mentor is assigned and sees the student now."), student.get_absolute_url())
    context = {"form": form, "student": student}
    return render(request, "mentoring/assign.html", context, status=INVALID if form.errors else 200)


@require_POST
@requires(ASSIGN)
def end(request: HttpRequest, mission_enrollment: int, pk: int) -> HttpResponseBase:
    """Ends one mentor's work with a student. Asks first where it is the last one."""
    student = get_object_or_404(programme.visible_to(request.user), pk=mission_enrollment)
    assignment = get_object_or_404(student.mentor_assignments.select_related("mentor"), pk=pk)
    confirmed = "even_the_last" in request.POST
    form = EndForm(request.POST if confirmed else None)
    if not confirmed or form.is_valid():
        try:
            actions.end_assignment(
                actor=request.user,
                assignment=assignment,
                even_the_last=confirmed,
                reason=form.cleaned_data["reason"] if confirmed else "",
            )
        except actions.LastMentor:
            pass
        else:
            return done(request, _("The mentor no longer sees the student."), student.get_absolute_url())
    context = {"student": student, "assignment": assignment, "form": form}
    return render(request, "mentoring/end_last.html", context, status=INVALID)


# --- One mission


@require_safe
@requires(ASSIGN)
def mission(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The mentors of a mission, and its students to be given to one of them."""
    subject = get_object_or_404(programme.missions(), pk=pk)
    seen = queries.seen_in(subject, request.user)
    here = list(queries.guiding(subject))
    spread = Action(
        _("Distribute evenly"), reverse("mentoring:distribute", args=[pk]), icon="shuffle", variant="primary"
    )
    return list_page(
        request,
        title=_("Mentors of “%(mission)s”") % {"mission": subject.title},
        subtitle=subject.batch.title,
        queryset=queries.with_mentors(seen),
        table_class=MissionStudentTable,
        filterset_class=MissionStudentFilter,
        search_fields=STUDENT_SEARCH,
        actions=[spread],
        empty=Empty(_("No students yet"), _("Nobody takes part in this mission."), icon="graduation-cap"),
        export_name="mentors-of-a-mission",
        template="mentoring/mission.html",
        context={
            "mission": subject,
            "students": seen.count(),
            "mentorless": queries.without_mentor(seen).count(),
            "here": [(each, fullness(each.load, each.capacity)) for each in here],
            "is_open": len(here) <= FEW,
            "bars": [(each.name, each.in_mission, "", page_of(each)) for each in here],
            "form": ChosenForm(mission=subject, seen=seen),
        },
    )


@require_POST
@requires(ASSIGN)
def assign_chosen(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Gives ticked students, or all who match, to a mentor. Asks first where nobody has counted them, or the mentor
    would have more than they can hold.
    """
    subject = get_object_or_404(programme.missions(), pk=pk)
    seen = queries.seen_in(subject, request.user)
    form = ChosenForm(request.POST, mission=subject, seen=seen)
    context = {"mission": subject, "form": form, "carried": carried(request)}
    if not form.is_valid():
        return render(request, "mentoring/chosen.html", context, status=INVALID)
    chosen, students = form.cleaned_data["mentor"], form.cleaned_data["students"]
    if form.cleaned_data["everyone"]:
        matching = MissionStudentFilter(request.POST, queryset=seen, request=request).qs
        students = search(matching, request.POST.get("q", ""), STUDENT_SEARCH)
    shown = plan.by_hand(students=students, mentor=chosen)
    fingerprint = request.POST.get("fingerprint", "")
    if not fingerprint and not form.cleaned_data["everyone"] and not shown.over:
        fingerprint = shown.fingerprint
    problem = ""
    if fingerprint:
        try:
            agreed = actions.assign_chosen(
                actor=request.user,
                mission=subject,
                students=students,
                mentor=chosen,
                fingerprint=fingerprint,
                site=request.build_absolute_uri("/"),
            )
        except Refused as refusal:
            problem = refusal.sentence
            shown = plan.by_hand(students=students.all(), mentor=queries.reloaded(chosen, of=subject))
        else:
            return done(request, assigned_sentence(agreed.assigned), reverse("mentoring:mission", args=[pk]))
    context |= {"plan": shown, "problem": problem}
    return render(request, "mentoring/chosen.html", context, status=INVALID if problem else 200)


@form_view
@requires(ASSIGN)
def distribute(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Even distribution: GET shows what would happen, POST does it if it still would."""
    subject = get_object_or_404(programme.missions(), pk=pk)
    form = DistributionForm(request.POST or request.GET or None, mission=subject)
    problem = ""
    if request.method == "POST" and form.choice:
        whom, chosen = form.choice
        try:
            agreed = actions.distribute(
                actor=request.user,
                mission=subject,
                mentors=chosen,
                whom=whom,
                fingerprint=request.POST.get("fingerprint", ""),
                site=request.build_absolute_uri("/"),
            )
        except Refused as refusal:
            problem = refusal.sentence
        else:
            return done(request, assigned_sentence(agreed.assigned), reverse("mentoring:mission", args=[pk]))
    choice = form.choice
    shown = None
    if choice:
        whom, chosen = choice
        shown = plan.even(students=queries.seen_in(subject, request.user), mentors=chosen, whom=whom)
    context = {"mission": subject, "form": form, "plan": shown, "choice": choice, "problem": problem}
    is_fragment = request.htmx and request.htmx.target == "plan"
    template = "mentoring/distribution_plan.html" if is_fragment else "mentoring/distribute.html"
    return render(request, template, context, status=INVALID if problem or not choice else 200)


# --- Parts


def page_of(mentor: User) -> str:
    return reverse("mentoring:mentor", args=[mentor.pk])


def mission_tabs(request: HttpRequest, missions: list[Mission]) -> list[dict[str, object]]:
    """All students, and those of each mission."""
    chosen = request.GET.get("mission", "")
    everyone = {"label": _("All"), "url": request.path, "current": not chosen}
    return [everyone] + [
        {
            "label": mission.title,
            "url": f"{request.path}?mission={mission.pk}",
            "count": mission.own_students,
            "current": chosen == str(mission.pk),
        }
        for mission in missions
    ]


def act_line(act: dict[str, object]) -> dict[str, object]:
    """What ended together, for the timeline."""
    students = ngettext("%(n)d student", "%(n)d students", act["students"]) % {"n": act["students"]}
    return {
        "icon": "user-minus",
        "title": f"{students} · {act['mission']}",
        "detail": " · ".join(str(part) for part in (act["batch"], act["by"], act["reason"]) if part),
        "at": act["ended_at"],
    }


def load_bars(people: Iterable[User]) -> list[dict[str, object]]:
    """Bars as long as the share of the capacity that is taken."""
    return [
        {
            "label": person.name,
            "value": round(person.share),
            "text": _("%(load)d of %(capacity)d") % {"load": person.load, "capacity": person.capacity},
            "tone": BAR_TONE[fullness(person.load, person.capacity)] if person.is_able else "bad",
            "href": page_of(person),
        }
        for person in people
    ]


def carried(request: HttpRequest) -> list[tuple[str, str]]:
    """What the person chose, for the form that confirms it."""
    own = ("csrfmiddlewaretoken", "fingerprint")
    return [(name, value) for name, values in request.POST.lists() if name not in own for value in values]


def assigned_sentence(number: int) -> str:
    if not number:
        return _("Nobody was assigned: they all have this mentor.")
    return ngettext("%(n)d student is assigned.", "%(n)d students are assigned.", number) % {"n": number}
