"""Correcting a day of a student in the browser."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from sms.attendance import actions, queries
from sms.attendance.forms import CorrectionForm
from sms.core import clock
from sms.core.access import requires
from sms.core.htmx import INVALID, done
from sms.core.problems import Refused
from sms.programme import queries as programme


@requires("attendance.correct_record", "attendance.correct_locked", "attendance.correct_own_students")
def correct(request: HttpRequest, mission_enrollment: int) -> HttpResponseBase:
    """Sets one day by hand, with a reason; what was there before stays readable below."""
    student = get_object_or_404(programme.visible_to(request.user), pk=mission_enrollment)
    form = CorrectionForm(request.POST or None, initial={"on": clock.today(student.mission.batch.zone)})
    if request.method == "POST" and form.is_valid():
        try:
            actions.correct_attendance(actor=request.user, mission_enrollment=student, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("on", refusal.sentence)
        else:
            return done(request, _("The day is corrected."), student.get_absolute_url())
    context = {"form": form, "student": student, "corrections": queries.corrections_of(student)[:20]}
    return render(request, "attendance/correct.html", context, status=INVALID if form.errors else 200)
