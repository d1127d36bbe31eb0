"""A new batch after the pattern of another: missions and rules come along, people do not."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sms.assignments.models import Assignment
from sms.attendance.actions import add_holiday, move_lock, set_policy
from sms.audit.models import Event
from sms.core.problems import Refused
from sms.points.actions import change_rules, change_settings
from sms.points.rates import Proposal
from sms.programme.actions import create_template, duplicate_batch
from sms.programme.models import Batch, Enrollment, Guidelines, Mission
from tests.factories import AssignmentFactory, MissionFactory

DHAKA = ZoneInfo("Asia/Dhaka")
LONDON = ZoneInfo("Europe/London")
pytestmark = pytest.mark.usefixtures("ordinary_morning")


@pytest.fixture
def pattern(cast: SimpleNamespace) -> SimpleNamespace:
    cast.batch.starts_on, cast.batch.ends_on = date(2026, 10, 1), date(2027, 1, 31)
    cast.batch.save()
    cast.mission.starts_on, cast.mission.ends_on, cast.mission.order = date(2026, 10, 5), date(2026, 11, 5), 1
    cast.mission.save()
    cast.git = MissionFactory(batch=cast.batch, code="git", title="Git", order=2, status="archived")
    set_policy(
        actor=None, mission=cast.mission, weekdays=[1, 2], opens_at=time(9), late_after=time(10), closes_at=time(11),
        grace=5, corrections_until_days=9, mentors_may_correct=True, mentors_until_days=3, streak_days=5,
    )  # fmt: skip
    move_lock(actor=None, mission=cast.mission, until=date(2026, 10, 6), reason="Reported")
    first, later = Proposal({"attendance.present": 7}), Proposal({"attendance.present": 8}, date(2026, 10, 15))
    for proposal in (first, later):
        change_rules(actor=cast.manager, mission=cast.mission, proposal=proposal)
    change_settings(
        actor=cast.manager, mission=cast.mission, has_leaderboard=True, leaderboard_size=5, manual_limit=None
    )
    add_holiday(actor=None, batch=cast.batch, on=date(2026, 10, 6), title="Holiday")
    Guidelines.objects.create(mission=cast.mission, do="Ask early", dont="Copy")
    AssignmentFactory(
        mission=cast.mission, code="day-1", day=1, title="First", max_points=40,
        opens_at=datetime(2026, 10, 6, 0, 0, tzinfo=DHAKA), due_at=datetime(2026, 10, 6, 23, 59, tzinfo=DHAKA),
    )  # fmt: skip
    create_template(actor=None, batch=cast.batch, title="All", access={cast.mission: "full", cast.git: "restricted"})
    return cast


def duplicate(cast: SimpleNamespace, **fields: object) -> Batch:
    fields = {"code": "b13", "title": "Batch 13", "starts_on": date(2027, 3, 1), "timezone": "Asia/Dhaka"} | fields
    return duplicate_batch(actor=cast.manager, batch=cast.batch, **fields)


def test_what_comes_along(pattern: SimpleNamespace) -> None:
    new = duplicate(pattern)
    shift = date(2027, 3, 1) - date(2026, 10, 1)
    assert (new.status, new.starts_on, new.ends_on) == ("draft", date(2027, 3, 1), date(2027, 1, 31) + shift)
    assert list(new.missions.values_list("code", "title", "order", "status", "starts_on", "ends_on")) == [
        ("js", "JavaScript basics", 1, "upcoming", date(2026, 10, 5) + shift, date(2026, 11, 5) + shift),
        ("git", "Git", 2, "upcoming", pattern.git.starts_on + shift, pattern.git.ends_on + shift),
    ]
    js = new.missions.get(code="js")
    assert (js.guidelines.do, js.guidelines.dont) == ("Ask early", "Copy")
    assert (js.attendance_policy.weekdays, str(js.attendance_policy)) == ([1, 2], "09:00–11:00")
    rules = (
        "grace",
        "corrections_until_days",
        "mentors_may_correct",
        "mentors_until_days",
        "streak_days",
        "locked_until",
    )
    assert [getattr(js.attendance_policy, name) for name in rules] == [5, 9, True, 3, 5, None]
    assert list(js.points_rules.order_by("pk").values_list("kind", "points", "effective_from")) == [
        ("attendance.present", 7, None),
        ("attendance.present", 8, date(2026, 10, 15) + shift),
    ]
    assert js.points_settings.has_leaderboard
    assert list(js.assignments.values_list("code", "day", "title", "max_points", "opens_at", "due_at")) == [
        (
            "day-1", 1, "First", 40,
            datetime(2027, 3, 6, 0, 0, tzinfo=DHAKA), datetime(2027, 3, 6, 23, 59, tzinfo=DHAKA),
        )
    ]  # fmt: skip
    [template] = new.enrollment_templates.all()
    assert [(item.mission.code, item.access) for item in template.items.all()] == [
        ("js", "full"),
        ("git", "restricted"),
    ]


def test_what_does_not(pattern: SimpleNamespace) -> None:
    before = Enrollment.objects.count(), Assignment.objects.filter(mission__batch=pattern.batch).count()
    new = duplicate(pattern)
    assert (new.enrollments.count(), new.holidays.count()) == (0, 0)
    assert (Enrollment.objects.count(), Assignment.objects.filter(mission__batch=pattern.batch).count()) == before
    assert Batch.objects.get(pk=pattern.batch.pk).title == "Batch 12"


def test_another_timezone_keeps_the_time_of_the_clock(pattern: SimpleNamespace) -> None:
    """Also across a shift of the clocks: 28 March 2027 begins the summer in London."""
    new = duplicate(pattern, timezone="Europe/London", starts_on=date(2027, 3, 25))
    [work] = Assignment.objects.filter(mission__batch=new)
    assert work.due_at.astimezone(LONDON) == datetime(2027, 3, 30, 23, 59, tzinfo=LONDON)
    assert work.due_at.astimezone(LONDON).utcoffset() == timedelta(hours=1)


def test_a_code_that_is_taken_copies_nothing(pattern: SimpleNamespace) -> None:
    before = Mission.objects.count(), Event.objects.count()
    with pytest.raises(Refused, match="A batch with the code batch-12 exists already"):
        duplicate(pattern, code="batch-12")
    assert (Mission.objects.count(), Event.objects.count()) == before


def test_more_missions_cost_no_more_statements(pattern: SimpleNamespace) -> None:
    def statements(code: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            duplicate(pattern, code=code)
        return len(captured)

    few = statements("b13")
    for number in range(5):
        AssignmentFactory(mission=MissionFactory(batch=pattern.batch, code=f"more-{number}"))
    assert statements("b14") == few


class TestInTheBrowser:
    POSTED = {"code": "b13", "title": "Batch 13", "starts_on": "2027-03-01", "timezone": "Asia/Dhaka"}

    def test_it_leads_to_the_new_batch(self, pattern: SimpleNamespace, as_: Callable) -> None:
        url = f"/batches/{pattern.batch.pk}/duplicate/"
        answer = as_(pattern.manager).post(url, self.POSTED)
        assert answer["Location"] == f"/batches/{Batch.objects.get(code='b13').pk}/"
        again = as_(pattern.manager).post(url, self.POSTED)
        assert (again.status_code, Batch.objects.count()) == (422, 2)

    @pytest.mark.parametrize(
        "wrong", [{"starts_on": "soon"}, {"code": "batch-12"}, {"timezone": "Mars"}, {"title": ""}]
    )
    def test_wrong_ones(self, pattern: SimpleNamespace, as_: Callable, wrong: dict) -> None:
        answer = as_(pattern.manager).post(f"/batches/{pattern.batch.pk}/duplicate/", self.POSTED | wrong)
        assert (answer.status_code, Batch.objects.count()) == (422, 1)
