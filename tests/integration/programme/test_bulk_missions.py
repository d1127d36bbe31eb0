"""Missions in bulk, as an import writes them: the same rules as one by one, and all or nothing."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sms.audit.models import Event
from sms.core.problems import Refused
from sms.programme.actions import create_missions, edit_missions, place_mission
from sms.programme.choices import MissionStatus
from sms.programme.models import Mission
from tests.factories import BatchFactory, MissionFactory

DATES = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 6, 30)}
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def stored() -> list[tuple]:
    return list(Mission.objects.order_by("batch", "code").values_list("batch", "code", "title", "order", "status"))


def test_creating(cast: SimpleNamespace) -> None:
    other = BatchFactory()
    created = create_missions(
        actor=cast.manager,
        rows=[
            {"batch": cast.batch, "code": "git", "title": "Git", "order": 3, **DATES},
            {"batch": other, "code": "js", "title": "JavaScript", "status": MissionStatus.COMPLETED, **DATES},
        ],
    )
    assert stored() == [
        (cast.batch.pk, "git", "Git", 3, "upcoming"),
        (cast.batch.pk, "js", "JavaScript basics", cast.mission.order, "active"),
        (other.pk, "js", "JavaScript", 1, "completed"),
    ]
    assert {mission.pk for mission in created} | {cast.mission.pk} == set(Mission.objects.values_list("pk", flat=True))
    assert list(Event.objects.filter(verb="created the mission").values_list("subject_id", flat=True)) == [
        mission.pk for mission in created
    ]


@pytest.mark.parametrize(
    "wrong",
    [{"code": "js"}, {"code": "git"}, {"ends_on": date(2020, 1, 1)}],
    ids=["taken", "twice in the rows", "dates"],
)
def test_creating_what_cannot_be_creates_nothing(cast: SimpleNamespace, wrong: dict) -> None:
    before = stored()
    rows = [
        {"batch": cast.batch, "code": "git", "title": "Git", **DATES},
        {"batch": cast.batch, "code": "css", "title": "CSS", **DATES, **wrong},
    ]
    with pytest.raises(Refused, match="Nothing was changed"):
        create_missions(actor=cast.manager, rows=rows)
    assert stored() == before


def test_editing(cast: SimpleNamespace) -> None:
    git = MissionFactory(batch=cast.batch, code="git", title="Git", order=1, status=MissionStatus.UPCOMING)
    same = MissionFactory(batch=cast.batch, code="css", title="CSS")
    changes = [
        (cast.mission, {"title": "JavaScript", "order": 5}),
        (git, {"title": "Git", "status": "active"}),
        (same, {"title": "CSS"}),
    ]
    assert edit_missions(actor=cast.manager, changes=changes) == 2
    assert [row[1:] for row in stored()] == [
        ("css", "CSS", same.order, "active"),
        ("git", "Git", 1, "active"),
        ("js", "JavaScript", 5, "active"),
    ]
    assert list(Event.objects.order_by("pk").values_list("verb", "subject_label", "data"))[-2:] == [
        ("edited the mission", "JavaScript", {"fields": ["title", "order"]}),
        ("changed the status of the mission", "Git", {"from": "upcoming", "to": "active"}),
    ]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"status": "completed"}, "Git: This is upcoming and cannot become completed"),
        ({"code": "js"}, "Nothing was changed"),
        ({"ends_on": date(2020, 1, 1)}, "Nothing was changed"),
    ],
)
def test_editing_to_what_cannot_be(cast: SimpleNamespace, fields: dict, sentence: str) -> None:
    git = MissionFactory(batch=cast.batch, code="git", title="Git", status=MissionStatus.UPCOMING)
    before = stored()
    with pytest.raises(Refused, match=sentence):
        edit_missions(actor=cast.manager, changes=[(cast.mission, {"title": "New"}), (git, fields)])
    assert stored() == before


def test_the_move_is_checked_against_what_is_stored(cast: SimpleNamespace) -> None:
    stale = Mission.objects.get(pk=cast.mission.pk)
    Mission.objects.filter(pk=stale.pk).update(status=MissionStatus.ARCHIVED)
    with pytest.raises(Refused, match="This is archived and cannot become upcoming"):
        edit_missions(actor=cast.manager, changes=[(stale, {"status": "upcoming"})])


def test_a_mission_that_somebody_removed(cast: SimpleNamespace) -> None:
    gone = MissionFactory(batch=cast.batch)
    Mission.objects.filter(pk=gone.pk).delete()
    with pytest.raises(Refused, match="Somebody removed this mission"):
        edit_missions(actor=cast.manager, changes=[(gone, {"title": "New"})])
    with pytest.raises(Refused, match="Somebody removed this mission"):
        place_mission(actor=cast.manager, mission=gone, step=1)


def test_many_cost_no_more_statements_than_few(cast: SimpleNamespace) -> None:
    def statements(codes: list[str]) -> tuple[int, int]:
        rows = [{"batch": cast.batch, "code": code, "title": code, **DATES} for code in codes]
        with CaptureQueriesContext(connection) as creating:
            created = create_missions(actor=cast.manager, rows=rows)
        with CaptureQueriesContext(connection) as editing:
            edit_missions(actor=cast.manager, changes=[(mission, {"order": 9}) for mission in created])
        return len(creating), len(editing)

    assert statements(["a"]) == statements(list("bcdefg"))
