"""The record of a student: who they are, what they took part in, how they do."""

from collections.abc import Collection
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sms.accounts.actions import reveal_contact as reveal
from sms.accounts.choices import Contact
from sms.accounts.models import User
from sms.authorization.actions import edit_student
from sms.core.access import requires
from sms.core.htmx import INVALID, done
from sms.core.list_page import Empty, list_page
from sms.core.problems import Refused
from sms.dashboards.filters import RecordFilter
from sms.dashboards.forms import StudentForm
from sms.dashboards.performance import performance_of
from sms.dashboards.record import reveals_of, spells_of, timeline, told, with_open_enrollments
from sms.dashboards.tables import RecordTable
from sms.programme import queries as programme

HAPPENINGS_A_PAGE = 20


@require_safe
@requires("programme.view_all_students")
def student_records(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        title=_("Student records"),
        subtitle=_("Every student once, also those who are in no batch."),
        queryset=with_open_enrollments(programme.students_visible_to(request.user)),
        table_class=RecordTable,
        filterset_class=RecordFilter,
        search_fields=programme.student_search(request.user),
        empty=Empty(
            _("No students yet"), _("They register, are invited, or come by an import."), icon="graduation-cap"
        ),
        export_name="student-records",
    )


@require_safe
@requires("programme.view_all_students", "mentoring.view_own_students")
def student_record(request: HttpRequest, pk: int) -> HttpResponse:
    student = get_object_or_404(programme.students_visible_to(request.user), pk=pk)
    return render(request, "dashboards/student_record.html", _record(request, student))


@require_POST
@requires("accounts.reveal_contacts", "mentoring.view_own_students")
def reveal_contact(request: HttpRequest, pk: int, which: str) -> HttpResponse:
    """Shows one contact, and writes down that it was shown. Without HTMX the answer is the record with it."""
    if which not in Contact:
        raise Http404
    student = get_object_or_404(programme.students_revealable_by(request.user), pk=pk)
    reveal(actor=request.user, user=student, which=which)
    if request.htmx:
        return render(request, "accounts/contact_part.html", {"person": student, "which": which, "revealed": True})
    return render(request, "dashboards/student_record.html", _record(request, student, revealed=[which]))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("accounts.edit_students")
def student_edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    students = programme.students_visible_to(request.user).filter(student_profile__isnull=False)
    student = get_object_or_404(students, pk=pk)
    form = StudentForm(request.POST if request.method == "POST" else None, student=student)
    page = reverse("dashboards:student-record", args=[student.pk])
    if form.is_valid():
        try:
            edit_student(actor=request.user, user=student, **form.details())
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return done(request, _("%(name)s is saved.") % {"name": form.cleaned_data["name"]}, page)
    context = {"form": form, "student": student, "page": page}
    return render(request, "dashboards/student_form.html", context, status=INVALID if form.errors else 200)


@require_safe
@requires("programme.view_all_students", "mentoring.view_own_students")
def student_performance(request: HttpRequest, pk: int) -> HttpResponse:
    student = get_object_or_404(programme.students_visible_to(request.user), pk=pk)
    context = {"student": student, "performances": performance_of(student, request.user)}
    return render(request, "dashboards/student_performance.html", context)


def _record(request: HttpRequest, student: User, revealed: Collection[str] = ()) -> dict[str, Any]:
    reader = request.user
    context = {
        "student": student,
        "spells": spells_of(student, reader),
        "revealed": revealed,
        "may_reveal": programme.students_revealable_by(reader).filter(pk=student.pk).exists(),
    }
    if reader.has_perm("programme.view_all_students"):
        page = Paginator(timeline(student, reader), HAPPENINGS_A_PAGE).get_page(request.GET.get("page"))
        context |= {"page_obj": page, "happenings": told(page.object_list)}
    if reader.has_perm("audit.view_events"):
        context["reveals"] = reveals_of(student)
    return context
