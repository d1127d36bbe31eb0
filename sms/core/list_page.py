"""The one list page that every list of the site uses: search, filter, sort, page and export.

    return list_page(
        request,
        title=_("Missions"),
        queryset=missions_visible_to(request.user),
        table_class=MissionTable,
        filterset_class=MissionFilter,
        search_fields=("title", "code"),
        empty=Empty(_("No missions yet"), _("Create the first one.")),
        export_name="missions",
    )

The query string is the whole state: `?q=`, filters by name, `?sort=` (with - for descending),
`?page=`, `?per_page=`, `?_export=csv|xlsx` (interface.md). HTMX gets the region that changes, anyone
else the page.

With `bulk=BulkActions(…)` rows can be chosen, or all that match, and something be done with them. What is chosen
is a query string too (`?_rows=1&_rows=2`, or `?_scope=matching` with the filters of the list), and the view that does
it asks `chosen_rows` for them, from the same queryset as the list: what a person may not see they cannot choose.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

import django_filters
import django_tables2
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _

from sms.core.columns import choosing
from sms.core.export import export_response

PER_PAGE = 25
MOST_PER_PAGE = 100
MOST_DIGITS = 4
MOST_KEY_DIGITS = 18  # what a bigint holds for certain
EXPORT_FORMATS = {"csv": _("CSV"), "xlsx": _("Excel (XLSX)")}


class Table(django_tables2.Table):
    """The table of a list page. Columns that order by something else name it with `order_by`."""

    class Meta:
        order_by_field = "sort"
        page_field = "page"
        per_page_field = "per_page"


@dataclass(frozen=True)
class Empty:
    """What an empty list says, and the one thing to do next."""

    title: str
    text: str
    icon: str = "inbox"
    action_label: str = ""
    action_href: str = ""


@dataclass(frozen=True)
class BulkAction:
    """What can be done with chosen rows; `key` is what the view finds under `?_do=`."""

    key: str
    label: str
    icon: str = ""


@dataclass(frozen=True)
class BulkActions:
    """`href` is asked by GET with the choice: it shows what will be done, and its own form does it."""

    href: str
    actions: Sequence[BulkAction]


NOTHING_FOUND = Empty(_("Nothing matches"), _("Change or clear the search and the filters."), icon="search-x")


@dataclass(frozen=True)
class Action:
    """A link at the head of the page."""

    label: str
    href: str
    icon: str = ""
    variant: str = "plain"


def list_page(
    request: HttpRequest,
    *,
    title: str,
    queryset: QuerySet[Any],
    table_class: type[django_tables2.Table],
    empty: Empty,
    export_name: str = "",
    subtitle: str = "",
    filterset_class: type[django_filters.FilterSet] | None = None,
    search_fields: Sequence[str] = (),
    actions: Sequence[Action] = (),
    bulk: BulkActions | None = None,
    enrich: Callable[[list[Model]], None] | None = None,
    template: str = "layouts/list.html",
    context: dict[str, Any] | None = None,
) -> HttpResponseBase:
    """Answers with the list, or with the file when an export is asked for.

    `enrich` gets the rows of the page that is shown (or of each thousand that is exported) and may
    load in bulk what the columns need. `template` may extend layouts/list.html and show `context`.
    """
    filterset, rows = narrowed(request, queryset, filterset_class, search_fields)
    # Without the request, with which a table would take any number of rows that the address asks for.
    table = table_class(rows, order_by=request.GET.getlist("sort") or None, **(choosing() if bulk else {}))
    table.request = request
    if export_name and request.GET.get("_export") in EXPORT_FORMATS:
        return export_response(table, name=export_name, file_format=request.GET["_export"], enrich=enrich)

    table.paginate(per_page=rows_per_page(request))
    table.page = table.paginator.get_page(request.GET.get("page"))
    if enrich:
        enrich([row.record for row in table.page.object_list])
    is_narrowed = bool(request.GET.get("q")) or bool(filterset and filterset.form.has_changed())
    response = render(
        request,
        "components/list_region.html" if request.htmx and request.htmx.target == "list" else template,
        {
            "title": title,
            "subtitle": subtitle,
            "table": table,
            "filter": filterset,
            "search": request.GET.get("q", "") if search_fields else None,
            "total": table.paginator.count,
            "exports": export_links(request) if export_name else [],
            "actions": actions,
            "bulk": bulk,
            "bulk_filters": filters_of(request) if bulk else [],
            "empty": NOTHING_FOUND if is_narrowed else empty,
            **(context or {}),
        },
    )
    # Page and region share one address: a cache, and the browser's way back, must tell them apart.
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def narrowed(
    request: HttpRequest,
    queryset: QuerySet[Any],
    filterset_class: type[django_filters.FilterSet] | None,
    search_fields: Sequence[str],
) -> tuple[django_filters.FilterSet | None, QuerySet[Any]]:
    """The filters that the address sets, and the rows that they and the search leave."""
    filterset = filterset_class(request.GET, queryset=queryset, request=request) if filterset_class else None
    return filterset, search(filterset.qs if filterset else queryset, request.GET.get("q", ""), search_fields)


def chosen_rows(
    request: HttpRequest,
    *,
    queryset: QuerySet[Any],
    filterset_class: type[django_filters.FilterSet] | None = None,
    search_fields: Sequence[str] = (),
) -> QuerySet[Any]:
    """The rows of a bulk action, from the arguments that the list itself is given: all that match, or those ticked."""
    if request.GET.get("_scope") == "matching":
        return narrowed(request, queryset, filterset_class, search_fields)[1]
    return queryset.filter(pk__in=[int(key) for key in request.GET.getlist("_rows") if is_number(key, MOST_KEY_DIGITS)])


def filters_of(request: HttpRequest) -> list[tuple[str, str]]:
    """(name, value) of what narrows the list: not its order, its page, or a choice made before."""
    return [
        (name, value)
        for name, values in request.GET.lists()
        for value in values
        if value and name not in ("sort", "page", "per_page") and not name.startswith("_")
    ]


def search(queryset: QuerySet[Any], text: str, fields: Sequence[str]) -> QuerySet[Any]:
    """Keeps the rows in which each word of the text stands in one of the fields."""
    words = text.replace("\0", "").split() if fields else []
    conditions = [reduce(or_, (Q(**{f"{field}__icontains": word}) for field in fields)) for word in words]
    return queryset.filter(reduce(and_, conditions)) if conditions else queryset


def rows_per_page(request: HttpRequest) -> int:
    asked = request.GET.get("per_page", "")
    return min(max(int(asked), 1), MOST_PER_PAGE) if is_number(asked, MOST_DIGITS) else PER_PAGE


def is_number(text: str, digits: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= digits


def export_links(request: HttpRequest) -> list[tuple[str, str]]:
    """(label, address) of each format, with the filters of this page."""
    links = []
    for key, label in EXPORT_FORMATS.items():
        query = request.GET.copy()
        query.pop("page", None)
        query["_export"] = key
        links.append((label, f"{request.path}?{query.urlencode()}"))
    return links
