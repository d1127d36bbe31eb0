"""Points in the browser: the total that follows, the entries that explain it, the rules."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from sms.attendance.actions import submit_attendance
from sms.points.actions import take_requests
from sms.points.models import PointsRule

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


@pytest.mark.usefixtures("submitted")
def test_each_number_is_explained(cast: SimpleNamespace, as_: Callable) -> None:
    assert "Something new is being worked in." in as_(cast.student).get(f"/points/{cast.enrolled.pk}/").text
    take_requests()
    page = BeautifulSoup(as_(cast.student).get(f"/points/{cast.enrolled.pk}/").text, "html.parser")
    assert [[cell.get_text(strip=True) for cell in row("td")] for row in page.tbody("tr")] == [
        ["Sunday 22 November: present", "recorded", "Present on a day", "now", "+10"]
    ]


def test_changing_the_rules(cast: SimpleNamespace, as_: Callable) -> None:
    url = f"/missions/{cast.mission.pk}/points-rules/"
    for _ in range(2):
        entered = {"attendance.present": "20", "attendance.late": "-3", "attendance.streak": "10"}
        answer = as_(cast.manager).post(url, entered)
        assert (answer.status_code, answer["Location"]) == (302, f"/missions/{cast.mission.pk}/")
    assert sorted(PointsRule.objects.values_list("mission", "kind", "points")) == [
        (cast.mission.pk, "attendance.late", -3),
        (cast.mission.pk, "attendance.present", 20),
        (cast.mission.pk, "attendance.streak", 10),
    ]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [("", "This field is required."), ("many", "Enter a whole number."), ("1001", "less than or equal to 1000")],
)
def test_wrong_rules(cast: SimpleNamespace, as_: Callable, wrong: str, sentence: str) -> None:
    posted = {"attendance.present": wrong, "attendance.late": "7"}
    answer = as_(cast.manager).post(f"/missions/{cast.mission.pk}/points-rules/", posted)
    page = BeautifulSoup(answer.text, "html.parser")
    assert (answer.status_code, sentence in page.main.get_text()) == (422, True)
    assert page.find("input", attrs={"name": "attendance.late"})["value"] == "7"
    assert not PointsRule.objects.exists()
