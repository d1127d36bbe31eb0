"""Reading imports."""

from django.conf import settings
from django.db.models import QuerySet

from sms.accounts.models import User
from sms.data_exchange.choices import Origin, RunState
from sms.data_exchange.kinds import KINDS
from sms.data_exchange.kinds.base import Kind
from sms.data_exchange.models import ImportRow, ImportRun


def visible_to(user: User) -> QuerySet[ImportRun]:
    """One's own imports, or everyone's, of the kinds that the person may import."""
    runs = ImportRun.objects.filter(kind__in=importable_by(user)).select_related("started_by", "undoes", "progress")
    return runs if user.has_perm("data_exchange.view_all_imports") else runs.filter(started_by=user)


def importable_by(user: User) -> dict[str, type[Kind]]:
    return {key: kind for key, kind in KINDS.items() if kind.may_import(user)}


def exportable_by(user: User) -> dict[str, type[Kind]]:
    return {key: kind for key, kind in KINDS.items() if kind.may_export(user)}


def rows_of(run: ImportRun) -> QuerySet[ImportRow]:
    return run.rows.order_by("line", "pk")


def is_large(run: ImportRun) -> bool:
    """Whether it changes so large a share of what there is that a person should say so once more."""
    touched = run.changed + run.removed
    return touched > settings.IMPORT_LARGE_ROWS and touched > settings.IMPORT_LARGE_SHARE * run.existing


def can_be_undone(run: ImportRun) -> bool:
    """An applied import that wrote something and was not taken back already."""
    return (
        run.state == RunState.APPLIED
        and run.origin != Origin.UNDO
        and run.writes > 0
        and KINDS[run.kind].can_undo
        and not run.undone_by.filter(state=RunState.APPLIED).exists()
    )
