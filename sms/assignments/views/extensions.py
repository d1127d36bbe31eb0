"""More time in the browser: who has it, giving it and taking it back."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from sms.assignments import actions, queries
from sms.assignments.forms import ExtensionForm
from sms.assignments.tables import ExtensionTable
from sms.core.access import requires
from sms.core.htmx import INVALID, done
from sms.core.list_page import Action, Empty, list_page
from sms.core.problems import Refused


@require_safe
@requires("assignments.grant_extensions")
def extensions(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Who has more time for one assignment, of the students whom the person may see."""
    subject = get_object_or_404(queries.visible_to(request.user), pk=pk)
    give = reverse("assignments:extend", args=[subject.pk])
    return list_page(
        request,
        title=_("More time"),
        subtitle=f"{subject.title} · {subject.mission}",
        queryset=queries.extensions_visible_to(request.user).filter(assignment=subject),
        table_class=ExtensionTable,
        search_fields=("mission_enrollment__enrollment__student__name", "reason"),
        empty=Empty(
            _("Nobody has more time"),
            _("Give it to a student, to those of a mentor, or to everyone."),
            icon="calendar-plus",
            action_label=_("Give more time"),
            action_href=give,
        ),
        actions=[Action(_("Give more time"), give, icon="calendar-plus", variant="primary")],
        export_name="extensions",
    )


@requires("assignments.grant_extensions")
def extend(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Gives more time; `?student=` names the one it is for."""
    subject = get_object_or_404(queries.visible_to(request.user), pk=pk)
    student, back = None, reverse("assignments:extensions", args=[subject.pk])
    if wanted := request.GET.get("student", ""):
        key = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0
        student = get_object_or_404(queries.may_be_extended(request.user, subject), pk=key)
        back = reverse("assignments:of-student", args=[subject.pk, student.pk])
    with timezone.override(subject.mission.batch.zone):
        form = ExtensionForm(request.POST or None, user=request.user, assignment=subject, student=student)
        if request.method == "POST" and form.is_valid():
            cleaned = form.cleaned_data
            try:
                count = actions.grant_extensions(
                    actor=request.user,
                    rows=[(each, subject.pk, cleaned["due_at"], cleaned["reason"]) for each in cleaned["chosen"]],
                )
            except Refused as refusal:
                form.add_error(None, refusal.sentence)
            else:
                return done(request, _given(count), back)
        context = {
            "form": form,
            "assignment": subject,
            "student": student,
            "back": back,
            "zone": subject.mission.batch.timezone,
        }
        return render(request, "assignments/extend.html", context, status=INVALID if form.errors else 200)


@require_POST
@requires("assignments.grant_extensions")
def revoke(request: HttpRequest, pk: int) -> HttpResponseBase:
    extension = get_object_or_404(queries.extensions_visible_to(request.user), pk=pk)
    actions.revoke_extensions(actor=request.user, keys=[(extension.mission_enrollment_id, extension.assignment_id)])
    return done(
        request,
        _("The time is taken back: %(name)s has until the due time of everyone.")
        % {"name": extension.mission_enrollment.student.name},
        reverse("assignments:extensions", args=[extension.assignment_id]),
    )


def _given(count: int) -> str:
    if not count:
        return _("They had just this time already. Nothing was changed.")
    return ngettext(
        "%(n)d student has more time now. Lateness and points follow.",
        "%(n)d students have more time now. Lateness and points follow.",
        count,
    ) % {"n": count}
