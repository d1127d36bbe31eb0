"""Submissions in the browser."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sms.assignments import queries
from sms.assignments.filters import GradedSubmissionFilter, SubmissionFilter
from sms.assignments.models import Assignment
from sms.assignments.tables import GradedSubmissionTable, SubmissionTable
from sms.core.access import requires
from sms.core.list_page import Action, Empty, list_page


@require_safe
@requires("assignments.view_all_assignments")
def submissions(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What was handed in for one assignment."""
    assignment = get_object_or_404(queries.visible_to(request.user), pk=pk)
    rows = queries.with_timeliness(queries.submissions_for(request.user, assignment))
    may_grade = request.user.has_perm("assignments.grade_all")
    may_release = request.user.has_perm("assignments.release_grades")
    return list_page(
        request,
        title=assignment.title,
        subtitle=_("Submissions in %(mission)s, %(batch)s")
        % {"mission": assignment.mission, "batch": assignment.mission.batch},
        queryset=queries.with_current_grade(rows) if may_grade else rows,
        table_class=GradedSubmissionTable if may_grade else SubmissionTable,
        filterset_class=GradedSubmissionFilter if may_grade else SubmissionFilter,
        search_fields=("mission_enrollment__enrollment__student__name",),
        empty=Empty(
            _("Nothing handed in yet"),
            _("Submissions appear here as soon as they are recorded or imported."),
            icon="inbox",
        ),
        actions=[
            *([_paste_action(assignment)] if queries.may_list(request.user) else []),
            *(
                [Action(_("Grades"), reverse("assignments:grades", args=[pk]), "clipboard-check")]
                if may_release
                else []
            ),
        ],
        export_name="submissions",
    )


def _paste_action(assignment: Assignment) -> Action:
    url = f"{reverse('assignments:list-new')}?assignment={assignment.pk}"
    return Action(_("Paste a list"), url, icon="clipboard-paste", variant="primary")
