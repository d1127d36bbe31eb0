"""The file of a run: what its headings mean, and its rows as texts by column."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from itertools import islice
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from sms.data_exchange.cells import DateCell, guard_formula
from sms.data_exchange.formats import RECOGNISED
from sms.data_exchange.headings import TARGETS, find_heading_row, fingerprint, match_headings
from sms.data_exchange.kinds.base import Kind
from sms.data_exchange.models import ImportRun, RememberedMapping
from sms.data_exchange.reading import FileRefused, Limits, Source, open_source

LOOKED_AT = 20  # first rows, among which the headings are

Texts = tuple[int, list[str], dict[str, str]]  # line, cells, text by column


def limits() -> Limits:
    return Limits(bytes=settings.IMPORT_MOST_BYTES, rows=settings.IMPORT_MOST_ROWS)


def check_size(content: BinaryIO) -> None:
    """Before anything is read. Raises FileRefused."""
    size = content.seek(0, 2)
    content.seek(0)
    if size > settings.IMPORT_MOST_BYTES:
        raise FileRefused(
            _("The file has %(size)d MB, and at most %(most)d MB are read. Split it, or leave out columns.")
            % {"size": size >> 20, "most": settings.IMPORT_MOST_BYTES >> 20}
        )


def first_look(run: ImportRun) -> dict[str, Any]:
    """Finds the headings and what they mean. Raises FileRefused for what is no table at all."""
    source = _open(run)
    first = list(islice(source.rows(), LOOKED_AT))
    if not first:
        raise FileRefused(_("The file is empty. Choose a file with a line of headings and rows below it."))
    heading_row = find_heading_row(first, TARGETS[run.kind], run.kind)
    return _matched(run, first, heading_row, sheet="")


def options_for(
    run: ImportRun, *, mapping: Mapping[str, int], heading_row: int, sheet: str, orders: Mapping[str, str]
) -> dict[str, Any]:
    """The options after a person has said what the columns are. Raises FileRefused when that does not work out."""
    first = list(islice(_open(run, sheet).rows(), LOOKED_AT))
    if not 0 <= heading_row < len(first):
        raise FileRefused(_("The file has no such row. Choose the row with the headings."))
    headings = first[heading_row].cells
    used = list(mapping.values())
    if twice := next((place for place in used if used.count(place) > 1), None):
        raise FileRefused(
            _("“%(heading)s” is used twice. Give each column one meaning.") % {"heading": headings[twice]}
        )
    missing = [target.name for target in TARGETS[run.kind] if target.required and target.name not in mapping]
    if missing:
        raise FileRefused(_("Say which column holds %(missing)s.") % {"missing": ", ".join(missing)})
    return {
        "sheet": sheet,
        "heading_row": heading_row,
        "headings": headings,
        "fingerprint": fingerprint(headings),
        "mapping": dict(mapping),
        "missing": [],
        "unknown": [heading for place, heading in enumerate(headings) if heading and place not in used],
        "secrets": [],
        "recognised": "",
        "orders": dict(orders),
    }


def texts_of(run: ImportRun) -> Iterator[Texts]:
    """The rows below the headings."""
    options = run.options
    transform = RECOGNISED[options["recognised"]].transform if options["recognised"] else None
    places = options["mapping"].items()
    rows = _open(run, options["sheet"]).rows()
    for row in islice(rows, options["heading_row"] + 1, None):
        cells = row.cells
        if transform:
            by_heading = dict(zip(options["headings"], cells, strict=False))
            by_column = transform(by_heading)
            if by_column is None:
                continue
        else:
            by_column = {target: cells[place] for target, place in places if place < len(cells)}
        yield row.line, cells, by_column


def is_understood(run: ImportRun) -> bool:
    return not run.options["missing"]


def set_orders(kind: Kind, orders: Mapping[str, str]) -> None:
    """Tells the columns of dates of this kind how the file orders day and month."""
    for name, order in orders.items():
        widget = kind.fields[name].widget
        if isinstance(widget, DateCell) and order in ("dmy", "mdy"):
            kind.fields[name].widget = widget.with_order(order)


def as_csv(kind: type[Kind], rows: Iterable[Mapping[str, str]]) -> bytes:
    """Rows that the site itself makes, as a file that an import reads."""
    text = StringIO()
    writer = csv.DictWriter(text, fieldnames=list(kind.fields))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: guard_formula(value) for name, value in row.items()})
    return text.getvalue().encode()


def _open(run: ImportRun, sheet: str = "") -> Source:
    return open_source(run.file.open("rb"), run.title, limits=limits(), sheet=sheet or None)


def _matched(run: ImportRun, first: list, heading_row: int, sheet: str) -> dict[str, Any]:
    headings = first[heading_row].cells
    match = match_headings(headings, TARGETS[run.kind], run.kind)
    mapping = match.mapping | _remembered(run.kind, headings)
    return {
        "sheet": sheet,
        "heading_row": heading_row,
        "headings": headings,
        "fingerprint": fingerprint(headings),
        "mapping": mapping,
        "missing": [name for name in match.missing if name not in mapping],
        "unknown": match.unknown,
        "secrets": match.ignored_secrets,
        "recognised": match.recognised,
        "orders": {},
    }


def _remembered(kind: str, headings: list[str]) -> dict[str, int]:
    """What a person said about the last file with these headings."""
    known = RememberedMapping.objects.filter(kind=kind, fingerprint=fingerprint(headings)).first()
    return {target: headings.index(h) for target, h in known.mapping.items() if h in headings} if known else {}
