"""Mentors in the browser: the roster, and giving a student a mentor."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sms.core.access import requires
from sms.core.htmx import INVALID, done
from sms.core.list_page import Empty, list_page
from sms.mentoring import actions, queries
from sms.mentoring.forms import MentorForm
from sms.mentoring.tables import MentorTable
from sms.programme import queries as programme


@require_safe
@requires("mentoring.assign_mentors")
def mentors(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        title=_("Mentors"),
        queryset=queries.roster(),
        table_class=MentorTable,
        search_fields=("name", "email"),
        empty=Empty(_("No mentors yet"), _("An admin gives people the mentor role."), icon="users"),
        export_name="mentors",
    )


@requires("mentoring.assign_mentors")
def assign(request: HttpRequest, mission_enrollment: int) -> HttpResponseBase:
    """Gives a student one more mentor."""
    student = get_object_or_404(programme.visible_to(request.user), pk=mission_enrollment)
    form = MentorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.assign_mentor(actor=request.user, mentor=form.cleaned_data["mentor"], mission_enrollments=[student])
        return done(request, _("The mentor is assigned and sees the student now."), student.get_absolute_url())
    context = {"form": form, "student": student}
    return render(request, "mentoring/assign.html", context, status=INVALID if form.errors else 200)


@require_POST
@requires("mentoring.assign_mentors")
def end(request: HttpRequest, mission_enrollment: int, pk: int) -> HttpResponseBase:
    """Ends one mentor's work with a student."""
    student = get_object_or_404(programme.visible_to(request.user), pk=mission_enrollment)
    assignment = get_object_or_404(student.mentor_assignments, pk=pk)
    actions.end_assignment(actor=request.user, assignment=assignment)
    return done(request, _("The mentor no longer sees the student."), student.get_absolute_url())
