"""The file of a run: what its headings mean, and its rows as texts by column."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from sms.data_exchange.cells import CLEAR, OrderedCell, guard_formula
from sms.data_exchange.cells.base import CLEAR_TEXT
from sms.data_exchange.formats import RowSkipped
from sms.data_exchange.headings import TARGETS, Match, find_heading_row, fingerprint, match_headings, plain
from sms.data_exchange.kinds.base import Kind
from sms.data_exchange.models import ImportRun, RememberedMapping
from sms.data_exchange.reading import FileRefused, Limits, Source, SourceRow, open_source
from sms.data_exchange.words import is_secret

LOOKED_AT = 20  # first rows, among which the headings are


class Texts(NamedTuple):
    """A row of the file: the cells, the text of each column, and why the format says that it is no data."""

    line: int
    cells: list[str]
    by_column: dict[str, str]
    skipped: str = ""


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


def first_look(run: ImportRun) -> None:
    """Finds the headings and what they mean, and keeps it in `run.options`.

    Raises FileRefused for what is no table, and for headings that do not do; then the options still say what was
    found, so that the person can match the columns themself.
    """
    source = open_file(run)
    first = list(islice(source.rows(), LOOKED_AT))
    if not first:
        raise FileRefused(_("The file is empty. Choose a file with a line of headings and rows below it."))
    heading_row = find_heading_row(first, TARGETS[run.kind], run.kind)
    headings = first[heading_row].cells
    run.options = _options(headings, heading_row) | {
        "mapping": _remembered(run.kind, headings),
        "notes": [str(note) for note in source.notes],
    }
    if run.options["mapping"]:
        run.options["missing"] = _missing(run.kind, run.options["mapping"], {})
        return
    match = match_headings(headings, TARGETS[run.kind], run.kind)
    run.options |= {
        "mapping": match.mapping,
        "missing": match.missing,
        "unknown": match.unknown,
        "secrets": match.ignored_secrets,
        "recognised": match.recognised,
    }


def options_for(
    run: ImportRun,
    *,
    mapping: Mapping[str, int],
    heading_row: int,
    sheet: str,
    orders: Mapping[str, str],
    constants: Mapping[str, str],
    domain: str,
) -> dict[str, Any]:
    """The options after a person has said what the columns are. Raises FileRefused when that does not work out."""
    first = list(islice(open_file(run, sheet).rows(), LOOKED_AT))
    if not 0 <= heading_row < len(first):
        raise FileRefused(_("The file has no such row. Choose the row with the headings."))
    headings = first[heading_row].cells
    used = list(mapping.values())
    if (twice := next((place for place in used if used.count(place) > 1), None)) is not None:
        raise FileRefused(
            _("“%(heading)s” is used twice. Give each column one meaning.") % {"heading": headings[twice]}
        )
    if missing := _missing(run.kind, mapping, constants):
        raise FileRefused(_("Say which column holds %(missing)s.") % {"missing": ", ".join(missing)})
    found = _options(headings, heading_row)
    if mapping == run.options.get("mapping"):
        # Nothing was changed about a format that is known, so it goes on being read as such.
        found |= {name: run.options[name] for name in ("recognised", "secrets")}
    return found | {
        "notes": run.options.get("notes", []),
        "sheet": sheet,
        "mapping": dict(mapping),
        "constants": {name: value for name, value in constants.items() if value and name not in mapping},
        "domain": domain,
        "unknown": [heading for place, heading in enumerate(headings) if heading and place not in used],
        "orders": dict(orders),
    }


def texts_of(run: ImportRun) -> Iterator[Texts]:
    """The rows below the headings."""
    options = run.options
    match = Match(
        mapping=options["mapping"],
        headings=tuple(map(plain, options["headings"])),
        targets=frozenset(target.name for target in TARGETS[run.kind]),
        recognised=options["recognised"],
    )
    rows = open_file(run, options["sheet"]).rows()
    secrets = places_of_secrets(options["headings"])
    for row in islice(rows, options["heading_row"] + 1, None):
        cells = with_masked(row.cells, secrets, "")
        try:
            by_column = match.texts(cells, domain=options["domain"])
        except RowSkipped as skipped:
            yield Texts(row.line, cells, {}, skipped.sentence)
        else:
            yield Texts(row.line, cells, options["constants"] | by_column)


def is_understood(run: ImportRun) -> bool:
    return not run.options["missing"]


def set_orders(kind: Kind, orders: Mapping[str, str]) -> None:
    """Tells the columns of dates of this kind how the file orders day and month."""
    for name, order in orders.items():
        widget = kind.fields[name].widget
        if isinstance(widget, OrderedCell) and order in ("dmy", "mdy"):
            kind.fields[name].widget = widget.with_order(order)


def as_csv(kind: type[Kind], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows that the site itself makes, as a file that an import reads. CLEAR in place of a text empties the column."""
    text = StringIO()
    writer = csv.DictWriter(text, fieldnames=list(kind.fields))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: CLEAR_TEXT if value is CLEAR else guard_formula(value) for name, value in row.items()})
    return text.getvalue().encode()


def places_of_secrets(headings: Sequence[str]) -> set[int]:
    """Columns of passwords, of which nothing is kept or shown."""
    return {place for place, heading in enumerate(headings) if is_secret(plain(heading))}


def with_masked(cells: list[str], places: set[int], mask: str) -> list[str]:
    return [mask if place in places and text else text for place, text in enumerate(cells)] if places else cells


def open_file(run: ImportRun, sheet: str = "") -> Source:
    with run.file.open("rb") as file:
        return open_source(file, run.title, limits=limits(), sheet=sheet or None)


def first_rows(run: ImportRun, sheet: str = "") -> list[SourceRow]:
    return list(islice(open_file(run, sheet).rows(), LOOKED_AT))


def _options(headings: Sequence[str], heading_row: int) -> dict[str, Any]:
    return {
        "sheet": "",
        "heading_row": heading_row,
        "headings": list(headings),
        "fingerprint": fingerprint(headings),
        "mapping": {},
        "constants": {},
        "domain": "",
        "missing": [],
        "unknown": [],
        "secrets": [],
        "recognised": "",
        "orders": {},
        "notes": [],
    }


def _missing(kind: str, mapping: Mapping[str, int], constants: Mapping[str, str]) -> list[str]:
    """Targets that nothing in the file, and no value for all of it, stands for."""
    given = mapping.keys() | {name for name, value in constants.items() if value}
    return [
        target.name
        for target in TARGETS[kind]
        if target.required and target.name not in given and not set(target.stand_ins) & given
    ]


def _remembered(kind: str, headings: Sequence[str]) -> dict[str, int]:
    """What a person said about the last file with these headings."""
    known = RememberedMapping.objects.filter(kind=kind, fingerprint=fingerprint(headings)).first()
    places = {heading: place for place, heading in enumerate(headings)}
    return {target: places[heading] for target, heading in known.mapping.items() if heading in places} if known else {}
