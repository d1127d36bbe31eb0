"""The calendar of a batch: where its bars stand, and the table that says the same."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.utils import translation

from sms.attendance.actions import add_holiday
from sms.audit.models import Event
from sms.programme.actions import place_mission
from sms.programme.calendar import calendar_of
from sms.programme.models import Batch, Mission
from tests.conftest import build_cast
from tests.factories import MissionFactory

pytestmark = pytest.mark.usefixtures("ordinary_morning")


@pytest.fixture
def batch(cast: SimpleNamespace) -> Batch:
    """Twenty weeks from Monday, 5 October 2026, to Sunday, 21 February 2027: 140 days."""
    cast.batch.starts_on, cast.batch.ends_on = date(2026, 10, 5), date(2027, 2, 21)
    cast.batch.save()
    cast.mission.starts_on, cast.mission.ends_on, cast.mission.order = date(2026, 10, 12), date(2026, 11, 15), 1
    cast.mission.save()
    MissionFactory(
        batch=cast.batch, title="React", order=2, status="upcoming",
        starts_on=date(2027, 2, 8), ends_on=date(2027, 2, 21),
    )  # fmt: skip
    add_holiday(actor=None, batch=cast.batch, on=date(2026, 12, 14), title="Victory Day")
    add_holiday(actor=None, batch=cast.batch, on=date(2030, 1, 1), title="Long after")
    return cast.batch


def test_positions_are_shares_of_the_days(batch: Batch) -> None:
    calendar = calendar_of(batch, batch.missions.all())
    assert (calendar.first, calendar.last) == (date(2026, 10, 5), date(2027, 2, 21))
    assert [(bar.x, bar.width, bar.title_x, bar.turns) for bar in calendar.bars] == [
        ("5.000%", "25.000%", "5.000%", False),
        ("90.000%", "10.000%", "100.000%", True),
    ]
    assert [(mark.title, mark.x) for mark in calendar.marks] == [("Victory Day", "50.000%")]
    assert calendar.today == "34.286%"
    assert (len(calendar.weeks), calendar.weeks[0]) == (19, "5.000%")
    assert [month for _x, month in calendar.months] == [
        date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1),
    ]  # fmt: skip


def test_missions_beyond_the_batch_are_in_sight(batch: Batch) -> None:
    MissionFactory(batch=batch, starts_on=date(2026, 9, 30), ends_on=date(2027, 3, 1))
    calendar = calendar_of(batch, batch.missions.all())
    assert (calendar.first, calendar.last) == (date(2026, 9, 28), date(2027, 3, 7))


def test_a_batch_that_is_over_has_no_today(batch: Batch) -> None:
    batch.starts_on, batch.ends_on = date(2025, 1, 1), date(2025, 6, 1)
    assert calendar_of(batch, []).today == ""


def test_long_batches_name_fewer_months(batch: Batch) -> None:
    batch.ends_on = date(2028, 10, 1)
    assert len(calendar_of(batch, batch.missions.all()).months) <= 9


@pytest.mark.parametrize("language", ["en", "bn", "de"])
def test_drawing_and_table(batch: Batch, cast: SimpleNamespace, as_: Callable, language: str) -> None:
    cast.manager.language = language
    cast.manager.save(update_fields=["language"])
    with translation.override(language):
        page = BeautifulSoup(as_(cast.manager).get(f"/batches/{batch.pk}/").text, "html.parser")
    figure = page.find(class_="calendar")
    bars = figure.find_all(class_="calendar-bar")
    assert [(bar["x"], bar["class"][1]) for bar in bars] == [("5.000%", "active"), ("90.000%", "upcoming")]
    rows = [[cell.get_text(strip=True) for cell in row("td")] for row in figure.select("tbody tr")]
    assert [row[0] for row in rows] == ["JavaScript basics", "React", "Victory Day"]
    assert not figure.find_all(style=True)


class TestOrder:
    def order(self, batch: Batch) -> list[tuple[str, int]]:
        return list(batch.missions.order_by("order").values_list("title", "order"))

    def test_one_place(self, batch: Batch, cast: SimpleNamespace, as_: Callable) -> None:
        react = Mission.objects.get(title="React")
        answer = as_(cast.manager).post(f"/missions/{react.pk}/order/", {"to": "earlier"})
        assert answer["Location"] == f"/batches/{batch.pk}/"
        assert self.order(batch) == [("React", 1), ("JavaScript basics", 2)]
        event = Event.objects.get(verb="changed the order of the mission")
        assert (event.subject_label, event.data) == ("React", {"from": 2, "to": 1})

    @pytest.mark.parametrize("to", ["later", "", "sideways"])
    def test_beyond_the_end_nothing_moves(self, batch: Batch, cast: SimpleNamespace, as_: Callable, to: str) -> None:
        react = Mission.objects.get(title="React")
        as_(cast.manager).post(f"/missions/{react.pk}/order/", {"to": to})
        assert self.order(batch) == [("JavaScript basics", 1), ("React", 2)]
        assert not Event.objects.filter(verb="changed the order of the mission").exists()

    def test_equal_numbers_are_told_apart(self, batch: Batch, cast: SimpleNamespace) -> None:
        batch.missions.update(order=5)
        place_mission(actor=cast.manager, mission=cast.mission, step=1)
        assert self.order(batch) == [("React", 1), ("JavaScript basics", 2)]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_an_order(at_once: Callable) -> None:
    cast = build_cast()
    missions = [cast.mission, *(MissionFactory(batch=cast.batch) for _ in range(3))]
    at_once(lambda mission: place_mission(actor=cast.manager, mission=mission, step=-1), missions)
    assert sorted(cast.batch.missions.values_list("order", flat=True)) == [1, 2, 3, 4]
