"""The window of a mission and the holidays of a batch in the browser."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from sms.attendance import actions, queries
from sms.attendance.forms import HolidayForm, PolicyForm
from sms.core.access import requires
from sms.core.htmx import INVALID, done
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
def holidays(request: HttpRequest, batch: int) -> HttpResponseBase:
    """The days on which a batch is asked for nothing."""
    subject = get_object_or_404(Batch, pk=batch)
    form = HolidayForm(request.POST or None)
    # Naming a day again changes its title, so the uniqueness of the form is not asked for.
    if request.method == "POST" and form.is_valid():
        actions.add_holiday(actor=request.user, batch=subject, **form.cleaned_data)
        return done(request, _("The holiday is added."), reverse("attendance:holidays", args=[subject.pk]))
    context = {"form": form, "batch": subject, "holidays": subject.holidays.all()}
    return render(request, "attendance/holidays.html", context, status=INVALID if form.errors else 200)
