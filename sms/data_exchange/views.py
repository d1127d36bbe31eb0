"""Data in: the history, a new import, its columns, its preview and its end. Data out: whole kinds as files."""

from collections.abc import Iterator
from functools import partial

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from sms.core.access import requires
from sms.core.export import file_response
from sms.core.htmx import INVALID, done, refused
from sms.core.list_page import Action, Empty, list_page
from sms.core.problems import Refused
from sms.data_exchange import actions, exporting, preview, queries
from sms.data_exchange.choices import Origin, RowStatus, RunState
from sms.data_exchange.filters import RowFilter, RunFilter
from sms.data_exchange.forms import ExportForm, MappingForm, SourceForm, limits
from sms.data_exchange.kinds import KINDS
from sms.data_exchange.kinds.base import Kind
from sms.data_exchange.looking import look_at
from sms.data_exchange.models import ImportRun
from sms.data_exchange.tables import RowTable, RunTable
from sms.programme.models import Batch, Mission

MAPPABLE = (Origin.UPLOAD, Origin.PASTE, Origin.COMMAND)

# --- Data in


@require_safe
@requires("data_exchange.import_data")
def runs(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        title=_("Imports"),
        queryset=queries.visible_to(request.user),
        table_class=RunTable,
        filterset_class=RunFilter,
        search_fields=("title",),
        empty=Empty(
            _("No imports yet"),
            _("Bring people, missions and enrollments in from a spreadsheet. You see what will change before it does."),
            icon="upload",
            action_label=_("Import"),
            action_href=reverse("data_exchange:start"),
        ),
        actions=[Action(_("Import"), reverse("data_exchange:start"), icon="upload", variant="primary")],
        enrich=preview.describe_runs,
        export_name="imports",
    )


@require_safe
@requires("data_exchange.import_data")
def start(request: HttpRequest) -> HttpResponse:
    """Which kind of data it is."""
    return render(
        request,
        "data_exchange/start.html",
        {"kinds": [kind(request.user) for kind in queries.importable_by(request.user).values()]},
    )


@requires("data_exchange.import_data")
def upload(request: HttpRequest, kind: str) -> HttpResponseBase:
    """A file, or pasted rows, of one kind."""
    chosen = _kind_or_404(kind, queries.importable_by(request.user))(request.user)
    form = SourceForm(*(request.POST, request.FILES) if request.method == "POST" else ())
    if request.method == "POST" and form.is_valid():
        try:
            started = actions.start_import(actor=request.user, kind=kind, **form.source)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return redirect(started)
    context = {"form": form, "kind": chosen, "fields": list(chosen.fields.items()), "limits": limits()}
    return render(request, "data_exchange/upload.html", context, status=INVALID if form.errors else 200)


@require_safe
@requires("data_exchange.import_data")
def template(request: HttpRequest, kind: str, file_format: str) -> HttpResponseBase:
    """An empty file with the headings of the kind."""
    chosen = _kind_or_404(kind, queries.importable_by(request.user))
    return file_response(iter([list(chosen.fields)]), filename=f"{kind}.{_format_or_404(file_format)}")


@require_safe
@requires("data_exchange.import_data")
def run(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What the import would do, does, or has done, row by row."""
    subject = get_object_or_404(queries.visible_to(request.user), pk=pk)
    if subject.is_at_work:
        return render(request, "data_exchange/run.html", _context_of(request, subject))
    if subject.state == RunState.MAPPING:
        return redirect("data_exchange:mapping", pk)
    return list_page(
        request,
        title=subject.title,
        queryset=queries.rows_of(subject),
        table_class=RowTable,
        filterset_class=RowFilter,
        # The key holds addresses: whoever may not see them must not find them out by guessing either.
        search_fields=("key",) if queries.shows_addresses(subject) else (),
        empty=Empty(
            _("No rows"),
            _("The rows of an import are kept for a year; its line in the history stays."),
            icon="table",
        ),
        enrich=preview.describe(subject, request.user),
        template="data_exchange/region.html" if request.htmx.target == "run" else "data_exchange/run.html",
        context=_context_of(request, subject),
    )


@require_safe
@requires("data_exchange.import_data")
def progress(request: HttpRequest, pk: int) -> HttpResponseBase:
    """How far the worker is; once it is done, what came of it, which ends the asking."""
    subject = get_object_or_404(queries.visible_to(request.user), pk=pk)
    if not request.htmx:
        return redirect(subject)
    if subject.is_at_work:
        return render(request, "data_exchange/progress.html", {"run": subject})
    if subject.state == RunState.MAPPING:  # the rows raised a question, which has a page of its own
        return HttpResponseClientRedirect(reverse("data_exchange:mapping", args=[pk]))
    return run(request, pk)


@requires("data_exchange.import_data")
def mapping(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Which column of the file is what. `?sheet=` and `?heading_row=` look at another part of it."""
    subject = get_object_or_404(queries.visible_to(request.user), pk=pk)
    if not can_be_mapped(subject):
        return refused(request, _("The columns of this import cannot be changed any more."), subject.get_absolute_url())
    given = request.POST if request.method == "POST" else None
    look = look_at(subject, request.GET if given is None else given)
    form = MappingForm(subject, look, given, asked=request.GET)
    if request.method == "POST" and form.is_valid():
        try:
            actions.choose_mapping(actor=request.user, run=subject, **form.answers)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return done(request, _("The file is being read."), subject.get_absolute_url())
    context = {"run": subject, "kind": KINDS[subject.kind](request.user), "look": look, "form": form}
    template = "data_exchange/mapping_form.html" if request.htmx else "data_exchange/mapping.html"
    return render(request, template, context, status=INVALID if form.errors else 200)


@require_POST
@requires("data_exchange.import_data")
def confirm(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Has the plan applied."""
    return _act(request, pk, partial(actions.confirm, large=request.POST.get("large") == "yes"))


@require_POST
@requires("data_exchange.import_data")
def cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _act(request, pk, actions.cancel)


@require_POST
@requires("data_exchange.import_data")
def again(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Reads the file once more."""
    return _act(request, pk, actions.plan_again)


@require_POST
@requires("data_exchange.import_data")
def undo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Plans to take the import back, which has a preview of its own."""
    return _act(request, pk, actions.start_undo)


@require_safe
@requires("data_exchange.import_data")
def rejected(request: HttpRequest, pk: int, file_format: str) -> HttpResponseBase:
    """The rejected rows as they stood in the file, with the reason beside them, to be mended and imported."""
    subject = get_object_or_404(queries.visible_to(request.user), pk=pk)
    if not subject.rejected or subject.origin == Origin.LIST:
        raise Http404
    filename = f"rejected-{subject.pk}.{_format_or_404(file_format)}"
    return file_response(_rejected_rows(subject), filename=filename)


# --- Data out


@require_safe
@requires("data_exchange.export_data")
def exports(request: HttpRequest) -> HttpResponse:
    """Whole kinds of data as files."""
    batches, missions = _batches_and_missions()
    forms = [ExportForm(kind(request.user), batches, missions) for kind in queries.exportable_by(request.user).values()]
    context = {"forms": forms, "may_export_all": queries.may_export_all(request.user)}
    return render(request, "data_exchange/exports.html", context)


@require_POST
@requires("data_exchange.export_data")
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    chosen = _kind_or_404(kind, queries.exportable_by(request.user))
    form = ExportForm(chosen(request.user), *_batches_and_missions(), data=request.POST)
    if not form.is_valid():
        return refused(request, _("Choose a format and filters from the page."), reverse("data_exchange:exports"))
    return exporting.export_response(
        actor=request.user, kind=kind, filters=form.filters, file_format=form.cleaned_data["file_format"]
    )


@require_POST
@requires("data_exchange.export_data")
def export_all(request: HttpRequest) -> HttpResponseBase:
    if not queries.may_export_all(request.user):
        raise PermissionDenied
    return exporting.zip_response(actor=request.user)


# --- Small steps


def can_be_mapped(subject: ImportRun) -> bool:
    """Whether a person may still say what the columns are: the file is there and nothing of it is applied."""
    return bool(
        subject.file
        and subject.options.get("headings")
        and subject.origin in MAPPABLE
        and subject.state not in (RunState.APPLIED, RunState.APPLYING, RunState.PLANNING)
    )


def _act(request: HttpRequest, pk: int, action: object) -> HttpResponseBase:
    """Does one thing to a run and leads to it, or to the run that came of it."""
    subject = get_object_or_404(queries.visible_to(request.user), pk=pk)
    try:
        outcome = action(actor=request.user, run=subject)
    except Refused as refusal:
        return refused(request, refusal.sentence, subject.get_absolute_url())
    return redirect(outcome or subject)


def _context_of(request: HttpRequest, subject: ImportRun) -> dict[str, object]:
    status, warned = request.GET.get("status", ""), request.GET.get("warned", "")
    return {
        "run": subject,
        "kind": KINDS[subject.kind](request.user),
        "state_tone": preview.RUN_TONES[RunState(subject.state)],
        "tiles": preview.tiles(subject, status=status, warned=warned),
        "writes": preview.writes(subject),
        "recognised": preview.format_of(subject),
        "is_large": queries.is_large(subject),
        "can_be_mapped": can_be_mapped(subject),
        "can_be_undone": queries.can_be_undone(subject),
        "undone_by": queries.undone_by(subject) if subject.state == RunState.APPLIED else None,
        "may_download_rejected": subject.origin != Origin.LIST,
    }


def _rejected_rows(subject: ImportRun) -> Iterator[list[str]]:
    headings = subject.options["headings"]
    reason = "reason" if "reason" not in [heading.strip().lower() for heading in headings] else "rejected because"
    yield [*headings, reason]
    for row in queries.rows_of(subject).filter(status=RowStatus.REJECTED).iterator(chunk_size=1_000):
        cells = [*row.cells, *[""] * (len(headings) - len(row.cells))]
        yield [*cells[: len(headings)], " ".join(sentence for _column, _value, sentence, _level in row.messages)]


def _batches_and_missions() -> tuple[list[Batch], list[Mission]]:
    return list(Batch.objects.order_by("-starts_on", "code")), list(Mission.objects.order_by("code", "-starts_on"))


def _kind_or_404(key: str, kinds: dict[str, type[Kind]]) -> type[Kind]:
    if key not in kinds:
        raise Http404
    return kinds[key]


def _format_or_404(name: str) -> str:
    if name not in exporting.FORMATS:
        raise Http404
    return name
