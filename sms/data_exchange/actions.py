"""The steps of an import: file, mapping, plan, confirmation, application, undo.

    start_import → choose_mapping → plan → confirm → apply        start_undo → plan → confirm → apply

`plan` and `apply` are the worker's: each holds an advisory lock on its run, does its work in one transaction, and can be
begun again by another worker when the first is killed. Everything else only moves the run to its next state.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from sms.accounts.models import User
from sms.audit.actions import record
from sms.core import clock
from sms.core.problems import Refused
from sms.core.states import check_move
from sms.data_exchange import files, queries, tasks
from sms.data_exchange.applying import apply_rows
from sms.data_exchange.choices import AT_WORK, RUN_MOVES, Origin, RunState
from sms.data_exchange.kinds import KINDS
from sms.data_exchange.models import ImportProgress, ImportRow, ImportRun, RememberedMapping
from sms.data_exchange.planning import Planner, ambiguous_columns, drafts_of
from sms.data_exchange.progress import Cancelled, Reporter, reporting
from sms.data_exchange.reading import FileRefused
from sms.data_exchange.undoing import plan_undo

LOCKS = 0x696D706F  # the first half of the advisory lock's key; the second is the run


@transaction.atomic
def start_import(
    *, actor: User | None, kind: str, name: str, content: BinaryIO, origin: str = Origin.UPLOAD, wait: bool = False
) -> ImportRun:
    """Keeps the file, reads its headings, and has it planned when every one is understood.

    A file that cannot be used becomes a refused run that says why. With `wait` the caller plans it itself.
    Raises Refused when the person may not import this kind.
    """
    _check_may_import(actor, kind)
    run = ImportRun(
        kind=kind, origin=origin, title=name[:200], started_by=actor, created_at=clock.now(), state=RunState.MAPPING
    )
    try:
        files.check_size(content)
        run.file.save(name, ContentFile(content.read()), save=False)
        files.first_look(run)
    except FileRefused as refusal:
        run.state, run.sentence = RunState.REFUSED, str(refusal.sentence)
    run.save()
    ImportProgress.objects.create(run=run)
    if run.state == RunState.MAPPING and files.is_understood(run):
        _move(run, RunState.PLANNING)
        if not wait:
            tasks.plan_run(run.pk)
    return run


@transaction.atomic
def start_from_rows(*, actor: User, kind: str, title: str, rows: Iterable[Mapping[str, Any]]) -> ImportRun:
    """What a bulk action on a list would do, as an import like any other: previewed, applied, undone."""
    content = BytesIO(files.as_csv(KINDS[kind], rows))
    run = start_import(actor=actor, kind=kind, name=f"{title}.csv"[-200:], content=content, origin=Origin.LIST)
    run.title = title
    run.save(update_fields=["title"])
    return run


@transaction.atomic
def choose_mapping(
    *,
    actor: User,
    run: ImportRun,
    mapping: Mapping[str, int],
    heading_row: int,
    sheet: str = "",
    orders: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    domain: str = "",
) -> None:
    """Says which column is what, and how a column of dates is ordered; then the file is read again.

    `constants` gives the value of a column that the file lacks, such as the batch of all rows; `domain` completes the
    user names of a system that knows no addresses.

    The mapping is remembered for the next file of this shape. Raises Refused when a key column is missing or a
    column is used twice.
    """
    _check_may_import(actor, run.kind)
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    try:
        options = files.options_for(
            run,
            mapping=mapping,
            heading_row=heading_row,
            sheet=sheet,
            orders=orders or {},
            constants=constants or {},
            domain=domain,
        )
    except FileRefused as refusal:
        raise Refused(str(refusal.sentence)) from refusal
    RememberedMapping.objects.update_or_create(
        kind=run.kind,
        fingerprint=options["fingerprint"],
        defaults={
            "mapping": {target: options["headings"][place] for target, place in mapping.items()},
            "remembered_at": clock.now(),
        },
    )
    run.options, run.sentence = options, ""
    # They were made from the former mapping; should the new reading not come to its end, they would be told as its own.
    run.rows.all().delete()
    ImportRun.objects.filter(pk=run.pk).update(**dict.fromkeys([*run.counts, "warned"], 0))
    if run.state != RunState.MAPPING:
        _move(run, RunState.MAPPING)
    _start_planning(run)


@transaction.atomic
def plan_again(*, actor: User, run: ImportRun) -> None:
    """Reads the file once more against what the database says now."""
    _check_may_import(actor, run.kind)
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state == RunState.PLANNING:
        return
    if not (run.undoes or run).file:
        raise Refused(_("The file of this import is no longer kept. Upload it again."))
    run.sentence = ""
    _start_planning(run)


@transaction.atomic
def confirm(*, actor: User, run: ImportRun, large: bool = False, wait: bool = False) -> None:
    """Has the plan applied. `large` confirms a change of a large share of what there is. Twice changes nothing.

    Raises Refused when there is nothing to do, or another import of the kind is being applied.
    """
    _check_may_import(actor, run.kind)
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state in (RunState.APPLYING, RunState.APPLIED):
        return
    if run.state == RunState.PLANNED and not run.writes:
        raise Refused(_("There is nothing to apply: no row is new or changed."))
    if queries.is_large(run) and not large:
        raise Refused(
            _("This changes %(n)d of %(all)d rows. Tick the box to say that you mean it.")
            % {"n": run.changed + run.removed, "all": run.existing}
        )
    try:
        with transaction.atomic():
            _move(run, RunState.APPLYING)
    except IntegrityError as error:
        raise Refused(
            _("Another import of this kind is being applied. Wait until it is done, then confirm again.")
        ) from error
    run.confirmed_by = actor
    run.save(update_fields=["confirmed_by"])
    ImportProgress.objects.filter(run=run).update(done=0, total=run.rows_read, cancel_requested=False)
    record(actor=actor, verb=gettext_noop("confirmed the import"), subject=run, data={"kind": run.kind, **run.counts})
    if not wait:
        tasks.apply_run(run.pk)


@transaction.atomic
def cancel(*, actor: User, run: ImportRun) -> None:
    """Stops an import that is not applied yet. What the worker has begun it drops; nothing stays."""
    _check_may_import(actor, run.kind)
    ImportProgress.objects.filter(run=run).update(cancel_requested=True)
    # While a worker is at it, it holds the lock, sees the request and moves the run itself.
    if _lock(run.pk):
        stopped = ImportRun.objects.select_for_update().get(pk=run.pk)
        if stopped.state == RunState.CANCELLED:
            return
        _move(stopped, RunState.CANCELLED)
        record(actor=actor, verb=gettext_noop("cancelled the import"), subject=run)


@transaction.atomic
def start_undo(*, actor: User, run: ImportRun, wait: bool = False) -> ImportRun:
    """Plans to take an applied import back. A plan that waits already is returned again.

    Raises Refused when it cannot be taken back.
    """
    _check_may_import(actor, run.kind)
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if waiting := run.undone_by.filter(state__in=(RunState.PLANNING, RunState.PLANNED, RunState.APPLYING)).first():
        if actor and not queries.visible_to(actor).filter(pk=waiting.pk).exists():
            raise Refused(_("%(name)s is about to take this import back.") % {"name": waiting.started_by})
        return waiting
    if not queries.can_be_undone(run):
        raise Refused(_("This import cannot be taken back: it was not applied, changed nothing, or is undone already."))
    undo = ImportRun.objects.create(
        kind=run.kind,
        origin=Origin.UNDO,
        state=RunState.PLANNING,
        title=run.title,
        started_by=actor,
        created_at=clock.now(),
        undoes=run,
    )
    ImportProgress.objects.create(run=undo)
    if not wait:
        tasks.plan_run(undo.pk)
    return undo


def plan(*, run_id: int) -> None:
    """Works out what each row would do. The worker's; a second call finds nothing to do."""
    _work(run_id, RunState.PLANNING, _plan)


def apply(*, run_id: int) -> None:
    """Does what the plan says, or nothing. The worker's; a second call finds nothing to do."""
    _work(run_id, RunState.APPLYING, _apply)


@transaction.atomic
def prune(*, before: datetime) -> int:
    """Forgets the rows and files of imports that began before this moment; their line in the history stays."""
    old = ImportRun.objects.filter(created_at__lt=before).exclude(state__in=AT_WORK)
    # A plan without its rows would be applied as nothing, and be said to have done all that it counted.
    waiting = old.filter(state__in=(RunState.MAPPING, RunState.PLANNED))
    waiting.update(state=RunState.CANCELLED, finished_at=clock.now())
    ImportRow.objects.filter(run__in=old).delete()
    with_file = old.exclude(file="").exclude(file=None)
    for run in with_file:
        transaction.on_commit(partial(run.file.storage.delete, run.file.name))
    return with_file.update(file="")


# --- The worker's part


def _work(run_id: int, state: RunState, work: Callable[[ImportRun, Reporter], None]) -> None:
    run = ImportRun.objects.select_related("started_by", "confirmed_by", "undoes", "progress").get(pk=run_id)
    if run.state != state:
        return
    language = run.started_by.language if run.started_by else settings.LANGUAGE_CODE
    with override(language), _ending(run), reporting(run, run.progress.total) as report, transaction.atomic():
        # Whoever does not get the lock leaves the run to the worker that is at it.
        if _lock(run.pk) and ImportRun.objects.filter(pk=run.pk, state=state).exists():
            work(run, report)


@contextmanager
def _ending(run: ImportRun) -> Iterator[None]:
    """Says how the work ended when it did not end well; its transaction is rolled back by then."""
    try:
        yield
    except Cancelled:
        _end(run, RunState.CANCELLED, "")
    except FileRefused as refusal:
        _end(run, RunState.REFUSED, str(refusal.sentence))
    except Refused as refusal:
        _end(run, RunState.STOPPED, refusal.sentence)
    except IntegrityError:
        sentence = _("Somebody changed the same rows at the same moment. Nothing was applied; read the file again.")
        _end(run, RunState.STOPPED, sentence)
    except Exception:
        _end(run, RunState.STOPPED, _("Something went wrong on our side. Nothing was applied; try again later."))
        raise


@transaction.atomic
def _end(run: ImportRun, state: RunState, sentence: str) -> None:
    ImportRun.objects.filter(pk=run.pk).update(state=state, sentence=sentence, finished_at=clock.now())
    record(
        actor=run.started_by,
        verb=gettext_noop("stopped the import"),
        subject=run,
        data={"state": state.value, "sentence": sentence},
    )


def _plan(run: ImportRun, report: Reporter) -> None:
    kind = KINDS[run.kind](run.started_by)
    run.rows.all().delete()
    if run.origin == Origin.UNDO:
        kind.applied_at = run.undoes.finished_at
        counts = plan_undo(run, kind, report)
    else:
        orders = ambiguous_columns(files.texts_of(run), kind)
        if not _orders_are_known(run, orders):
            return
        files.set_orders(kind, run.options["orders"])
        counts = Planner(run, kind).plan(drafts_of(files.texts_of(run), kind), report)
        if not counts:
            raise FileRefused(_("The file has headings and no rows below them. Add rows and upload it again."))
    for name in run.counts:
        setattr(run, name, counts[name])
    run.warned, run.existing, run.planned_at = counts["warned"], kind.count(), clock.now()
    run.state = RunState.PLANNED
    run.save(
        update_fields=["state", "options", "warned", "existing", "planned_at", *run.counts],
    )


def _orders_are_known(run: ImportRun, orders: dict[str, str]) -> bool:
    """Asks the person once for each column in which 3/4/2026 could be either day; the other columns tell themselves."""
    answered = run.options.get("orders", {})
    run.options["orders"] = {name: answered.get(name) or order for name, order in orders.items()}
    if "ambiguous" not in run.options["orders"].values():
        return True
    run.state = RunState.MAPPING
    run.save(update_fields=["state", "options"])
    return False


def _apply(run: ImportRun, report: Reporter) -> None:
    kind = KINDS[run.kind](run.confirmed_by)
    kind.occasion = _("Undo of “%(title)s”") % {"title": run.title} if run.origin == Origin.UNDO else run.title
    kind.is_restoring = run.origin == Origin.UNDO
    apply_rows(run, kind, report)
    run.state, run.finished_at = RunState.APPLIED, clock.now()
    run.save(update_fields=["state", "finished_at"])
    record(actor=run.confirmed_by, verb=gettext_noop("imported"), subject=run, data={"kind": run.kind, **run.counts})


# --- Small steps


def _start_planning(run: ImportRun) -> None:
    _move(run, RunState.PLANNING)
    run.save(update_fields=["options", "sentence"])
    ImportProgress.objects.filter(run=run).update(done=0, total=0, cancel_requested=False)
    tasks.plan_run(run.pk)


def _move(run: ImportRun, to: RunState) -> None:
    check_move(RUN_MOVES, run.state, to)
    run.state = to
    run.save(update_fields=["state"])


def _lock(run_id: int) -> bool:
    """Until the end of the transaction; False when another worker holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCKS, run_id])
        return cursor.fetchone()[0]


def _check_may_import(actor: User | None, kind: str) -> None:
    if actor is not None and not KINDS[kind].may_import(actor):
        raise Refused(_("You may not import this kind of data."))
