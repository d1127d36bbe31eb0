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
    used = [place for place in mapping.values()]
    if twice := next((place for place in used if used.count(place) > 1), None):
        raise FileRefused(_("“%(heading)s” is used twice. Give each column one meaning.") % {"heading": headings[twice]})
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
