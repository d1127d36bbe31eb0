"""What a person is shown of a file while they say what its columns mean."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import islice
from string import ascii_uppercase

from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from sms.data_exchange.cells import DateCell, day_month_order
from sms.data_exchange.files import LOOKED_AT, open_file, places_of_secrets, with_masked
from sms.data_exchange.headings import TARGETS, match_headings
from sms.data_exchange.models import ImportRun
from sms.data_exchange.reading import FileRefused, Source, SourceRow

SAMPLES = 3
SAMPLE_LENGTH = 40
SCANNED = 20_000  # rows, in search of a date that can be read in two ways
COLUMN = "column-"
MASK = "•••"


@dataclass(frozen=True)
class FileColumn:
    """A column of the file, with the first values below its heading."""

    place: int
    heading: str
    samples: list[str]

    @property
    def label(self) -> str:
        return self.heading or _("column %(letter)s, without a heading") % {"letter": letter(self.place)}


@dataclass(frozen=True)
class Example:
    """A date of the file that can be read in two ways, and both of them."""

    text: str
    day_first: str
    month_first: str

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [("dmy", self.day_first), ("mdy", self.month_first)]


@dataclass(frozen=True)
class Look:
    """The head of a file. `mapping` is what its columns are taken for, target → place."""

    sheets: list[str]
    sheet: str
    first: list[SourceRow]
    heading_row: int
    mapping: dict[str, int]
    secrets: list[str]
    ambiguous: dict[str, Example]

    @cached_property
    def columns(self) -> list[FileColumn]:
        headings = self.first[self.heading_row].cells
        below = [row.cells for row in self.first[self.heading_row + 1 :]]
        return [FileColumn(place, heading, samples_of(below, place)) for place, heading in enumerate(headings)]

    def samples(self, place: object) -> list[str]:
        """The values of the column that a form names by its place, as a number or as text."""
        return next((column.samples for column in self.columns if str(column.place) == str(place)), [])


def look_at(run: ImportRun, asked: Mapping[str, str]) -> Look:
    """The file as it is understood so far, or as `asked` (sheet, heading_row, column-<target>) would have it."""
    options = run.options
    source = open_file(run, options["sheet"])
    known_sheet = source.sheet
    if asked.get("sheet", known_sheet) != known_sheet and asked["sheet"] in source.sheets:
        source = open_file(run, asked["sheet"])
    first = list(islice(source.rows(), LOOKED_AT))
    heading_row = options["heading_row"] if source.sheet == known_sheet else 0
    if (wanted := asked.get("heading_row", "")).isdecimal() and int(wanted) < len(first):
        heading_row = int(wanted)
    is_as_known = (source.sheet, heading_row) == (known_sheet, options["heading_row"])
    if is_as_known and options["mapping"]:
        mapping, secrets = options["mapping"], options["secrets"]
    else:
        mapping, secrets = suggested(first[heading_row].cells, run.kind)
    chosen = {name.removeprefix(COLUMN): value for name, value in asked.items() if name.startswith(COLUMN)}
    if chosen:
        mapping = {target: int(place) for target, place in chosen.items() if place.isdecimal()}
    return Look(
        sheets=list(source.sheets),
        sheet=source.sheet,
        first=[*first[: heading_row + 1], *masked(first[heading_row].cells, first[heading_row + 1 :])],
        heading_row=heading_row,
        mapping=mapping,
        secrets=secrets,
        ambiguous=examples_of(run, source, mapping) if is_as_known else {},
    )


def masked(headings: list[str], rows: list[SourceRow]) -> list[SourceRow]:
    """Passwords that stand in a file are nobody's to see."""
    secrets = places_of_secrets(headings)
    return [SourceRow(row.line, with_masked(row.cells, secrets, MASK)) for row in rows]


def suggested(headings: list[str], kind: str) -> tuple[dict[str, int], list[str]]:
    """What the headings mean as far as they say, and which hold passwords. What is missing the person adds."""
    optional = [replace(target, required=False) for target in TARGETS[kind]]
    try:
        match = match_headings(headings, optional, kind)
    except FileRefused:
        return {}, []
    return match.mapping, match.ignored_secrets


def samples_of(rows: list[list[str]], place: int) -> list[str]:
    values = dict.fromkeys(cells[place] for cells in rows if place < len(cells) and cells[place].strip())
    return [Truncator(value).chars(SAMPLE_LENGTH) for value in islice(values, SAMPLES)]


def examples_of(run: ImportRun, source: Source, mapping: Mapping[str, int]) -> dict[str, Example]:
    """For each column of which nobody has said yet what comes first in its dates: a date that shows the doubt."""
    names = [name for name, order in run.options["orders"].items() if order == "ambiguous" and name in mapping]
    found: dict[str, Example] = {}
    for row in islice(source.rows(), run.options["heading_row"] + 1, SCANNED if names else 0):
        for name in names:
            text = row.cells[mapping[name]].strip() if mapping[name] < len(row.cells) else ""
            if name not in found and text and day_month_order([text]) == "ambiguous":
                found[name] = example_of(text)
        if len(found) == len(names):
            break
    return found


def example_of(text: str) -> Example:
    day_first, month_first = (
        date_format(date.fromisoformat(DateCell(order).clean(text)), "j F Y") for order in ("dmy", "mdy")
    )
    return Example(text, day_first, month_first)


def letter(place: int) -> str:
    """What a spreadsheet calls the column: A, B, … Z, AA."""
    before, rest = divmod(place, 26)
    return (letter(before - 1) if before else "") + ascii_uppercase[rest]
