"""Batches and missions in the browser."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sms.core.access import requires
from sms.core.htmx import INVALID, done, refused
from sms.core.list_page import Action, Empty, list_page
from sms.core.problems import Refused
from sms.programme import actions, queries
from sms.programme.calendar import calendar_of
from sms.programme.filters import BatchFilter, MissionFilter
from sms.programme.forms import BatchForm, DuplicateForm, GuidelinesForm, MissionForm
from sms.programme.models import Batch, Mission
from sms.programme.tables import BatchTable, MissionTable


@require_safe
@requires("programme.view_programme")
def batches(request: HttpRequest) -> HttpResponseBase:
    new = Action(_("New batch"), reverse("programme:batch-create"), icon="plus", variant="primary")
    return list_page(
        request,
        title=_("Batches"),
        queryset=queries.batches(),
        table_class=BatchTable,
        filterset_class=BatchFilter,
        search_fields=("title", "code"),
        actions=[new] if request.user.has_perm("programme.manage_programme") else [],
        empty=Empty(
            _("No batches yet"), _("A batch is a cohort of students with its own dates and timezone."), icon="layers"
        ),
        export_name="batches",
    )


@require_safe
@requires("programme.view_programme")
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch with its numbers, its missions and what may be done with it."""
    subject = get_object_or_404(queries.batches(), pk=pk)
    missions = list(queries.missions().filter(batch=subject))
    context = {
        "batch": subject,
        "missions": missions,
        "calendar": calendar_of(subject, missions),
        "moves": queries.next_statuses(subject),
        "templates": queries.enrollment_templates(subject),
    }
    return render(request, "programme/batch.html", context)


@requires("programme.manage_programme")
def batch_create(request: HttpRequest) -> HttpResponseBase:
    form = BatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            created = actions.create_batch(actor=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("code", refusal.sentence)
        else:
            return done(request, _("The batch is created."), created.get_absolute_url())
    context = {"form": form, "title": _("New batch"), "back": reverse("programme:batches")}
    return render(request, "programme/form.html", context, status=INVALID if form.errors else 200)


@requires("programme.manage_programme")
def batch_edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    form = BatchForm(request.POST or None, instance=get_object_or_404(Batch, pk=pk))
    # The form writes its values onto the object that it was given; the action compares with a fresh one.
    subject = get_object_or_404(Batch, pk=pk)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_batch(actor=request.user, batch=subject, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return done(request, _("The batch is changed."), subject.get_absolute_url())
    context = {"form": form, "title": subject.title, "back": subject.get_absolute_url()}
    return render(request, "programme/form.html", context, status=INVALID if form.errors else 200)


@requires("programme.manage_programme")
def batch_duplicate(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Makes a new batch with the missions and rules of this one."""
    source = get_object_or_404(Batch, pk=pk)
    form = DuplicateForm(request.POST or None, initial={"timezone": source.timezone})
    if request.method == "POST" and form.is_valid():
        try:
            created = actions.duplicate_batch(actor=request.user, batch=source, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("code", refusal.sentence)
        else:
            return done(
                request, _("The batch is duplicated. It is a draft until you start it."), created.get_absolute_url()
            )
    context = {
        "form": form,
        "title": _("Duplicate the batch"),
        "subtitle": source.title,
        "explanation": _(
            "Copied are its missions with their guidelines, attendance windows, points rules and assignments, and its"
            " enrollment templates. Every date moves by the same distance. Students, mentors and holidays are not copied."
        ),
        "save_label": _("Duplicate"),
        "back": source.get_absolute_url(),
    }
    return render(request, "programme/form.html", context, status=INVALID if form.errors else 200)


@require_POST
@requires("programme.manage_programme")
def batch_move(request: HttpRequest, pk: int) -> HttpResponseBase:
    subject = get_object_or_404(Batch, pk=pk)
    try:
        actions.move_batch(actor=request.user, batch=subject, to=request.POST.get("to", ""))
    except Refused as refusal:
        return refused(request, refusal.sentence, subject.get_absolute_url())
    return done(
        request,
        _("The batch is now %(status)s.") % {"status": subject.get_status_display()},
        subject.get_absolute_url(),
    )


@require_safe
@requires("programme.view_programme")
def missions(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        title=_("Missions"),
        queryset=queries.missions(),
        table_class=MissionTable,
        filterset_class=MissionFilter,
        search_fields=("title", "code", "batch__title"),
        empty=Empty(_("No missions yet"), _("Open a batch and add its first mission."), icon="target"),
        export_name="missions",
    )


@requires("programme.manage_programme")
def mission_create(request: HttpRequest, batch: int) -> HttpResponseBase:
    parent = get_object_or_404(Batch, pk=batch)
    blank = Mission(batch=parent, order=parent.missions.count() + 1)
    form = MissionForm(request.POST or None, instance=blank)
    if request.method == "POST" and form.is_valid():
        try:
            created = actions.create_mission(actor=request.user, batch=parent, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("code", refusal.sentence)
        else:
            return done(request, _("The mission is created."), created.get_absolute_url())
    context = {"form": form, "title": _("New mission"), "subtitle": parent.title, "back": parent.get_absolute_url()}
    return render(request, "programme/form.html", context, status=INVALID if form.errors else 200)


@requires("programme.manage_programme")
def mission_edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    form = MissionForm(request.POST or None, instance=get_object_or_404(Mission, pk=pk))
    subject = get_object_or_404(Mission.objects.select_related("batch"), pk=pk)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_mission(actor=request.user, mission=subject, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return done(request, _("The mission is changed."), subject.get_absolute_url())
    context = {
        "form": form,
        "title": subject.title,
        "subtitle": subject.batch.title,
        "back": subject.get_absolute_url(),
    }
    return render(request, "programme/form.html", context, status=INVALID if form.errors else 200)


@require_POST
@requires("programme.manage_programme")
def mission_move(request: HttpRequest, pk: int) -> HttpResponseBase:
    subject = get_object_or_404(Mission, pk=pk)
    try:
        actions.move_mission(actor=request.user, mission=subject, to=request.POST.get("to", ""))
    except Refused as refusal:
        return refused(request, refusal.sentence, subject.get_absolute_url())
    return done(
        request,
        _("The mission is now %(status)s.") % {"status": subject.get_status_display()},
        subject.get_absolute_url(),
    )


@require_POST
@requires("programme.manage_programme")
def mission_place(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Moves a mission one place earlier or later in its batch."""
    subject = get_object_or_404(Mission.objects.select_related("batch"), pk=pk)
    step = {"earlier": -1, "later": 1}.get(request.POST.get("to", ""), 0)
    try:
        actions.place_mission(actor=request.user, mission=subject, step=step)
    except Refused as refusal:
        return refused(request, refusal.sentence, subject.batch.get_absolute_url())
    sentence = _("“%(mission)s” is number %(order)d now.") % {"mission": subject, "order": subject.order}
    return done(request, sentence, subject.batch.get_absolute_url())


@requires("programme.manage_programme")
def guidelines(request: HttpRequest, mission: int) -> HttpResponseBase:
    """What the mission asks its students to do and not to do. A preview is a POST that writes nothing."""
    subject = get_object_or_404(Mission.objects.select_related("batch"), pk=mission)
    form = GuidelinesForm(request.POST or None, instance=queries.guidelines_of(subject))
    is_preview = "preview" in request.POST
    if request.method == "POST" and form.is_valid() and not is_preview:
        actions.set_guidelines(actor=request.user, mission=subject, **form.cleaned_data)
        return done(request, _("The guidelines are saved. Students see them now."), subject.get_absolute_url())
    context = {"form": form, "mission": subject, "guidelines": form.instance}
    is_fragment = request.htmx and request.htmx.target == "preview"
    template = "programme/guidelines_preview.html" if is_fragment else "programme/guidelines_form.html"
    return render(request, template, context, status=INVALID if form.errors and not is_fragment else 200)
