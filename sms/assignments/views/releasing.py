"""The grades of one assignment: how many there are, whether they are out, and letting them out together."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from sms.assignments import actions, queries
from sms.assignments.forms.grading import HoldForm
from sms.assignments.models import Assignment
from sms.core.access import requires
from sms.core.htmx import INVALID, done, refused
from sms.core.problems import Refused


@require_safe
@requires("assignments.release_grades")
def grades(request: HttpRequest, pk: int) -> HttpResponse:
    assignment = _assignment(request, pk)
    return _page(request, assignment, HoldForm(are_out=queries.are_grades_out(assignment)))


@require_POST
@requires("assignments.release_grades")
def release(request: HttpRequest, pk: int) -> HttpResponseBase:
    assignment = _assignment(request, pk)
    here = reverse("assignments:grades", args=[pk])
    try:
        n = actions.release_grades(actor=request.user, assignment=assignment)
    except Refused as refusal:
        return refused(request, refusal.sentence, here)
    sentence = ngettext("%(n)d student sees a grade now.", "%(n)d students see their grades now.", n)
    return done(request, sentence % {"n": n}, here)


@require_POST
@requires("assignments.release_grades")
def hold(request: HttpRequest, pk: int) -> HttpResponseBase:
    assignment = _assignment(request, pk)
    form = HoldForm(request.POST, are_out=queries.are_grades_out(assignment))
    if not form.is_valid():
        return _page(request, assignment, form)
    try:
        actions.hold_grades(actor=request.user, assignment=assignment, **form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, assignment, form)
    sentence = _("The grades are held. Students see them when you release them.")
    return done(request, sentence, reverse("assignments:grades", args=[pk]))


def _assignment(request: HttpRequest, pk: int) -> Assignment:
    return get_object_or_404(queries.visible_to(request.user), pk=pk)


def _page(request: HttpRequest, assignment: Assignment, form: HoldForm) -> HttpResponse:
    figures = queries.figures_of(assignment)
    context = {
        "assignment": assignment,
        "figures": figures,
        "bands": [_band(place, n) for place, n in enumerate(figures.bands)],
        "release": queries.release_of(assignment),
        "form": form,
        "queue_url": f"{reverse('assignments:queue')}?assignment={assignment.pk}",
    }
    return render(request, "assignments/grading/grades.html", context, status=INVALID if form.errors else 200)


def _band(place: int, n: int) -> tuple[str, int]:
    """“80–89%” and how many; the last one ends with full marks."""
    width = 100 // queries.BANDS
    last = 100 if place == queries.BANDS - 1 else width * (place + 1) - 1
    return f"{width * place}–{last}%", n
