"""Points follow from what the sources say, whatever happens how often and side by side."""

from collections.abc import Callable
from datetime import date, datetime
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from sms.attendance.actions import correct_attendance
from sms.audit.actions import record
from sms.audit.models import Event
from sms.points import actions
from sms.points.models import LedgerEntry, RecalculationRequest
from sms.points.queries import gained_in_a_week, is_pending, points_of, rules_of, with_points
from sms.programme.models import MissionEnrollment
from tests.conftest import build_cast, rolled_back
from tests.factories import DailyRecordFactory, MissionEnrollmentFactory, MissionFactory, attended

SUNDAY = date(2026, 11, 22)
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def recalculate() -> int:
    return actions.recalculate(MissionEnrollment.objects.all())


def entries(student: MissionEnrollment) -> list[tuple]:
    """(reference, kind, points, cause) in the order in which they were written."""
    rows = student.ledger_entries.order_by("pk").values_list("reference", "kind", "points", "cause")
    return [(reference, kind.removeprefix("attendance."), points, cause) for reference, kind, points, cause in rows]


def test_twice_adds_nothing(cast: SimpleNamespace) -> None:
    attended(cast.enrolled, "PLAE", SUNDAY)
    attended(cast.enrolled2, "--LL", SUNDAY)
    assert (recalculate(), recalculate()) == (4, 0)
    assert sorted(entries(cast.enrolled)) == [
        ("2026-11-19", "present", 10, "recorded"),
        ("2026-11-20", "late", 5, "recorded"),
    ]
    students = with_points(MissionEnrollment.objects.filter(mission=cast.mission)).order_by("pk")
    assert [student.points for student in students] == [15, 10]
    assert (points_of(cast.enrolled), gained_in_a_week(cast.enrolled)) == (15, 15)


def test_a_corrected_day_books_the_difference(cast: SimpleNamespace) -> None:
    attended(cast.enrolled, "P", SUNDAY)
    recalculate()
    for status in ("late", "absent", "present"):
        correct_attendance(actor=cast.sre, mission_enrollment=cast.enrolled, on=SUNDAY, status=status, reason="Seen")
        recalculate()
    assert entries(cast.enrolled) == [
        ("2026-11-22", "present", 10, "recorded"),
        ("2026-11-22", "late", -5, "corrected"),
        ("2026-11-22", "late", -5, "removed"),
        ("2026-11-22", "present", 10, "corrected"),
    ]
    assert points_of(cast.enrolled) == 10


def test_a_record_that_is_gone_takes_its_points_along(cast: SimpleNamespace) -> None:
    attended(cast.enrolled, "P", SUNDAY)
    recalculate()
    cast.enrolled.daily_records.all().delete()
    assert (recalculate(), recalculate()) == (1, 0)
    assert entries(cast.enrolled)[1:] == [("2026-11-22", "present", -10, "removed")]


def test_a_changed_rule_reaches_its_mission_only(cast: SimpleNamespace) -> None:
    elsewhere = MissionEnrollmentFactory(mission=MissionFactory(batch=cast.batch), student=cast.student)
    attended(cast.enrolled, "PL", SUNDAY)
    attended(elsewhere, "P", SUNDAY)
    recalculate()
    points = {"attendance.present": 12, "attendance.late": 0}
    actions.change_rules(actor=cast.manager, mission=cast.mission, points=points)
    assert actions.take_requests() == 2
    assert entries(cast.enrolled)[2:] == [
        ("2026-11-21", "present", 2, "rule_changed"),
        ("2026-11-22", "late", -5, "rule_changed"),
    ]
    assert (points_of(cast.enrolled), points_of(elsewhere)) == (12, 10)
    assert rules_of(cast.mission) == points | {"attendance.streak": 10}
    event = Event.objects.get(verb="changed the points rules of")
    assert (event.actor_id, event.subject_id, event.data) == (
        cast.manager.pk,
        cast.mission.pk,
        {"before": {}, "after": points},
    )


def test_only_the_students_asked_for_are_booked(cast: SimpleNamespace) -> None:
    for student in (cast.enrolled, cast.enrolled2):
        attended(student, "P", SUNDAY)
    actions.request_recalculation([cast.enrolled.pk, cast.enrolled.pk])
    assert (is_pending(cast.enrolled), is_pending(cast.enrolled2)) == (True, False)
    assert (actions.take_requests(), actions.take_requests()) == (1, 0)
    assert (points_of(cast.enrolled), points_of(cast.enrolled2), is_pending(cast.enrolled)) == (10, 0, False)


def test_it_costs_the_same_for_one_and_for_many(cast: SimpleNamespace) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            recalculate()
        return sum("SAVEPOINT" not in query["sql"] for query in captured)

    attended(cast.enrolled, "P", SUNDAY)
    one = queries()
    for _ in range(5):
        attended(MissionEnrollmentFactory(mission=cast.mission), "PLPLPL", SUNDAY)
    assert (one, queries()) == (2, 2)


def test_half_way_nothing_is_lost(cast: SimpleNamespace) -> None:
    """A worker that dies between taking the requests and the commit leaves requests and ledger as they were."""
    attended(cast.enrolled, "P", SUNDAY)
    actions.request_recalculation([cast.enrolled.pk])
    with rolled_back():
        assert (actions.take_requests(), points_of(cast.enrolled)) == (1, 10)
    assert (is_pending(cast.enrolled), points_of(cast.enrolled)) == (True, 0)
    assert (actions.take_requests(), points_of(cast.enrolled)) == (1, 10)


def test_an_event_that_is_rolled_back_asks_for_nothing(cast: SimpleNamespace) -> None:
    with rolled_back():
        actions.request_recalculation([cast.enrolled.pk])
    assert not RecalculationRequest.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM huey_task")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_side_by_side_each_difference_is_booked_once(at_once: Callable, ordinary_morning: datetime) -> None:
    cast = build_cast()
    for student in (cast.enrolled, cast.enrolled2):
        attended(student, "PLPLP", SUNDAY)
        actions.request_recalculation([student.pk] * 10)

    def work(n: int) -> int:
        return recalculate() if n % 2 else actions.take_requests()

    at_once(work, range(6))
    assert LedgerEntry.objects.count() == 10
    assert (points_of(cast.enrolled), points_of(cast.enrolled2)) == (40, 40)
    assert not RecalculationRequest.objects.exists()


@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["points_ledgerentry", "audit_event"])
def test_what_is_written_stays(cast: SimpleNamespace, table: str, statement: str) -> None:
    attended(cast.enrolled, "P", SUNDAY)
    recalculate()
    record(actor=cast.sre, verb="edited", subject=cast.student)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert (LedgerEntry.objects.count(), Event.objects.filter(verb="edited").count()) == (1, 1)


def test_the_command_says_what_is_missing(cast: SimpleNamespace, capsys: pytest.CaptureFixture) -> None:
    DailyRecordFactory(mission_enrollment=cast.enrolled, on=SUNDAY)

    def check() -> tuple[int, str]:
        with pytest.raises(SystemExit) as exit_:
            call_command("recalculate_points", check=True)
        return exit_.value.code, capsys.readouterr().out

    assert check() == (1, "1 ledger entries are missing.\n")
    assert not LedgerEntry.objects.exists()
    call_command("recalculate_points", mission="js")
    assert capsys.readouterr().out == "1 ledger entries were added.\n"
    assert check() == (0, "0 ledger entries are missing.\n")
    with pytest.raises(CommandError, match="no mission with the code ruby"):
        call_command("recalculate_points", mission="ruby")
