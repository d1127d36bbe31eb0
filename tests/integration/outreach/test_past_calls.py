"""Calls of the past: added, corrected and removed by the thousand."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sms.audit.models import Event
from sms.core.problems import Refused
from sms.outreach.actions import edit_calls, import_calls, log_call, remove_calls, take_next
from sms.outreach.models import Call, CallEntry, DoNotCall, FollowUp
from tests.conftest import ORDINARY_MORNING
from tests.factories import CallEntryFactory, MissionEnrollmentFactory

NOW, DAY = ORDINARY_MORNING, timedelta(days=1)
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def log() -> list[tuple]:
    return list(
        Call.objects.order_by("pk").values_list(
            "entry__mission_enrollment", "caller", "started_at", "outcome", "notes", "entry__state"
        )
    )


def events(verb: str) -> list[tuple]:
    return list(Event.objects.filter(verb=verb).order_by("pk").values_list("actor_id", "subject_label", "data"))


def unwanted() -> list[int]:
    return list(DoNotCall.objects.values_list("student", flat=True))


def test_adding(cast: SimpleNamespace) -> None:
    waiting = CallEntryFactory(mission_enrollment=cast.enrolled)
    rows = [
        (cast.enrolled.pk, cast.sre.pk, NOW - 3 * DAY, "no_answer", ""),
        (cast.enrolled.pk, cast.sre2.pk, NOW - 2 * DAY, "picked", "Will come"),
        (cast.enrolled2.pk, cast.sre.pk, NOW - DAY, "wrong_number", ""),
    ]
    keys = import_calls(actor=cast.admin, rows=iter(rows))
    assert log() == [(*row, state) for row, state in zip(rows, ("done", "done", "stopped"), strict=True)]
    assert keys == list(Call.objects.order_by("pk").values_list("pk", flat=True))
    assert events("added a past call with") == [
        (cast.admin.pk, str(cast.enrolled), {"outcome": "no_answer"}),
        (cast.admin.pk, str(cast.enrolled), {"outcome": "picked"}),
        (cast.admin.pk, str(cast.enrolled2), {"outcome": "wrong_number"}),
    ]
    assert CallEntry.objects.get(state="waiting") == waiting
    assert import_calls(actor=cast.admin, rows=[]) == []


def test_a_call_to_come_is_refused(cast: SimpleNamespace) -> None:
    past = (cast.enrolled.pk, cast.sre.pk, NOW, "picked", "")
    with pytest.raises(Refused, match="in the future"):
        import_calls(actor=cast.admin, rows=[past, (cast.enrolled.pk, cast.sre.pk, NOW + DAY, "picked", "")])
    assert log() == []


def test_correcting_keeps_both_values(cast: SimpleNamespace) -> None:
    row = (cast.enrolled.pk, cast.sre.pk, NOW, "picked", "Ill")
    one, two = (Call.objects.get(pk=pk) for pk in import_calls(actor=cast.admin, rows=[row, row]))
    assert (
        edit_calls(actor=cast.admin, changes=[(one, {"outcome": "busy", "notes": "Ill"}), (two, {"notes": "Ill"})]) == 1
    )
    assert [row[3:] for row in log()] == [("busy", "Ill", "done"), ("picked", "Ill", "done")]
    assert events("corrected the call with") == [
        (cast.admin.pk, str(cast.enrolled), {"before": {"outcome": "picked"}, "after": {"outcome": "busy"}})
    ]


def test_removing_takes_what_was_added_and_leaves_the_list(cast: SimpleNamespace) -> None:
    waiting = CallEntryFactory(mission_enrollment=cast.enrolled)
    take_next(actor=cast.sre)
    missed = log_call(actor=cast.sre, entry=waiting, outcome="no_answer")
    [past] = import_calls(actor=cast.admin, rows=[(cast.enrolled.pk, cast.sre.pk, NOW - DAY, "picked", "Ill")])
    assert remove_calls(actor=cast.admin, pks=[past, missed.pk, 10**9]) == 2
    assert (log(), list(CallEntry.objects.all())) == ([], [waiting])
    assert events("removed the call with")[1] == (
        cast.admin.pk,
        str(cast.enrolled),
        {"caller": cast.sre.name, "started_at": (NOW - DAY).isoformat(), "outcome": "picked", "notes": "Ill"},
    )


def test_a_promise_keeps_its_call(cast: SimpleNamespace) -> None:
    row = (cast.enrolled.pk, cast.sre.pk, NOW, "picked", "")
    keys = import_calls(actor=cast.admin, rows=[row, row])
    FollowUp.objects.create(call_id=keys[1], owner=cast.sre, due_at=NOW)
    with pytest.raises(Refused, match="A follow-up was promised on the call with Arif Rahman"):
        remove_calls(actor=cast.admin, pks=keys)
    assert len(log()) == 2


def test_who_asked_not_to_be_called(cast: SimpleNamespace) -> None:
    """As long as a call says so, and whoever added, corrected or removed it."""
    CallEntryFactory(mission_enrollment=cast.enrolled)
    student = cast.enrolled.pk
    rows = [
        (student, cast.sre.pk, NOW - day * DAY, outcome, "") for day, outcome in ((2, "do_not_call"), (1, "picked"))
    ]
    first, second = import_calls(actor=cast.admin, rows=rows)
    assert (unwanted(), DoNotCall.objects.get().since, take_next(actor=cast.sre)) == (
        [cast.student.pk],
        NOW - 2 * DAY,
        None,
    )
    edit_calls(actor=cast.admin, changes=[(Call.objects.get(pk=second), {"outcome": "do_not_call"})])
    remove_calls(actor=cast.admin, pks=[first])
    assert unwanted() == [cast.student.pk]
    edit_calls(actor=cast.admin, changes=[(Call.objects.get(pk=second), {"outcome": "picked"})])
    assert unwanted() == []
    assert take_next(actor=cast.sre).mission_enrollment == cast.enrolled


def test_a_thousand_cost_as_many_statements_as_one(cast: SimpleNamespace) -> None:
    students = [MissionEnrollmentFactory(mission=cast.mission).pk for _ in range(5)]

    def statements(act: Callable, **arguments: object) -> int:
        with CaptureQueriesContext(connection) as captured:
            act(actor=cast.admin, **arguments)
        return len(captured)

    def rows(of: list[int]) -> list[tuple]:
        return [(pk, cast.sre.pk, NOW, "do_not_call", "") for pk in of]

    assert statements(import_calls, rows=rows([cast.enrolled.pk])) == statements(import_calls, rows=rows(students))
    first, *others = Call.objects.order_by("pk")
    edits = [(call, {"outcome": "picked"}) for call in others]
    assert statements(edit_calls, changes=[(first, {"outcome": "picked"})]) == statements(edit_calls, changes=edits)
    assert statements(remove_calls, pks=[first.pk]) == statements(remove_calls, pks=[call.pk for call in others])
