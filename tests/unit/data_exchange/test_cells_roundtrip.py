"""What a file is given of a value is read back as that value: for all values, and quickly."""

import csv
import time
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from sms.data_exchange.cells import (
    Cell,
    ChoiceCell,
    CodeCell,
    CodesCell,
    DateCell,
    EmailCell,
    GradeCell,
    IntegerCell,
    MomentCell,
    NameCell,
    PhoneCell,
    TextCell,
    TimezoneCell,
    guard_formula,
    read_cell,
    tidy,
    undo_formula_guard,
)
from sms.data_exchange.reading import Limits, open_source

CHOICES = [("full", "full"), ("restricted", "restricted"), ("no_answer", "no answer")]

# Letters that have broken exports elsewhere: formulas, quotes, zeros, Bangla with joiners, marks in two forms.
HARD = st.text(st.sampled_from("=+-@'\"<>#\t\r\n ,;|0০17নামক্ষিো\u200d\u200c\u00a0\ufeffe\u0301éA?N/!"), max_size=12)
ANY = st.text(max_size=30)
PIECES = ("'", "=", "<clear>", "#N/A", "#REF!", "''", " ", "'=", "\u200b", "নাম", '"', "007")
STITCHED = st.lists(st.sampled_from(PIECES), max_size=5).map("".join)
TEXTS = st.one_of(HARD, ANY, STITCHED)
BANGLA = st.text(st.characters(min_codepoint=0x0980, max_codepoint=0x09FF), min_size=1, max_size=20)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
MOMENTS = st.datetimes(datetime(1901, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC))


def in_order(values: set[str]) -> list[str]:
    return [value for value, _label in CHOICES if value in values]


@given(TEXTS)
def test_guard(text: str) -> None:
    assert undo_formula_guard(guard_formula(text)) == text


@given(TEXTS)
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize(
    "cell",
    [
        TextCell(),
        NameCell(),
        CodeCell(),
        EmailCell(),
        PhoneCell("BD"),
        ChoiceCell(CHOICES),
        CodesCell(),
        IntegerCell(),
        GradeCell(),
        TimezoneCell(),
        DateCell("dmy"),
        MomentCell(ZoneInfo("Asia/Dhaka"), "mdy"),
    ],
    ids=lambda cell: type(cell).__name__,
)
@settings(max_examples=200, deadline=None)
@given(text=TEXTS)
def test_whatever_is_taken_reads_back(cell: Cell, text: str) -> None:
    try:
        value = cell.clean(text)
    except ValueError:
        value = None
    assert cell.clean(cell.render(value)) == value


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        (TextCell(), TEXTS.map(lambda text: tidy(text.replace("\r", "\n"))).filter(bool)),
        (NameCell(), BANGLA.map(lambda text: f"ক{text}খ").map(tidy).map(lambda text: " ".join(text.split()))),
        (CodeCell(), st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True)),
        (EmailCell(), st.emails().map(str.lower)),
        (PhoneCell("BD"), st.integers(0, 10**8 - 1).map(lambda number: f"+88017{number:08}")),
        (CodesCell(), st.sets(st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True), min_size=1).map(sorted)),
        (IntegerCell(), st.integers(-(10**15), 10**15)),
        (DateCell(), DAYS.map(str)),
        (MomentCell(ZoneInfo("America/New_York")), MOMENTS.map(lambda moment: moment.isoformat())),
        (MomentCell(ZoneInfo("Asia/Dhaka")), MOMENTS.map(lambda moment: moment.isoformat())),
    ],
    ids=lambda part: type(part).__name__ if isinstance(part, Cell) else "",
)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_stored_values_read_back(cell: Cell, values: st.SearchStrategy, data: st.DataObject) -> None:
    value = data.draw(values)
    if isinstance(cell, EmailCell):
        assume(_is_address(value))
    assert read_cell(cell, cell.render(value)) == value


def _is_address(text: str) -> bool:
    """Hypothesis makes addresses that the site's own forms refuse."""
    try:
        return EmailCell().clean(text) == text
    except ValueError:
        return False


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6), st.sampled_from(["csv", "xlsx"]))
def test_texts_survive_a_file(pairs: list[tuple[str, str]], file_format: str) -> None:
    cell = TextCell()
    stored = [(tidy(a.replace("\r", "\n")), tidy(b.replace("\r", "\n"))) for a, b in pairs]
    rows = [("key", "left", "right"), *[("k", cell.render(a), cell.render(b)) for a, b in stored]]
    source = open_source(BytesIO(MAKERS[file_format](rows)), f"a.{file_format}", limits=Limits())
    _heading, *read = [row.cells + [""] * (3 - len(row.cells)) for row in source.rows()]
    assert [tuple(cell.clean(text) or "" for text in cells[1:]) for cells in read] == stored


def as_csv(rows: list[tuple[str, ...]]) -> bytes:
    file = StringIO()
    csv.writer(file).writerows(rows)
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def as_xlsx(rows: list[tuple[str, ...]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


MAKERS = {"csv": as_csv, "xlsx": as_xlsx}


def test_ten_thousand_rows_are_cleaned_in_half_a_second() -> None:
    cells = [
        EmailCell(),
        NameCell(),
        PhoneCell("BD"),
        TextCell(40),
        ChoiceCell(CHOICES),
        TimezoneCell(),
        TextCell(100),
        CodeCell(),
    ]
    rows = [
        (
            f"S{number}@Example.com ",
            f"আরিফ রহমান {number}" if number % 2 else f"Arif  Rahman {number}",
            f"+880 1712-{number:06}",
            f"{number:07}",
            "Full",
            "Asia/Dhaka",
            "Dhaka ",
            "batch-12",
        )
        for number in range(10_000)
    ]
    began = time.process_time()
    for row in rows:
        for cell, text in zip(cells, row, strict=True):
            read_cell(cell, text)
    assert time.process_time() - began < 0.5
