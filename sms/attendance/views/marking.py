"""Marking a day of many students in the browser: what would change, doing just that, taking it back."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from sms.accounts.models import User
from sms.attendance import actions, queries
from sms.attendance.forms import MarkForm
from sms.attendance.models import BulkMark
from sms.authorization import roles
from sms.core import clock
from sms.core.access import requires
from sms.core.htmx import INVALID, done, refused
from sms.core.problems import Refused
from sms.programme.models import Mission

NAMED = 5


@requires("attendance.mark_many")
def mark(request: HttpRequest, mission: int) -> HttpResponseBase:
    """The first post shows who changes from what to what; the second, with its fingerprint, does exactly that."""
    subject = get_object_or_404(Mission.objects.select_related("batch"), pk=mission)
    form = MarkForm(
        request.POST or None, mentors=_mentors(), initial={"on": clock.today(subject.batch.zone), "whom": "without"}
    )
    plan = None
    if request.method == "POST" and form.is_valid():
        fields = form.cleaned_data
        reason = fields.pop("reason")
        plan = queries.plan_of_mark(request.user, subject, **fields)
        if fingerprint := request.POST.get("fingerprint"):
            try:
                made = actions.mark_many(
                    actor=request.user, mission=subject, plan=plan, reason=reason, fingerprint=fingerprint
                )
            except Refused as refusal:
                form.add_error(None, refusal.sentence)
            else:
                return done(request, _marked(made.students), reverse("attendance:mark", args=[subject.pk]))
    context = {"form": form, "mission": subject, "plan": plan, "marks": queries.marks_of(subject)[:20]}
    return render(request, "attendance/mark.html", context, status=INVALID if form.errors else 200)


@require_POST
@requires("attendance.mark_many")
def undo(request: HttpRequest, mission: int, pk: int) -> HttpResponseBase:
    subject = get_object_or_404(Mission, pk=mission)
    made = get_object_or_404(subject.bulk_marks, pk=pk)
    back = reverse("attendance:mark", args=[subject.pk])
    try:
        edited = actions.undo_mark(actor=request.user, mark=made)
    except Refused as refusal:
        return refused(request, refusal.sentence, back)
    return done(request, _undone(made, edited), back)


def _mentors() -> QuerySet[User]:
    return User.objects.filter(is_active=True, groups__name=roles.MENTOR).order_by("name")


def _marked(count: int) -> str:
    return ngettext(
        "The day of %(n)d student is marked. Points follow in a moment.",
        "The day of %(n)d students is marked. Points follow in a moment.",
        count,
    ) % {"n": count}


def _undone(mark: BulkMark, edited: list[str]) -> str:
    if not edited:
        return _("%(day)s is as it was before.") % {"day": date_format(mark.on, "j F Y")}
    names = ", ".join(edited[:NAMED]) + (" …" if len(edited) > NAMED else "")
    return ngettext(
        "The day is as it was before, but for %(names)s, whose day was edited since.",
        "The day is as it was before, but for %(n)d students whose day was edited since: %(names)s.",
        len(edited),
    ) % {"names": names, "n": len(edited)}
