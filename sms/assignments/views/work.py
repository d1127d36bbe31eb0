"""Assignments in the browser: the list, and setting one."""

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sms.assignments import actions, queries
from sms.assignments.filters import AssignmentFilter
from sms.assignments.forms import AssignmentForm
from sms.assignments.models import Assignment
from sms.assignments.tables import CountedAssignmentTable
from sms.assignments.views.handing_in import tracker
from sms.core.access import requires
from sms.core.htmx import INVALID, done
from sms.core.list_page import Empty, list_page
from sms.core.problems import Refused
from sms.programme.models import Mission


@require_safe
@requires("assignments.view_own_assignments", "assignments.view_all_assignments")
def assignments(request: HttpRequest) -> HttpResponseBase:
    """Staff see how much was handed in for each, a student where they stand with theirs."""
    if not request.user.has_perm("assignments.view_all_assignments"):
        return tracker(request)
    return list_page(
        request,
        title=_("Assignments"),
        queryset=queries.with_submission_counts(queries.visible_to(request.user)),
        table_class=CountedAssignmentTable,
        filterset_class=AssignmentFilter,
        search_fields=("title", "code", "mission__title"),
        empty=Empty(
            _("No assignments yet"),
            _("They appear here with their deadlines as soon as they are set."),
            icon="clipboard-list",
        ),
        export_name="assignments",
    )


@requires("assignments.manage_assignments")
def create(request: HttpRequest, mission: int) -> HttpResponseBase:
    parent = get_object_or_404(Mission.objects.select_related("batch"), pk=mission)
    with timezone.override(parent.batch.zone):
        form = AssignmentForm(request.POST or None, instance=Assignment(mission=parent))
        if request.method == "POST" and form.is_valid():
            try:
                with transaction.atomic():
                    created = actions.create_assignment(actor=request.user, mission=parent, **form.of_the_model)
                    actions.set_instructions(
                        actor=request.user, assignment=created, text=form.cleaned_data["instructions"]
                    )
            except Refused as refusal:
                form.add_error("code", refusal.sentence)
            else:
                return done(request, _("The assignment is set."), parent.get_absolute_url())
        context = {"form": form, "title": _("New assignment"), "mission": parent, "zone": parent.batch.timezone}
        return render(request, "assignments/form.html", context, status=INVALID if form.errors else 200)


@requires("assignments.manage_assignments")
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    subject = get_object_or_404(Assignment.objects.select_related("mission__batch"), pk=pk)
    mission = subject.mission
    with timezone.override(mission.batch.zone):
        form = AssignmentForm(request.POST or None, instance=subject)
        if request.method == "POST" and form.is_valid():
            try:
                with transaction.atomic():
                    actions.edit_assignment(actor=request.user, assignment=subject, **form.of_the_model)
                    actions.set_instructions(
                        actor=request.user, assignment=subject, text=form.cleaned_data["instructions"]
                    )
            except Refused as refusal:
                form.add_error("code", refusal.sentence)
            else:
                return done(request, _("The assignment is changed."), reverse("assignments:assignments"))
        context = {"form": form, "title": _("Edit assignment"), "mission": mission, "zone": mission.batch.timezone}
        return render(request, "assignments/form.html", context, status=INVALID if form.errors else 200)
