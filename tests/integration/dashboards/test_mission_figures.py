"""Participation and progress of a mission."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sms.assignments.models import Assignment
from sms.core import clock
from sms.dashboards.queries import MissionFigures, mission_figures
from sms.programme.actions import change_access, leave_missions
from tests.conftest import ORDINARY_MORNING
from tests.factories import AssignmentFactory, DailyRecordFactory, MissionEnrollmentFactory, MissionFactory, attended

SUNDAY = ORDINARY_MORNING.date()
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def figures(cast: SimpleNamespace) -> MissionFigures:
    return mission_figures(cast.mission, Assignment.objects.filter(mission=cast.mission))


def test_each_number(cast: SimpleNamespace) -> None:
    cast.mission.starts_on, cast.mission.ends_on = SUNDAY - timedelta(days=9), SUNDAY + timedelta(days=10)
    more = [MissionEnrollmentFactory(mission=cast.mission) for _ in range(3)]
    change_access(actor=cast.sre, mission_enrollments=more[:1], access="restricted", reason="Unpaid")
    change_access(actor=cast.sre, mission_enrollments=more[1:2], access="revoked", reason="Pause")
    attended(more[2], "PPPP", SUNDAY)
    leave_missions(actor=cast.sre, mission_enrollments=more[2:])
    attended(cast.enrolled, "PLAAEE", SUNDAY)
    DailyRecordFactory(mission_enrollment=cast.enrolled2, on=SUNDAY, kind="orientation")
    attended(MissionEnrollmentFactory(mission=MissionFactory(batch=cast.batch)), "AAAA", SUNDAY)
    for days in (-3, -1, 0, 2):
        due = clock.now() + timedelta(days=days)
        AssignmentFactory(mission=cast.mission, opens_at=due - timedelta(days=1), due_at=due)
    assert figures(cast) == MissionFigures(
        access={"full": 2, "restricted": 1, "revoked": 1},
        left=1,
        attendance_percent=75,  # 6 of 8: excused days and those of orientation do not count
        days=20,
        days_passed=9,
        assignments=4,
        assignments_due=3,
    )


@pytest.mark.parametrize(("starts", "passed"), [(1, 0), (0, 0), (-1, 1), (-400, 11)])
def test_days_passed_stay_within_the_mission(cast: SimpleNamespace, starts: int, passed: int) -> None:
    cast.mission.starts_on = SUNDAY + timedelta(days=starts)
    cast.mission.ends_on = cast.mission.starts_on + timedelta(days=10)
    assert (figures(cast).days, figures(cast).days_passed) == (11, passed)


def test_a_mission_without_a_day_has_no_rate(cast: SimpleNamespace) -> None:
    assert figures(cast).attendance_percent is None


def test_the_page_shows_them_at_constant_cost(cast: SimpleNamespace, as_: Callable) -> None:
    client, url = as_(cast.manager), f"/missions/{cast.mission.pk}/"
    attended(cast.enrolled, "PPA", SUNDAY - timedelta(days=1))
    client.get(url)

    def look() -> tuple[int, str]:
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(url)
        return len(captured), BeautifulSoup(answer.text, "html.parser").main.get_text(" ", strip=True)

    queries, text = look()
    assert "Attendance 67%" in text
    for _ in range(4):
        attended(MissionEnrollmentFactory(mission=cast.mission), "PPA", date(2026, 11, 21))
        AssignmentFactory(mission=cast.mission)
    assert look()[0] == queries
