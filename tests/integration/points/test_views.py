"""Points in the browser: the total that follows, the entries that explain it, the rules."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.db import connection

from sms.attendance.actions import submit_attendance
from sms.points.actions import take_requests
from tests.conftest import build_cast

SUNDAY = date(2026, 11, 22)
pytestmark = pytest.mark.usefixtures("ordinary_morning")


@pytest.fixture
def submitted(cast: SimpleNamespace, ordinary_morning: object) -> None:
    submit_attendance(actor=cast.student, mission_enrollment=cast.enrolled, on=SUNDAY, is_holiday=False)


@pytest.mark.usefixtures("submitted")
def test_the_total_asks_again_until_the_points_are_there(cast: SimpleNamespace, as_: Callable) -> None:
    url = f"/points/{cast.enrolled.pk}/total/"

    def total(query: str = "") -> tuple[str, str | None]:
        root = BeautifulSoup(as_(cast.student, htmx=True).get(url + query).text, "html.parser").div
        assert root["id"] == f"points-{cast.enrolled.pk}"
        return root.find(class_="stat-value").get_text(strip=True), root.get("hx-get")

    assert total("?attempt=1") == ("0", f"{url}?attempt=2")
    assert total("?attempt=15") == ("0", None)
    assert total("?attempt=" + "9" * 5000) == ("0", f"{url}?attempt=1")
    take_requests()
    assert total("?attempt=2") == ("10", None)


@pytest.mark.django_db(transaction=True)
def test_a_recalculation_between_two_reads_is_not_missed(as_: Callable, at_once: Callable) -> None:
    cast = build_cast()
    submit_attendance(actor=cast.student, mission_enrollment=cast.enrolled, on=SUNDAY, is_holiday=False)
    booked = []

    def book_after_the_points_were_read(execute: Callable, sql: str, *rest: object) -> object:
        answer = execute(sql, *rest)
        if "points_ledgerentry" in sql and not booked:
            booked.extend(at_once(lambda _n: take_requests(), [1]))
        return answer

    client = as_(cast.student, htmx=True)
    with connection.execute_wrapper(book_after_the_points_were_read):
        root = BeautifulSoup(client.get(f"/points/{cast.enrolled.pk}/total/?attempt=1").text, "html.parser").div
    assert booked == [1]
    assert root.get("hx-get") or root.find(class_="stat-value").get_text(strip=True) == "10"


@pytest.mark.usefixtures("submitted")
def test_each_number_is_explained(cast: SimpleNamespace, as_: Callable) -> None:
    assert "Something new is being worked in." in as_(cast.student).get(f"/points/{cast.enrolled.pk}/").text
    take_requests()
    page = BeautifulSoup(as_(cast.student).get(f"/points/{cast.enrolled.pk}/").text, "html.parser")
    assert [[cell.get_text(strip=True) for cell in row("td")] for row in page.tbody("tr")] == [
        ["Sunday 22 November: present", "+10", "Present on a day: as usual", "recorded", "now"]
    ]
