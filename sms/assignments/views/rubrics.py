"""The rubric of an assignment in the browser."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from sms.assignments import actions, queries
from sms.assignments.forms.grading import SPARE_ROWS, RubricFormSet
from sms.assignments.models import Assignment
from sms.core.access import requires
from sms.core.htmx import INVALID, done
from sms.core.problems import Refused

PREFIX = "criteria"


@requires("assignments.manage_assignments")
def rubric(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Row by row; “More rows” gives empty ones and saves nothing."""
    assignment = get_object_or_404(Assignment.objects.select_related("mission__batch"), pk=pk)
    refusal, wants_rows = "", "more" in request.POST
    if request.method == "POST" and not wants_rows:
        rows = RubricFormSet(request.POST, prefix=PREFIX)
        if rows.is_valid():
            try:
                actions.set_rubric(actor=request.user, assignment=assignment, criteria=_criteria(rows))
            except Refused as said:
                refusal = said.sentence
            else:
                return done(request, _("The rubric is saved."), reverse("assignments:rubric", args=[pk]))
    else:
        rows = RubricFormSet(_with_more(request) if wants_rows else None, prefix=PREFIX, initial=_initial(assignment))
    context = {
        "assignment": assignment,
        "rows": rows,
        "refusal": refusal,
        "is_used": queries.is_graded_by_rubric(assignment),
        "may_have_more": rows.total_form_count() < rows.max_num,
    }
    is_invalid = bool(refusal) or (rows.is_bound and not wants_rows and not rows.is_valid())
    return render(request, "assignments/grading/rubric.html", context, status=INVALID if is_invalid else 200)


def _criteria(rows: RubricFormSet) -> list[actions.Criterion]:
    """Those that are filled in and not marked for removal."""
    given = [form.cleaned_data for form in rows if form.cleaned_data and form not in rows.deleted_forms]
    return [
        actions.Criterion(**{name: row[name] for name in ("pk", "title", "points", "description")}) for row in given
    ]


def _initial(assignment: Assignment) -> list[dict[str, object]]:
    return list(assignment.criteria.values("pk", "title", "points", "description"))


def _with_more(request: HttpRequest) -> dict[str, str]:
    """What was typed in, and a few rows more."""
    data, name = request.POST.copy(), f"{PREFIX}-TOTAL_FORMS"
    given = data.get(name, "")
    rows = int(given) if given.isdecimal() and len(given) < 4 else 0
    data[name] = str(min(rows + SPARE_ROWS, RubricFormSet.max_num))
    return data
