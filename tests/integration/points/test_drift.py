"""The nightly check says what was missing and mends it; a past day is read as it was then."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sms.attendance.actions import correct_attendance
from sms.points import actions, queries
from sms.points.models import DriftReport
from tests.conftest import build_cast
from tests.factories import MissionEnrollmentFactory, MissionFactory, attended
from tests.integration.points.helpers import book

SUNDAY = date(2026, 11, 22)


@pytest.mark.usefixtures("ordinary_morning")
def test_what_is_missing_is_told_and_mended(cast: SimpleNamespace, as_: Callable) -> None:
    elsewhere = MissionEnrollmentFactory(mission=MissionFactory(batch=cast.batch, title="Git"))
    attended(cast.enrolled, "PP", SUNDAY)
    attended(elsewhere, "P", SUNDAY)
    book(elsewhere, 3)  # more than the sources say
    attended(cast.enrolled2, "P", SUNDAY)
    actions.request_recalculation([cast.enrolled2.pk])  # on its way, so no drift
    report = actions.mend_drift()
    assert (report.students, report.entries, report.ended_at is None) == (3, 3, False)
    assert sorted(report.missions.values_list("mission__title", "entries")) == [("Git", 1), ("JavaScript basics", 2)]
    assert [queries.points_of(student) for student in (cast.enrolled, cast.enrolled2, elsewhere)] == [20, 10, 10]
    again = actions.mend_drift()
    assert (again.entries, again.missions.count()) == (0, 0)
    page = as_(cast.developer).get("/points/check/").text
    for expected in ("3 entries were missing", "JavaScript basics (2), Git (1)", "all as it should be"):
        assert expected in page, expected
    assert as_(cast.sre).get("/points/check/").status_code == 403


@pytest.mark.usefixtures("ordinary_morning")
def test_an_equal_total_hides_nothing(cast: SimpleNamespace) -> None:
    attended(cast.enrolled, "P", SUNDAY - timedelta(days=1))
    book(cast.enrolled, 10)  # as much, for a day that was not attended
    attended(cast.enrolled2, "P", SUNDAY)
    book(cast.enrolled2, 7)
    book(cast.enrolled2, 3)  # two entries that come to what they should
    assert actions.recalculate_unequal(cast.mission.mission_enrollments.all()) == 2
    entries = cast.enrolled.ledger_entries.order_by("pk").values_list("reference", "points", "cause")[1:]
    assert list(entries) == [("2026-11-21", 10, "recorded"), ("2026-11-22", -10, "removed")]
    assert actions.recalculate_unequal(cast.mission.mission_enrollments.all()) == 0


@pytest.mark.django_db(transaction=True)
def test_side_by_side_nothing_is_mended_twice(at_once: Callable, ordinary_morning: datetime) -> None:
    cast = build_cast()
    for student in (cast.enrolled, cast.enrolled2):
        attended(student, "PLP", SUNDAY)
    reports = at_once(lambda _n: actions.mend_drift(), range(4))
    assert sum(report.entries for report in reports) == 6
    assert (DriftReport.objects.count(), queries.points_of(cast.enrolled)) == (4, 25)


def test_as_of_a_past_day(cast: SimpleNamespace, as_: Callable, frozen: Callable) -> None:
    """The end of a day is the batch's midnight: 18:00 UTC in Dhaka."""
    attended(cast.enrolled, "P", date(2026, 11, 20))
    with frozen(datetime(2026, 11, 20, 17, 59, 59, tzinfo=UTC)):
        actions.recalculate(cast.mission.mission_enrollments.all())
    with frozen(datetime(2026, 11, 20, 18, 0, tzinfo=UTC)):
        correct_attendance(
            actor=cast.sre, mission_enrollment=cast.enrolled, on=date(2026, 11, 20), status="late", reason="Seen"
        )
        actions.recalculate(cast.mission.mission_enrollments.all())

    def read(day: str) -> tuple[str, list[str]]:
        page = BeautifulSoup(as_(cast.student).get(f"/points/{cast.enrolled.pk}/?as_of={day}").text, "html.parser")
        entries = [cell.get_text(strip=True) for cell in page.select("td.state")]
        return page.find(class_="stat-value").get_text(strip=True), entries

    with frozen(datetime(2026, 11, 22, 4, 0, tzinfo=UTC)):
        assert read("2026-11-19") == ("0", [])
        assert read("2026-11-20") == ("10", ["+10"])
        assert read("2026-11-21") == read("") == ("5", ["-5", "+10"])
        assert "Enter a valid date." in as_(cast.student).get(f"/points/{cast.enrolled.pk}/?as_of=then").text
        exported = as_(cast.student).get(f"/points/{cast.enrolled.pk}/?as_of=2026-11-20&_export=csv")
        lines = b"".join(exported).decode("utf-8-sig").splitlines()
        assert [line.split(",")[:4] for line in lines[1:]] == [
            ["Friday 20 November: present", "10", "Present on a day: as usual", "recorded"]
        ]


@pytest.mark.usefixtures("ordinary_morning")
def test_one_event_costs_as_much_after_a_year_as_on_the_first_day(cast: SimpleNamespace) -> None:
    def statements(student: object) -> int:
        attended(student, "P", SUNDAY)
        actions.request_recalculation([student.pk])
        with CaptureQueriesContext(connection) as captured:
            assert actions.take_requests() == 1
        return sum("SAVEPOINT" not in query["sql"] for query in captured)

    attended(cast.enrolled2, "P" * 300, SUNDAY - timedelta(days=1))
    actions.recalculate(cast.mission.mission_enrollments.all())
    assert (statements(cast.enrolled), statements(cast.enrolled2)) == (4, 4)
    assert queries.points_of(cast.enrolled2) == 3_440
