"""The window of a mission and the holidays of a batch in the browser."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from sms.attendance import actions, queries
from sms.attendance.forms import HolidayForm, LockForm, PolicyForm
from sms.attendance.models import Holiday
from sms.core.access import requires
from sms.core.htmx import INVALID, done, refused
from sms.core.problems import Refused
from sms.programme.models import Batch, Mission


@requires("attendance.manage_policy")
def policy(request: HttpRequest, mission: int) -> HttpResponseBase:
    """When a mission asks for attendance."""
    subject = get_object_or_404(Mission.objects.select_related("batch", "attendance_policy"), pk=mission)
    form = PolicyForm(request.POST or None, instance=queries.policy_of(subject))
    if request.method == "POST" and form.is_valid():
        actions.set_policy(actor=request.user, mission=subject, **form.cleaned_data)
        return done(request, _("The attendance window is set."), subject.get_absolute_url())
    context = {"form": form, "mission": subject, "title": _("Attendance window")}
    return render(request, "programme/mission_form.html", context, status=INVALID if form.errors else 200)


@requires("attendance.manage_policy")
def lock(request: HttpRequest, mission: int) -> HttpResponseBase:
    """Up to which day nothing changes any more."""
    subject = get_object_or_404(Mission.objects.select_related("batch", "attendance_policy"), pk=mission)
    form = LockForm(request.POST or None, initial={"until": queries.policy_of(subject).locked_until})
    if request.method == "POST" and form.is_valid():
        try:
            actions.move_lock(actor=request.user, mission=subject, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("until", refusal.sentence)
        else:
            return done(request, _("The lock is moved."), subject.get_absolute_url())
    context = {"form": form, "mission": subject, "moves": queries.lock_moves_of(subject)[:20]}
    return render(request, "attendance/lock.html", context, status=INVALID if form.errors else 200)


@requires("attendance.manage_policy")
def holidays(request: HttpRequest, batch: int) -> HttpResponseBase:
    """The days on which a batch is asked for nothing."""
    subject = get_object_or_404(Batch, pk=batch)
    form = HolidayForm(request.POST or None)
    # Naming a day again changes its title, so the uniqueness of the form is not asked for.
    if request.method == "POST" and form.is_valid():
        try:
            added = actions.add_holiday(actor=request.user, batch=subject, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("on", refusal.sentence)
        else:
            return done(request, _added(added), reverse("attendance:holidays", args=[subject.pk]))
    context = {"form": form, "batch": subject, "holidays": subject.holidays.all()}
    return render(request, "attendance/holidays.html", context, status=INVALID if form.errors else 200)


@require_POST
@requires("attendance.manage_policy")
def remove_holiday(request: HttpRequest, batch: int, pk: int) -> HttpResponseBase:
    holiday = get_object_or_404(Holiday.objects.select_related("batch"), batch=batch, pk=pk)
    back = reverse("attendance:holidays", args=[batch])
    try:
        actions.remove_holiday(actor=request.user, holiday=holiday)
    except Refused as refusal:
        return refused(request, refusal.sentence, back)
    return done(
        request,
        _("The holiday is removed. The day asks for attendance; if it has passed, absences follow in a few minutes."),
        back,
    )


def _added(added: actions.HolidayAdded) -> str:
    if not added.withdrawn:
        return _("The holiday is added.")
    return ngettext(
        "The holiday is added, and %(n)d absence of the day is withdrawn.",
        "The holiday is added, and %(n)d absences of the day are withdrawn.",
        added.withdrawn,
    ) % {"n": added.withdrawn}
