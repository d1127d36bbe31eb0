"""Templates of enrollment in the browser."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sms.core.access import requires
from sms.core.htmx import INVALID, done
from sms.core.problems import Refused
from sms.programme import actions
from sms.programme.forms import EnrollmentTemplateForm
from sms.programme.models import Batch, EnrollmentTemplate


@requires("programme.manage_enrollments")
def create(request: HttpRequest, batch: int) -> HttpResponseBase:
    subject = get_object_or_404(Batch, pk=batch)
    form = EnrollmentTemplateForm(request.POST or None, batch=subject)
    if request.method == "POST" and form.is_valid():
        try:
            actions.create_template(
                actor=request.user, batch=subject, title=form.cleaned_data["title"], access=form.access()
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return done(request, _("The template is created."), subject.get_absolute_url())
    return _form(request, form, subject, _("New template"))


@requires("programme.manage_enrollments")
def edit(request: HttpRequest, batch: int, pk: int) -> HttpResponseBase:
    template = _template(batch, pk)
    form = EnrollmentTemplateForm(request.POST or None, batch=template.batch, template=template)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_template(
                actor=request.user, template=template, title=form.cleaned_data["title"], access=form.access()
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return done(request, _("The template is changed."), template.batch.get_absolute_url())
    delete_url = reverse("programme:template-delete", args=[batch, pk])
    return _form(request, form, template.batch, _("Enrollment template"), delete_url)


@require_POST
@requires("programme.manage_enrollments")
def delete(request: HttpRequest, batch: int, pk: int) -> HttpResponseBase:
    template = _template(batch, pk)
    actions.delete_template(actor=request.user, template=template)
    sentence = _("The template is deleted. Students who were enrolled by it stay as they are.")
    return done(request, sentence, template.batch.get_absolute_url())


def _template(batch: int, pk: int) -> EnrollmentTemplate:
    return get_object_or_404(EnrollmentTemplate.objects.select_related("batch"), batch=batch, pk=pk)


def _form(
    request: HttpRequest, form: EnrollmentTemplateForm, batch: Batch, title: str, delete_url: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "subtitle": batch.title,
        "explanation": _("Whoever is enrolled by this template joins these missions with the access chosen here."),
        "back": batch.get_absolute_url(),
        "delete_url": delete_url,
    }
    return render(request, "programme/form.html", context, status=INVALID if form.errors else 200)
