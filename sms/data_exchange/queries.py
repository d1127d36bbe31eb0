"""Reading imports."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import QuerySet

from sms.accounts.models import User
from sms.data_exchange.choices import Origin, RunState
from sms.data_exchange.kinds import KINDS
from sms.data_exchange.kinds.base import Kind
from sms.data_exchange.models import ImportRow, ImportRun

STUDENT_NUMBER = "student_id"  # the target in a mapping


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
        and bool(run.file)  # its rows are forgotten along with the file
        and KINDS[run.kind].can_undo
        and not run.undone_by.filter(state=RunState.APPLIED).exists()
    )


def may_export_all(user: User) -> bool:
    return len(exportable_by(user)) == len(KINDS)


def shows_addresses(run: ImportRun) -> bool:
    """Whether the rows may tell e-mail addresses. What a person uploaded they know. What the site put together from a
    list that they chose from, or looked up by student numbers, it tells nobody: a preview is no logged reveal.
    """
    source = run.undoes or run
    return source.origin != Origin.LIST and STUDENT_NUMBER not in source.options.get("mapping", {})


def names_of(addresses: Iterable[str]) -> dict[str, str]:
    """Address → name, of those whom the site knows."""
    return dict(User.objects.filter(email__in=set(addresses)).values_list("email", "name"))


def undone_by(run: ImportRun) -> ImportRun | None:
    """The undo that took the import back."""
    return run.undone_by.filter(state=RunState.APPLIED).select_related("started_by").first()


def people_of(runs: QuerySet[ImportRun]) -> QuerySet[User]:
    """Who started them."""
    return User.objects.filter(pk__in=runs.order_by().values("started_by")).order_by("name", "pk")
