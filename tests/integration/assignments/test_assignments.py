"""Setting work, and who sees which."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from sms.assignments.actions import create_assignment, edit_assignment, grant_extensions, set_instructions
from sms.assignments.models import Assignment
from sms.assignments.queries import next_deadlines, visible_to, work_of
from sms.audit.models import Event
from sms.core.problems import Refused
from sms.dashboards.performance import performance_of
from sms.programme.choices import MissionStatus
from tests.conftest import ORDINARY_MORNING
from tests.factories import AssignmentFactory, MissionFactory

NOW, DAY = ORDINARY_MORNING, timedelta(days=1)
POSTED = {
    "code": "day-18",
    "day": "18",
    "title": "Closures",
    "opens_at": "2026-11-22T00:00",
    "due_at": "2026-11-24T23:59",
    "max_points": "60",
    "way": "any",
    "accepts_late": "on",
    "late_until": "2026-11-30T23:59",
    "late_share": "80",
    "late_per_day": "10",
    "late_floor": "20",
    "instructions": "Read **all** of it. <script>alert(1)</script>",
}
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def test_setting_and_editing(cast: SimpleNamespace) -> None:
    fields = {"code": "day-1", "day": 1, "title": "Hello", "opens_at": NOW, "due_at": NOW + DAY}
    assignment = create_assignment(actor=cast.sre, mission=cast.mission, **fields)
    edit_assignment(actor=cast.manager, assignment=assignment, title="Hello, world")
    stored = Assignment.objects.get()
    assert (stored.mission, stored.code, stored.title, stored.max_points) == (cast.mission, "day-1", "Hello, world", 60)
    assert list(Event.objects.filter(subject_type="assignments.assignment").values_list("actor_id", "verb")) == [
        (cast.sre.pk, "created the assignment"),
        (cast.manager.pk, "edited the assignment"),
    ]
    with pytest.raises(Refused, match="This mission has an assignment with the code day-1 already"):
        create_assignment(actor=cast.sre, mission=cast.mission, **fields)


def test_students_see_those_of_their_running_missions(cast: SimpleNamespace) -> None:
    own = AssignmentFactory(mission=cast.mission)
    AssignmentFactory(mission=MissionFactory(batch=cast.batch))
    assert (list(visible_to(cast.student)), visible_to(cast.sre).count()) == ([own], 2)
    assert (list(visible_to(cast.mentor)), list(visible_to(cast.nobody))) == ([own], [])
    cast.mission.status = MissionStatus.UPCOMING
    cast.mission.save(update_fields=["status"])
    assert list(visible_to(cast.student)) == []


def test_deadlines_ahead_the_soonest_first(cast: SimpleNamespace) -> None:
    due = {name: NOW + delta for name, delta in {"later": 3 * DAY, "now": 0 * DAY, "soon": DAY, "over": -DAY}.items()}
    for name, moment in due.items():
        AssignmentFactory(mission=cast.mission, title=name, opens_at=NOW - 9 * DAY, due_at=moment)
    assert [assignment.title for assignment in next_deadlines([cast.enrolled])] == ["soon", "later"]
    assert [assignment.title for assignment in next_deadlines([cast.enrolled], limit=1)] == ["soon"]


def test_more_time_moves_a_deadline_for_whoever_has_it(cast: SimpleNamespace, as_: Callable) -> None:
    """On the home page, on the page of the student, and in how they do."""
    over = AssignmentFactory(mission=cast.mission, title="over", opens_at=NOW - 9 * DAY, due_at=NOW - DAY)
    AssignmentFactory(mission=cast.mission, title="soon", opens_at=NOW - 9 * DAY, due_at=NOW + DAY)
    grant_extensions(actor=cast.sre, rows=[(cast.enrolled.pk, over.pk, NOW + 2 * DAY, "Ill")])
    assert [(each.title, each.own_due_at) for each in next_deadlines([cast.enrolled])] == [
        ("soon", NOW + DAY),
        ("over", NOW + 2 * DAY),
    ]
    assert [each.title for each in next_deadlines([cast.enrolled2])] == ["soon"]
    assert "(more time)" in as_(cast.student).get("/dashboard/student/").text
    works = [[each.title for each in work_of(student).assignments] for student in (cast.enrolled, cast.enrolled2)]
    assert works == [[], ["over"]]
    found = {student: performance_of(student, cast.manager)[0].work for student in (cast.student, cast.student2)}
    assert [(each.due, each.next_due_at) for each in found.values()] == [(0, NOW + DAY), (1, NOW + DAY)]


def test_times_are_those_of_the_batch(cast: SimpleNamespace, as_: Callable) -> None:
    """Whatever timezone the person who enters them lives in."""
    cast.sre.timezone = "Europe/Berlin"
    cast.sre.save(update_fields=["timezone"])
    assert as_(cast.sre).post(f"/missions/{cast.mission.pk}/assignments/new/", POSTED).status_code == 302
    assignment = Assignment.objects.get()
    assert (assignment.opens_at, assignment.due_at) == (
        datetime(2026, 11, 21, 18, tzinfo=UTC),
        datetime(2026, 11, 24, 17, 59, tzinfo=UTC),
    )
    assert (assignment.late_until, assignment.late_share) == (datetime(2026, 11, 30, 17, 59, tzinfo=UTC), 80)
    page = BeautifulSoup(as_(cast.sre).get(f"/assignments/{assignment.pk}/edit/").text, "html.parser")
    assert page.find("input", attrs={"name": "due_at"})["value"] == "2026-11-24T23:59"
    assert page.find("textarea", attrs={"name": "instructions"}).text.strip() == POSTED["instructions"]


def test_instructions_are_shown_cleaned(cast: SimpleNamespace, as_: Callable) -> None:
    work = AssignmentFactory(mission=cast.mission)
    set_instructions(actor=cast.sre, assignment=work, text=POSTED["instructions"])
    set_instructions(actor=cast.sre, assignment=work, text=POSTED["instructions"] + "\n")
    assert Event.objects.filter(verb="changed the instructions of").count() == 1, "the same text changes nothing"
    page = BeautifulSoup(as_(cast.student).get(f"/assignments/{work.pk}/").text, "html.parser").main
    assert (page.find("strong").text, page.find("script")) == ("all", None)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"code": "day-1"}, "This mission has an assignment with the code day-1 already."),
        ({"due_at": "2026-11-21T00:00"}, "The assignment must be due after it opens."),
        ({"title": ""}, "This field is required."),
        ({"max_points": "-1"}, "greater than or equal to 0"),
        ({"late_floor": "90"}, "The lowest share of late work cannot be more than the share that it keeps."),
        ({"late_until": "2026-11-24T23:59"}, "Late work must be taken until after the due time."),
        ({"day": "40000"}, "less than or equal to 32767"),
    ],
)
def test_wrong_input(cast: SimpleNamespace, as_: Callable, wrong: dict, sentence: str) -> None:
    AssignmentFactory(mission=cast.mission, code="day-1")
    answer = as_(cast.sre).post(f"/missions/{cast.mission.pk}/assignments/new/", POSTED | wrong)
    page = BeautifulSoup(answer.text, "html.parser")
    assert (answer.status_code, sentence in page.main.get_text()) == (422, True)
    assert page.find("input", attrs={"name": "opens_at"})["value"] == "2026-11-22T00:00"
    assert Assignment.objects.count() == 1


@pytest.mark.parametrize(("due", "codes"), [("", ["over", "ahead"]), ("ahead", ["ahead"]), ("past", ["over"])])
def test_the_list(cast: SimpleNamespace, as_: Callable, due: str, codes: list[str]) -> None:
    AssignmentFactory(mission=cast.mission, code="over", opens_at=NOW - 2 * DAY, due_at=NOW)
    AssignmentFactory(mission=cast.mission, code="ahead", due_at=NOW + DAY)
    rows = as_(cast.sre).get(f"/assignments/?due={due}").context["table"].rows
    assert [row.record.code for row in rows] == codes


def test_the_filter_names_only_missions_in_sight(cast: SimpleNamespace, as_: Callable) -> None:
    AssignmentFactory(mission=cast.mission)
    AssignmentFactory(mission=MissionFactory(batch=cast.batch, title="Secret mission"))
    assert "Secret mission" not in as_(cast.student).get("/assignments/").text
