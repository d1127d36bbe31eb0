"""How the technology is: health, errors and jobs; and the answer to the machine that asks /healthz."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sms.core.access import requires
from sms.core.htmx import done, refused
from sms.core.list_page import Empty, list_page
from sms.core.problems import Refused
from sms.developer import actions
from sms.developer import health as system
from sms.developer.filters import ErrorFilter, JobFilter
from sms.developer.gallery import gallery
from sms.developer.models import ErrorRecord, JobRecord
from sms.developer.tables import ErrorTable, JobTable


@never_cache
@require_safe
@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the site can work, else 503 and the part that cannot."""
    failing = system.failing_part()
    if failing:
        response = JsonResponse({"status": "failing", "failing": failing}, status=503)
        # Django would log it as an error; whoever asked has been told.
        response._has_been_logged = True
        return response
    return JsonResponse({"status": "ok"})


@require_safe
@requires("developer.view_health")
def health(request: HttpRequest) -> HttpResponse:
    """The page asks for its fragment again while it is open."""
    parts = system.checks()
    context = {"parts": parts, "overall": system.overall(parts)}
    if request.htmx.target == "health":
        return render(request, "developer/health_parts.html", context)
    return render(request, "developer/health.html", context | {"versions": system.versions()})


@require_safe
@requires("developer.view_health")
def errors(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        title=_("Errors"),
        queryset=ErrorRecord.objects.defer("traceback"),
        table_class=ErrorTable,
        filterset_class=ErrorFilter,
        search_fields=("message", "logger", "route"),
        empty=Empty(
            _("No errors"), _("What goes wrong in the site or its worker is listed here."), icon="circle-check"
        ),
        export_name="errors",
    )


@require_safe
@requires("developer.view_health")
def error(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "developer/error.html", {"error": get_object_or_404(ErrorRecord, pk=pk)})


@require_safe
@requires("developer.view_health")
def jobs(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        title=_("Jobs"),
        subtitle=_("Successful runs of a job without arguments share one row an hour."),
        queryset=JobRecord.objects.defer("error"),
        table_class=JobTable,
        filterset_class=JobFilter,
        search_fields=("name",),
        empty=Empty(
            _("No jobs yet"), _("What the worker does is listed here, failures with their reason."), icon="cog"
        ),
        export_name="jobs",
    )


@require_safe
@requires("developer.view_health")
def job(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "developer/job.html", {"job": get_object_or_404(JobRecord, pk=pk)})


@require_POST
@requires("developer.view_health")
def job_retry(request: HttpRequest, pk: int) -> HttpResponseBase:
    job = get_object_or_404(JobRecord, pk=pk)
    try:
        actions.retry_job(actor=request.user, job=job)
    except Refused as reason:
        return refused(request, reason.sentence, job.get_absolute_url())
    return done(request, _("The job is in the queue again."), reverse("developer:jobs"))


@require_safe
@requires("developer.view_components")
def components(request: HttpRequest) -> HttpResponse:
    return render(request, "developer/components.html", {"gallery": gallery()})
