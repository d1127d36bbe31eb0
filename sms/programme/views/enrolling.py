"""Students of a batch in the browser: enrolling them, their spells, and their access to missions."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from sms.core import clock
from sms.core.access import requires
from sms.core.htmx import INVALID, done, refused
from sms.core.list_page import Action, Empty, list_page
from sms.core.problems import Refused
from sms.programme import actions, queries
from sms.programme.filters import EnrollmentFilter
from sms.programme.forms import AccessForm, EnrollForm, LeaveForm
from sms.programme.models import Batch, Mission
from sms.programme.tables import EnrollmentTable


@require_safe
@requires("programme.view_all_students")
def students(request: HttpRequest, batch: int) -> HttpResponseBase:
    """Who is in the batch, and who was: one row a spell."""
    subject = get_object_or_404(Batch, pk=batch)
    enroll_url = reverse("programme:enroll", args=[subject.pk])
    may_enroll = request.user.has_perm("programme.manage_enrollments")
    return list_page(
        request,
        title=_("Students of %(batch)s") % {"batch": subject.title},
        queryset=queries.enrollments_in(request.user, subject),
        table_class=EnrollmentTable,
        filterset_class=EnrollmentFilter,
        search_fields=queries.student_search(request.user, "student__"),
        actions=[Action(_("Enroll students"), enroll_url, icon="user-plus", variant="primary")] if may_enroll else [],
        empty=Empty(
            _("No students yet"),
            _("Enroll the first ones, and choose the missions that they begin with."),
            icon="graduation-cap",
            action_label=_("Enroll students") if may_enroll else "",
            action_href=enroll_url if may_enroll else "",
        ),
        export_name="enrollments",
    )


@requires("programme.manage_enrollments")
def enroll(request: HttpRequest, batch: int) -> HttpResponseBase:
    """Looks for students, several at once, and enrolls those who are ticked.

    Looking is a POST too: it carries along who is ticked, and writes nothing.
    """
    subject = get_object_or_404(Batch, pk=batch)
    is_looking = "look" in request.POST
    form = EnrollForm.looking(request.POST, subject) if is_looking else EnrollForm(request.POST or None, batch=subject)
    if request.method == "POST" and not is_looking and form.is_valid():
        try:
            enrolled = actions.enroll_into(actor=request.user, batch=subject, **form.what())
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            sentence = ngettext("%(n)d student is enrolled.", "%(n)d students are enrolled.", len(enrolled))
            to = reverse("programme:batch-students", args=[subject.pk])
            return done(request, sentence % {"n": len(enrolled)}, to)
    context = {
        "batch": subject,
        "form": form,
        "text": request.POST.get("q", ""),
        "found": queries.students_to_enroll(subject, request.POST.get("q", ""), request.POST.getlist("students")),
    }
    is_fragment = request.htmx and request.htmx.target == "found"
    template = "programme/found_students.html" if is_fragment else "programme/enroll.html"
    return render(request, template, context, status=INVALID if not is_looking and form.errors else 200)


@require_safe
@requires("programme.view_all_students")
def enrollment(request: HttpRequest, pk: int) -> HttpResponse:
    """One student in one batch: every mission of it with the spells there."""
    subject = get_object_or_404(queries.enrollments_visible_to(request.user), pk=pk)
    context = {
        "enrollment": subject,
        "missions": queries.missions_of(subject),
        "others": queries.enrollments_visible_to(request.user)
        .filter(student=subject.student_id, batch=subject.batch_id)
        .exclude(pk=pk),
    }
    return render(request, "programme/enrollment.html", context)


@require_POST
@requires("programme.manage_enrollments")
def join(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Puts a student into one more mission of the batch, or again into one that they left."""
    subject = get_object_or_404(queries.enrollments_visible_to(request.user), pk=pk)
    posted = request.POST.get("mission", "")
    mission = get_object_or_404(Mission, batch=subject.batch_id, pk=posted if posted.isdecimal() else 0)
    try:
        [joined] = actions.join_mission(actor=request.user, enrollments=[subject], mission=mission)
    except Refused as refusal:
        return refused(request, refusal.sentence, subject.get_absolute_url())
    sentence = _("%(name)s takes part in “%(mission)s” from today.")
    return done(request, sentence % {"name": subject.student, "mission": mission}, joined.get_absolute_url())


@requires("programme.manage_enrollments")
def leave_mission(request: HttpRequest, mission_enrollment: int) -> HttpResponseBase:
    student = get_object_or_404(queries.visible_to(request.user), pk=mission_enrollment)
    form = LeaveForm(request.POST or None, initial={"on": clock.today(student.mission.batch.zone)})
    if request.method == "POST" and form.is_valid():
        try:
            actions.leave_missions(actor=request.user, mission_enrollments=[student], **form.cleaned_data)
        except Refused as refusal:
            form.add_error("on", refusal.sentence)
        else:
            sentence = _("%(name)s has left “%(mission)s”. What was recorded stays readable.")
            sentence %= {"name": student.student, "mission": student.mission}
            return done(request, sentence, student.get_absolute_url())
    context = {
        "form": form,
        "title": _("Leave the mission"),
        "subtitle": student,
        "explanation": _(
            "The student stays in the batch. Their mentors no longer see them in this mission; attendance, points and"
            " calls stay readable. Joining again begins a new spell."
        ),
        "save_label": _("Leave the mission"),
        "back": student.get_absolute_url(),
    }
    return render(request, "programme/form.html", context, status=INVALID if form.errors else 200)


@requires("programme.manage_enrollments")
def leave_batch(request: HttpRequest, pk: int) -> HttpResponseBase:
    subject = get_object_or_404(queries.enrollments_visible_to(request.user), pk=pk)
    form = LeaveForm(request.POST or None, initial={"on": clock.today(subject.batch.zone)})
    if request.method == "POST" and form.is_valid():
        try:
            actions.leave_batch(actor=request.user, enrollments=[subject], **form.cleaned_data)
        except Refused as refusal:
            form.add_error("on", refusal.sentence)
        else:
            sentence = _("%(name)s has left “%(batch)s” and its missions. What was recorded stays readable.")
            sentence %= {"name": subject.student, "batch": subject.batch}
            return done(request, sentence, subject.get_absolute_url())
    context = {
        "form": form,
        "title": _("Leave the batch"),
        "subtitle": subject,
        "explanation": _(
            "The student leaves every mission of this batch as well. Everything that was recorded stays readable, and"
            " they can be enrolled again."
        ),
        "save_label": _("Leave the batch"),
        "back": subject.get_absolute_url(),
    }
    return render(request, "programme/form.html", context, status=INVALID if form.errors else 200)


@require_POST
@requires("programme.manage_enrollments")
def enroll_again(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Begins a new enrollment of someone who left the batch; the old one stays."""
    subject = get_object_or_404(queries.enrollments_visible_to(request.user), pk=pk)
    try:
        [new] = actions.enroll(actor=request.user, students=[subject.student], batch=subject.batch)
    except Refused as refusal:
        return refused(request, refusal.sentence, subject.get_absolute_url())
    sentence = _("%(name)s is enrolled again. Choose the missions that they take part in.")
    return done(request, sentence % {"name": subject.student}, new.get_absolute_url())


@requires("programme.manage_enrollments")
def access(request: HttpRequest, mission_enrollment: int) -> HttpResponseBase:
    """Changes a student's access to a mission, with the reason."""
    student = get_object_or_404(queries.visible_to(request.user), pk=mission_enrollment)
    form = AccessForm(request.POST or None, initial={"access": student.access})
    if request.method == "POST" and form.is_valid():
        try:
            changed = actions.change_access(actor=request.user, mission_enrollments=[student], **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            sentence = _("The access is changed.") if changed else _("The student has this access already.")
            return done(request, sentence, student.get_absolute_url())
    context = {
        "form": form,
        "title": _("Change access"),
        "explanation": _(
            "Restricted: the student sees the mission and submits no attendance. Revoked: the student no longer sees the"
            " mission. What was recorded stays."
        ),
        "subtitle": student,
        "save_label": _("Change access"),
        "back": student.get_absolute_url(),
    }
    return render(request, "programme/form.html", context, status=INVALID if form.errors else 200)
