"""Submissions in the browser."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sms.assignments import queries
from sms.assignments.filters import SubmissionFilter
from sms.assignments.models import Assignment
from sms.assignments.tables import SubmissionTable
from sms.core.access import requires
from sms.core.list_page import Action, Empty, list_page


@require_safe
@requires("assignments.view_all_assignments")
def submissions(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What was handed in for one assignment."""
    assignment = get_object_or_404(queries.visible_to(request.user), pk=pk)
    return list_page(
        request,
        title=assignment.title,
        subtitle=_("Submissions in %(mission)s, %(batch)s")
        % {"mission": assignment.mission, "batch": assignment.mission.batch},
        queryset=queries.submissions_for(request.user, assignment),
        table_class=SubmissionTable,
        filterset_class=SubmissionFilter,
        search_fields=("mission_enrollment__enrollment__student__name",),
        empty=Empty(
            _("Nothing handed in yet"),
            _("Submissions appear here as soon as they are recorded or imported."),
            icon="inbox",
        ),
        export_name="submissions",
        actions=[_paste_action(assignment)] if queries.may_list(request.user) else [],
    )


def _paste_action(assignment: Assignment) -> Action:
    url = f"{reverse('assignments:list-new')}?assignment={assignment.pk}"
    return Action(_("Paste a list"), url, icon="clipboard-paste", variant="primary")
