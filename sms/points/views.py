"""Points in the browser: the total, the entries that explain it, and the rules of a mission."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sms.core.access import requires
from sms.core.htmx import INVALID, done
from sms.core.list_page import Empty, list_page
from sms.points import actions, queries
from sms.points.forms import RulesForm
from sms.points.tables import LedgerTable
from sms.programme import queries as programme
from sms.programme.models import Mission

ATTEMPTS_TO_WAIT = 15


@require_safe
@requires("points.view_own_ledger", "programme.view_all_students", "mentoring.view_own_students")
def ledger(request: HttpRequest, mission_enrollment: int) -> HttpResponseBase:
    """How a student's points came about: each entry with its cause and time."""
    student = get_object_or_404(programme.visible_to(request.user), pk=mission_enrollment)
    return list_page(
        request,
        title=_("Points"),
        subtitle=f"{student.mission} · {student.student}",
        queryset=queries.entries_of(student),
        table_class=LedgerTable,
        empty=Empty(_("No points yet"), _("They come with the first day of attendance."), icon="sparkles"),
        export_name="points",
        template="points/ledger.html",
        context={"student": student, "points": queries.points_of(student), "is_pending": queries.is_pending(student)},
    )


@require_safe
@requires("points.view_own_ledger", "programme.view_all_students", "mentoring.view_own_students")
def total(request: HttpRequest, mission_enrollment: int) -> HttpResponse:
    """The total as a fragment, which asks again each second until the recalculation is through."""
    student = get_object_or_404(programme.visible_to(request.user), pk=mission_enrollment)
    attempt = _attempt(request.GET.get("attempt", ""))
    context = {
        "student": student,
        "points": queries.points_of(student),
        "gained": queries.gained_in_a_week(student),
        "next_attempt": attempt + 1 if queries.is_pending(student) and attempt < ATTEMPTS_TO_WAIT else None,
    }
    return render(request, "points/total.html", context)


@requires("points.manage_rules")
def rules(request: HttpRequest, mission: int) -> HttpResponseBase:
    """What each kind of event gives in a mission. A change is worked into every student's points."""
    subject = get_object_or_404(Mission.objects.select_related("batch"), pk=mission)
    form = RulesForm(request.POST or None, rules=queries.rules_of(subject))
    if request.method == "POST" and form.is_valid():
        actions.change_rules(actor=request.user, mission=subject, points=form.cleaned_data)
        return done(request, _("The rules are changed. Points follow within seconds."), subject.get_absolute_url())
    context = {"form": form, "mission": subject, "title": _("Points rules")}
    return render(request, "programme/mission_form.html", context, status=INVALID if form.errors else 200)


def _attempt(text: str) -> int:
    return min(int(text), ATTEMPTS_TO_WAIT) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
