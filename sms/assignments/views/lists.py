"""Submission lists in the browser: pasting one, what it would do, and what it did.

A draft is resolved anew each time it is looked at; a list that was confirmed is shown as it was then.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sms.assignments import actions, queries
from sms.assignments.choices import Effect, ListState, Resolution
from sms.assignments.filters import SubmissionListFilter
from sms.assignments.forms import PasteForm
from sms.assignments.list_sentences import done_sentence, will_sentence
from sms.assignments.models import SubmissionList
from sms.assignments.resolving import Line, Resolved
from sms.assignments.tables import SubmissionListTable
from sms.core.access import requires
from sms.core.export import file_response
from sms.core.htmx import INVALID, done, refused
from sms.core.list_page import Action, Empty, list_page
from sms.core.problems import Refused

PER_PAGE = 50
REGION = "submission-list"
WITHDRAWN = Effect.WITHDRAWN.value  # a group beside the resolutions
TONES = {
    Resolution.MATCHED: "good",
    Resolution.TYPO: "warn",
    Resolution.NOT_ENROLLED: "bad",
    Resolution.RESTRICTED: "warn",
    Resolution.UNREADABLE: "bad",
    WITHDRAWN: "bad",
}
# What wants a look comes first when a page is opened.
OPENED_FIRST = (Resolution.TYPO, Resolution.MATCHED, Resolution.RECORDED, Resolution.NOT_ENROLLED, Resolution.MISSING)


@dataclass(frozen=True)
class Tile:
    key: str
    label: str
    count: int
    tone: str
    is_current: bool


@require_safe
@requires("assignments.record_submissions")
def lists(request: HttpRequest) -> HttpResponseBase:
    new = reverse("assignments:list-new")
    return list_page(
        request,
        title=_("Submission lists"),
        queryset=queries.lists_visible_to(request.user),
        table_class=SubmissionListTable,
        filterset_class=SubmissionListFilter,
        search_fields=("assignment__title", "assignment__mission__title", "pasted_by__name"),
        empty=Empty(
            _("No lists yet"),
            _("Paste who handed in, as the main system gives it. You see what it means before anything is recorded."),
            icon="clipboard-paste",
            action_label=_("Paste a list"),
            action_href=new,
        ),
        actions=[Action(_("Paste a list"), new, icon="clipboard-paste", variant="primary")],
        export_name="submission-lists",
    )


@requires("assignments.record_submissions")
def paste(request: HttpRequest) -> HttpResponseBase:
    """Which assignment, and who handed in. `?assignment=` chooses it beforehand."""
    asked = request.GET.get("assignment", "")
    form = PasteForm(
        *(request.POST, request.FILES) if request.method == "POST" else (),
        assignments=queries.assignments_to_list(request.user, asked),
        initial={"assignment": asked},
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        started = actions.start_list(
            actor=request.user,
            assignment=given["assignment"],
            entries=form.pasted.entries,
            as_of=given["as_of"],
            is_complete=given["is_complete"],
        )
        if form.pasted.unclear_times:
            messages.warning(
                request,
                _("The dates could be read in two ways, day or month first, so the times of the list are not used."),
            )
        return redirect(started)
    return render(request, "assignments/lists/paste.html", {"form": form}, status=INVALID if form.errors else 200)


@require_safe
@requires("assignments.record_submissions")
def submission_list(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What the list would do or did, in groups. `?show=` names one of them."""
    return _page(request, _list_or_404(request, pk))


@require_POST
@requires("assignments.record_submissions")
def proposals(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ticks: of the lines `offered`, those `accept`ed as number:student."""
    accepted = (value.partition(":") for value in request.POST.getlist("accept"))
    choose = partial(
        actions.choose_proposals,
        offered=_numbers(request.POST, "offered"),
        accepted={int(number): int(key) for number, _colon, key in accepted if _is_key(number) and _is_key(key)},
    )
    return _change(request, pk, choose)


@require_POST
@requires("assignments.record_submissions")
def complete(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _change(request, pk, partial(actions.set_complete, is_complete=request.POST.get("is_complete") == "on"))


@require_POST
@requires("assignments.record_submissions")
def apply(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Confirms what the person was shown, and nothing else."""
    subject = _list_or_404(request, pk)
    try:
        applied = actions.apply_list(
            actor=request.user, submission_list=subject, fingerprint=request.POST.get("fingerprint", "")
        )
    except actions.ChangedMeanwhile as change:
        return _page(request, subject, problem=change.sentence)
    except Refused as refusal:
        return refused(request, refusal.sentence, subject.get_absolute_url())
    return done(request, _("Done: %(what)s.") % {"what": done_sentence(applied)}, subject.get_absolute_url())


@require_POST
@requires("assignments.record_submissions")
def undo(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _act(request, pk, actions.undo_list, _("The list is undone."))


@require_POST
@requires("assignments.record_submissions")
def discard(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _act(request, pk, actions.discard_list, _("The list is discarded. Nothing was recorded."))


@require_POST
@requires("assignments.record_submissions")
def missing(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Who is missing, as a file; with their addresses for who may reveal them, which is noted for each."""
    subject = _list_or_404(request, pk)
    lines = _lines_of(subject, _resolved(subject), Resolution.MISSING)
    lines = queries.as_confirmed(list(lines)) if subject.state != ListState.DRAFT else lines
    with_addresses = request.user.has_perm("accounts.reveal_contacts")
    if with_addresses:
        actions.reveal_missing(
            actor=request.user, submission_list=subject, students=[line.student.key for line in lines if line.student]
        )
    return file_response(_missing_rows(lines, with_addresses), filename=f"missing-{subject.assignment.code}.csv")


# --- The page


def _page(request: HttpRequest, subject: SubmissionList, *, problem: str = "") -> HttpResponse:
    resolved = _resolved(subject)
    counts = {**(resolved.counts if resolved else subject.counts), WITHDRAWN: _withdrawn(subject, resolved)}
    show = _shown_group(request.GET.get("show", ""), counts)
    page = Paginator(_lines_of(subject, resolved, show), PER_PAGE).get_page(request.GET.get("page"))
    lines = page.object_list if resolved else queries.as_confirmed(list(page.object_list))
    with timezone.override(subject.assignment.mission.batch.zone):
        queries.explain(lines, subject.assignment.mission)
        queries.judge_lines(lines, subject.assignment)
        context = {
            "list": subject,
            "assignment": subject.assignment,
            "region": REGION,
            "tiles": _tiles(counts, show, is_draft=resolved is not None),
            "show": show,
            "page": page,
            "lines": lines,
            "is_own": _knows_addresses(request, subject),
            "counts": counts,
            "problem": problem,
            **(_of_draft(subject, resolved) if resolved else _of_confirmed(subject)),
        }
        is_region = request.htmx and request.htmx.target == REGION
        template = "assignments/lists/region.html" if is_region else "assignments/lists/list.html"
        return render(request, template, context, status=INVALID if problem else 200)


def _of_draft(subject: SubmissionList, resolved: Resolved) -> dict[str, Any]:
    return {
        "will": will_sentence(resolved.effects, is_complete=subject.is_complete),
        "fingerprint": resolved.fingerprint,
        "kept": resolved.kept,
        "with_times": any(line.pasted.submitted_at for line in resolved.lines),
    }


def _of_confirmed(subject: SubmissionList) -> dict[str, Any]:
    undoable, edited = queries.changed_since(subject) if subject.state == ListState.APPLIED else ([], [])
    left = edited or subject.lines.filter(is_kept=True).select_related("mission_enrollment__enrollment__student")
    return {
        "did": done_sentence(subject),
        "undoable": len(undoable),
        "left": [line.mission_enrollment for line in left],
    }


def _resolved(subject: SubmissionList) -> Resolved | None:
    return queries.resolution_of(subject) if subject.state == ListState.DRAFT else None


def _lines_of(subject: SubmissionList, resolved: Resolved | None, show: str) -> Sequence[Line] | Any:
    """Lines of a group: of a draft as they resolve, of another list as they are stored."""
    if resolved is None:
        return (
            queries.stored_lines(subject, effect=show)
            if show == WITHDRAWN
            else queries.stored_lines(subject, resolution=show)
        )
    if show == WITHDRAWN:
        return [line for line in resolved.missing if line.effect == Effect.WITHDRAWN]
    return [line for line in resolved.everything if line.resolution == show]


def _withdrawn(subject: SubmissionList, resolved: Resolved | None) -> int:
    effects = resolved.effects if resolved else subject.counts.get("effects", {})
    return effects.get(WITHDRAWN, 0)


def _shown_group(asked: str, counts: dict[str, int]) -> str:
    if asked == WITHDRAWN or asked in Resolution.values:
        return asked
    return next((each.value for each in OPENED_FIRST if counts.get(each.value)), Resolution.MATCHED.value)


def _tiles(counts: dict[str, int], show: str, *, is_draft: bool) -> list[Tile]:
    groups = [(each.value, each.label) for each in Resolution]
    groups.append((WITHDRAWN, _("to withdraw") if is_draft else Effect.WITHDRAWN.label))
    tiles = [Tile(key, str(label), counts.get(key, 0), TONES.get(key, ""), key == show) for key, label in groups]
    always = (Resolution.MATCHED, Resolution.MISSING)
    return [tile for tile in tiles if tile.count or tile.is_current or tile.key in always]


def _knows_addresses(request: HttpRequest, subject: SubmissionList) -> bool:
    """What a person pasted they know, and what was proposed to them was noted; to others addresses are masked."""
    return subject.pasted_by_id == request.user.pk and request.user.has_perm("accounts.reveal_contacts")


def _missing_rows(lines: Sequence[Line], with_addresses: bool) -> Iterator[list[str]]:
    yield [_("Name"), _("Student number"), *([_("E-mail address")] if with_addresses else [])]
    for line in lines:
        if line.student:
            address = [line.student.address] if with_addresses else []
            yield [line.student.name, line.student.student_number, *address]


# --- Small steps


def _list_or_404(request: HttpRequest, pk: int) -> SubmissionList:
    return get_object_or_404(queries.lists_visible_to(request.user), pk=pk)


def _change(request: HttpRequest, pk: int, action: Callable[..., None]) -> HttpResponseBase:
    """Changes a draft and shows what it would do then, in the group that the person looks at."""
    subject = _list_or_404(request, pk)
    try:
        action(actor=request.user, submission_list=subject)
    except Refused as refusal:
        return refused(request, refusal.sentence, subject.get_absolute_url())
    if request.htmx:
        return _page(request, _list_or_404(request, pk))
    query = request.GET.urlencode()
    return redirect(f"{subject.get_absolute_url()}{'?' if query else ''}{query}")


def _act(request: HttpRequest, pk: int, action: Callable[..., Any], sentence: str) -> HttpResponseBase:
    subject = _list_or_404(request, pk)
    try:
        action(actor=request.user, submission_list=subject)
    except Refused as refusal:
        return refused(request, refusal.sentence, subject.get_absolute_url())
    return done(request, sentence, subject.get_absolute_url())


def _numbers(given: QueryDict, name: str) -> list[int]:
    return [int(value) for value in given.getlist(name) if _is_key(value)]


def _is_key(text: str) -> bool:
    return text.isdecimal() and len(text) < 10
