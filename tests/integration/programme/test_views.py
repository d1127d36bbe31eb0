"""Batches and missions in the browser."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from sms.programme.models import Batch, Mission
from tests.factories import MissionFactory

BATCH = {
    "code": "b13",
    "title": "Batch 13",
    "starts_on": "2026-01-01",
    "ends_on": "2026-06-30",
    "timezone": "Asia/Dhaka",
}
MISSION = {"code": "git", "title": "Git", "order": "2", "starts_on": "2026-01-01", "ends_on": "2026-02-01"}


def errors_of(page: BeautifulSoup) -> str:
    return page.find("main").find("form").get_text(" ", strip=True)


def test_creating_a_batch_and_its_mission(cast: SimpleNamespace, as_: Callable) -> None:
    answer = as_(cast.manager).post("/batches/new/", BATCH)
    batch = Batch.objects.get(code="b13")
    assert (answer.status_code, answer["Location"]) == (302, f"/batches/{batch.pk}/")
    answer = as_(cast.manager).post(f"/batches/{batch.pk}/missions/new/", MISSION)
    assert answer["Location"] == f"/missions/{Mission.objects.get(batch=batch, code='git').pk}/"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"code": "batch-12"}, "A batch with this code exists already."),
        ({"code": "no spaces"}, "Enter a valid “slug”"),
        ({"title": ""}, "This field is required."),
        ({"ends_on": "2025-01-01"}, "The batch must not end before it starts."),
        ({"ends_on": "2026-02-30"}, "Enter a valid date."),
        ({"timezone": "Asia/Atlantis"}, "is not a timezone"),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_wrong_batches(cast: SimpleNamespace, as_: Callable, wrong: dict, sentence: str, htmx: bool) -> None:
    answer = as_(cast.manager, htmx=htmx).post("/batches/new/", BATCH | wrong)
    page = BeautifulSoup(answer.text, "html.parser")
    assert (answer.status_code, sentence in errors_of(page)) == (422, True)
    kept = {name: page.find("input", attrs={"name": name})["value"] for name in ("code", "starts_on")}
    assert kept == {"code": (BATCH | wrong)["code"], "starts_on": "2026-01-01"}
    assert Batch.objects.count() == 1


@pytest.mark.parametrize("address", ["/batches/{batch}/missions/new/", "/missions/{mission}/edit/"])
def test_a_code_that_the_batch_has_already(cast: SimpleNamespace, as_: Callable, address: str) -> None:
    MissionFactory(batch=cast.batch, code="git", title="The other")
    answer = as_(cast.manager).post(address.format(batch=cast.batch.pk, mission=cast.mission.pk), MISSION)
    assert answer.status_code == 422
    assert list(Mission.objects.values_list("code", "title").order_by("code")) == [
        ("git", "The other"),
        ("js", "JavaScript basics"),
    ]


def test_editing(cast: SimpleNamespace, as_: Callable) -> None:
    as_(cast.manager).post(f"/missions/{cast.mission.pk}/edit/", MISSION | {"code": "js", "title": "JavaScript"})
    cast.mission.refresh_from_db()
    assert (cast.mission.title, cast.mission.order, str(cast.mission.ends_on)) == ("JavaScript", 2, "2026-02-01")


@pytest.mark.parametrize(
    ("htmx", "to", "answer", "status"),
    [
        (False, "completed", 302, "completed"),
        (True, "completed", 200, "completed"),
        (False, "draft", 302, "active"),
        (True, "draft", 204, "active"),
        (False, "", 302, "active"),
    ],
)
def test_moving_a_batch(cast: SimpleNamespace, as_: Callable, htmx: bool, to: str, answer: int, status: str) -> None:
    for _ in range(2):
        assert as_(cast.manager, htmx=htmx).post(f"/batches/{cast.batch.pk}/status/", {"to": to}).status_code == answer
    cast.batch.refresh_from_db()
    assert cast.batch.status == status


def test_the_page_offers_only_the_moves_that_may_follow(cast: SimpleNamespace, as_: Callable) -> None:
    page = BeautifulSoup(as_(cast.manager).get(f"/batches/{cast.batch.pk}/").text, "html.parser")
    assert [button["value"] for button in page("button", attrs={"name": "to"})] == ["completed", "archived"]
    assert not BeautifulSoup(as_(cast.sre).get(f"/batches/{cast.batch.pk}/").text, "html.parser")(
        "button", attrs={"name": "to"}
    )
