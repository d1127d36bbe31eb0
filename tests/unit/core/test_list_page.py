"""The one list page, tried on the list of batches, of call notes and on a table of its own."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from openpyxl import load_workbook

from sms.accounts.models import User
from sms.core import clock
from sms.outreach.choices import Outcome
from sms.outreach.models import Call
from tests.factories import BatchFactory, CallEntryFactory

FORMULAS = ['=HYPERLINK("http://x")', "+880", "-1", "@SUM(A1)", "\tx", "\rx", "fine", "a=b"]
# In Dhaka, where the manager is, the year has begun.
ALMOST_NEW_YEAR = datetime(2026, 12, 31, 20, tzinfo=UTC)


@pytest.fixture
def manager(cast: SimpleNamespace, as_: Callable) -> Client:
    """Beside Batch 12 there are thirty more, Alpha 00 to Alpha 29, every third completed."""
    for n in range(30):
        BatchFactory(code=f"alpha-{n:02}", title=f"Alpha {n:02}", status="active" if n % 3 else "completed")
    return as_(cast.manager)


def titles(client: Client, query: str = "") -> list[str]:
    return [row.record.title for row in client.get(f"/batches/?{query}").context["table"].page.object_list]


def total(client: Client, query: str) -> int:
    return client.get(f"/batches/?{query}").context["total"]


def test_search(manager: Client) -> None:
    assert titles(manager, "q=alpha+07") == ["Alpha 07"]
    assert titles(manager, "q=07+ALPHA") == ["Alpha 07"]
    assert titles(manager, "q=batch-12") == ["Batch 12"]
    assert titles(manager, "q=100%25") == []
    assert total(manager, "q=") == 31


def test_filter_and_search_narrow_together(manager: Client) -> None:
    assert total(manager, "status=completed") == 10
    assert titles(manager, "status=completed&q=alpha+0") == ["Alpha 00", "Alpha 03", "Alpha 06", "Alpha 09"]
    assert total(manager, "status=nonsense") == 31


def test_sort(manager: Client) -> None:
    assert titles(manager, "sort=title")[:2] == ["Alpha 00", "Alpha 01"]
    assert titles(manager, "sort=-title")[:2] == ["Batch 12", "Alpha 29"]
    assert len(titles(manager, "sort=nonsense&sort=-nonsense")) == 25


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 25),
        ("page=2", 6),
        ("page=99", 6),
        ("page=0", 6),
        ("page=-1", 6),
        ("page=abc", 25),
        ("per_page=10", 10),
        ("per_page=10&page=4", 1),
        ("per_page=abc", 25),
    ],
)
def test_pages(manager: Client, query: str, count: int) -> None:
    assert len(titles(manager, query)) == count


def test_nothing_found_says_what_to_do(manager: Client) -> None:
    page = BeautifulSoup(manager.get("/batches/?q=zzz").text, "html.parser")
    assert "Change or clear the search and the filters." in page.find(id="list").get_text()


def test_htmx_gets_the_region_and_others_the_page(manager: Client) -> None:
    asked = {"HX-Request": "true", "HX-Target": "list"}
    region = BeautifulSoup(manager.get("/batches/?q=alpha+07&sort=title", headers=asked).text, "html.parser")
    assert region.find("html") is None
    assert (
        region.find(id="list").find(class_="list-count").get_text(),
        region.find("tbody").td.get_text(strip=True),
    ) == (
        "1 result",
        "Alpha 07",
    )
    assert region.find("input", attrs={"name": "sort"})["value"] == "title"
    assert BeautifulSoup(manager.get("/batches/").text, "html.parser").find("html")


def test_exports_keep_the_filters(manager: Client) -> None:
    page = BeautifulSoup(manager.get("/batches/?q=alpha&page=2&status=completed").text, "html.parser")
    addresses = [link["href"] for link in page.find(class_="page-actions").find_all("a") if "_export" in link["href"]]
    assert addresses == [f"/batches/?q=alpha&status=completed&_export={file_format}" for file_format in ("csv", "xlsx")]


def test_csv_has_every_row_and_a_mark(manager: Client) -> None:
    with clock.frozen_at(ALMOST_NEW_YEAR):
        answer = manager.get("/batches/?_export=csv&sort=-title&q=alpha&page=2&per_page=3")
    content = b"".join(answer.streaming_content)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert content.startswith(b"\xef\xbb\xbf")
    assert rows[0] == ["Batch", "Code", "Status", "Starts", "Ends", "Missions", "Students"]
    assert [row[1] for row in rows[1:]] == [f"alpha-{n:02}" for n in range(29, -1, -1)]
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="batches-2027-01-01.csv"'


def test_xlsx_can_be_read_and_numbers_are_numbers(manager: Client) -> None:
    answer = manager.get("/batches/?_export=xlsx&q=alpha+07")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    heading, row = sheet.iter_rows(values_only=True)
    assert heading[:2] == ("Batch", "Code")
    assert (row[:3], row[5:]) == (("Alpha 07", "alpha-07", "active"), (0, 0))


@pytest.fixture
def log_of_formulas(cast: SimpleNamespace, as_: Callable) -> Client:
    entry = CallEntryFactory(mission_enrollment=cast.enrolled)
    User.objects.filter(pk=cast.student.pk).update(name='=cmd|"/c calc"!A1')
    for notes in FORMULAS:
        Call.objects.create(entry=entry, caller=cast.sre, started_at=clock.now(), outcome=Outcome.PICKED, notes=notes)
    return as_(cast.sre)


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_formula_is_exported_as_text(log_of_formulas: Client, file_format: str) -> None:
    content = b"".join(log_of_formulas.get(f"/calls/log/?_export={file_format}").streaming_content)
    if file_format == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    else:
        rows = list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert {row[0] for row in rows[1:]} == {'\'=cmd|"/c calc"!A1'}
    escaped = {text if text in ("fine", "a=b") else f"'{text}" for text in FORMULAS}
    # XML reads a carriage return as a line feed.
    assert {row[3].replace("\n", "\r") for row in rows[1:]} == escaped


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("per_page=1000", 100),
        ("per_page=-1", 25),
        ("per_page=" + "9" * 5000, 25),
        ("q=%00", 25),
        ("page=" + "9" * 5000, 25),
    ],
)
def test_whatever_stands_in_the_address_is_answered(manager: Client, query: str, count: int) -> None:
    for n in range(80):
        BatchFactory(code=f"beta-{n}")
    assert len(titles(manager, query)) == count


def test_control_characters_do_not_break_a_workbook(cast: SimpleNamespace, as_: Callable) -> None:
    entry = CallEntryFactory(mission_enrollment=cast.enrolled)
    Call.objects.create(entry=entry, caller=cast.sre, started_at=clock.now(), outcome=Outcome.PICKED, notes="a\x0bb")
    answer = as_(cast.sre).get("/calls/log/?_export=xlsx")
    rows = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.iter_rows(values_only=True))
    assert rows[1][3] == "ab"
