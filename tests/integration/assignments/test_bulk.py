"""Assignments by the dozen: what an import of them calls."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sms.assignments.actions import create_assignments, edit_assignments, record_submissions, remove_assignments
from sms.assignments.models import Assignment
from sms.assignments.queries import assignments_in_use
from sms.audit.models import Event
from sms.core.problems import Refused
from sms.programme.models import Mission
from tests.conftest import ORDINARY_MORNING

NOW, DAY = ORDINARY_MORNING, timedelta(days=1)
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def row(mission: Mission, number: int, **fields: Any) -> dict[str, Any]:
    given = {"code": f"day-{number}", "day": number, "title": f"Exercise {number}", "max_points": 10 * number}
    return {"mission": mission, "opens_at": NOW, "due_at": NOW + number * DAY, **given, **fields}


def stored() -> list[dict[str, Any]]:
    fields = ("mission_id", "code", "day", "title", "opens_at", "due_at", "max_points")
    return list(Assignment.objects.order_by("pk").values(*fields))


def as_stored(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"mission_id": each["mission"].pk, **{k: v for k, v in each.items() if k != "mission"}} for each in rows]


def events() -> list[tuple]:
    return list(Event.objects.filter(subject_type="assignments.assignment").order_by("pk").values_list("actor_id", "verb", "subject_label", "data"))  # fmt: skip


def test_creating(cast: SimpleNamespace) -> None:
    rows = [row(cast.mission, 1), row(cast.mission, 2)]
    created = create_assignments(actor=cast.sre, rows=rows)
    assert stored() == as_stored(rows)
    assert created == list(Assignment.objects.order_by("pk"))
    assert events() == [(cast.sre.pk, "created the assignment", f"Exercise {n}", {}) for n in (1, 2)]
    assert create_assignments(actor=cast.sre, rows=[]) == []


def test_editing_tells_what_was_changed(cast: SimpleNamespace) -> None:
    rows = [row(cast.mission, n) for n in (1, 2, 3)]
    one, two, three = create_assignments(actor=cast.sre, rows=rows)
    changes = [
        (one, {"title": "New", "max_points": 5}),
        (two, {"title": two.title}),
        (three, {"due_at": NOW + 9 * DAY}),
    ]
    assert edit_assignments(actor=cast.manager, changes=changes) == 2
    rows[0] |= {"title": "New", "max_points": 5}
    rows[2] |= {"due_at": NOW + 9 * DAY}
    assert stored() == as_stored(rows)
    assert events()[3:] == [
        (cast.manager.pk, "edited the assignment", "New", {"fields": ["title", "max_points"]}),
        (cast.manager.pk, "edited the assignment", "Exercise 3", {"fields": ["due_at"]}),
    ]


def test_what_is_wrong_is_refused_as_a_whole(cast: SimpleNamespace) -> None:
    [one] = create_assignments(actor=cast.sre, rows=[row(cast.mission, 1)])
    before = stored()
    for sentence, wrong in {
        "two assignments with one code": row(cast.mission, 2, code="day-1"),
        "must be due after it opens": row(cast.mission, 3, due_at=NOW),
    }.items():
        with pytest.raises(Refused, match=f"{sentence}.*Nothing was changed"):
            create_assignments(actor=cast.sre, rows=[row(cast.mission, 4), wrong])
    with pytest.raises(Refused, match="must be due after it opens"):
        edit_assignments(actor=cast.sre, changes=[(one, {"due_at": NOW - DAY})])
    assert stored() == before


def test_only_what_nobody_handed_in_is_removed(cast: SimpleNamespace) -> None:
    one, two, three = create_assignments(actor=cast.sre, rows=[row(cast.mission, n) for n in (1, 2, 3)])
    record_submissions(actor=cast.sre, rows=[(cast.enrolled.pk, two.pk, NOW, None)])
    assert assignments_in_use([one.pk, two.pk]) == {two.pk}
    with pytest.raises(Refused, match="handed in work for “Exercise 2”"):
        remove_assignments(actor=cast.sre, assignments=[one, two])
    assert Assignment.objects.count() == 3
    assert remove_assignments(actor=cast.sre, assignments=[one, three]) == 2
    assert list(Assignment.objects.all()) == [two]
    assert [event[1:3] for event in events()[-2:]] == [("removed the assignment", f"Exercise {n}") for n in (1, 3)]


def test_more_cost_no_more_statements(cast: SimpleNamespace) -> None:
    def statements(numbers: range) -> int:
        with CaptureQueriesContext(connection) as captured:
            made = create_assignments(actor=cast.sre, rows=[row(cast.mission, n) for n in numbers])
            edit_assignments(actor=cast.sre, changes=[(each, {"title": "New"}) for each in made])
            remove_assignments(actor=cast.sre, assignments=made)
        return len(captured)

    assert statements(range(1, 2)) == statements(range(1, 6))
