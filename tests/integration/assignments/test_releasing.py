"""What students may see of grades, and when: held, released together, taken back."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sms.assignments.actions import (
    Criterion,
    grade_submission,
    hold_grades,
    record_submissions,
    release_grades,
    set_rubric,
)
from sms.assignments.models import Grade, Submission
from sms.assignments.queries import figures_of
from sms.audit.models import Event
from sms.core.problems import Refused
from sms.data_exchange.exporting import export_rows
from sms.points.models import RecalculationRequest
from tests.conftest import ORDINARY_MORNING
from tests.factories import AssignmentFactory, MissionEnrollmentFactory
from tests.integration.data_exchange.helpers import applied, counts, finish, messages, planned, undo_of

NOW, DAY = ORDINARY_MORNING, timedelta(days=1)
NOTE = "Probably copied from a friend"
pytestmark = pytest.mark.usefixtures("ordinary_morning")


@pytest.fixture
def held(cast: SimpleNamespace) -> SimpleNamespace:
    """An assignment that holds its grades; both students handed in, and `student` has 73.21 by its rubric."""
    assignment = AssignmentFactory(mission=cast.mission, title="Closures", code="one")
    set_rubric(actor=cast.sre, assignment=assignment, criteria=[Criterion(None, "Elegance of the loop", 10_000)])
    hold_grades(actor=cast.sre, assignment=assignment)
    students = (cast.enrolled.pk, cast.enrolled2.pk)
    record_submissions(actor=cast.sre, rows=[(key, assignment.pk, NOW - DAY, None) for key in students])
    own = cast.enrolled.submissions.get()
    points = {assignment.criteria.get().pk: Decimal(7321)}
    grade_submission(
        actor=cast.mentor, submission=own, seen=None, points=points, comment="Well **done**", private_note=NOTE
    )
    RecalculationRequest.objects.all().delete()
    return SimpleNamespace(assignment=assignment, own=own)


def out() -> dict[int, Decimal | None]:
    return dict(Submission.objects.values_list("mission_enrollment_id", "grade"))


def requested() -> set[int]:
    return set(RecalculationRequest.objects.values_list("mission_enrollment_id", flat=True))


def seen_by_student(cast: SimpleNamespace, assignment: object, as_: Callable) -> str:
    """All that the student's pages, fragments and files say."""
    client, fragment = as_(cast.student), as_(cast.student, htmx=True)
    urls = [
        "/assignments/",
        "/assignments/?_export=csv",
        f"/assignments/{assignment.pk}/",
        "/dashboard/student/",
        f"/points/{cast.enrolled.pk}/",
        f"/assignments/{assignment.pk}/grade/",
    ]
    answers = [client.get(url) for url in urls] + [fragment.get("/assignments/", headers={"HX-Target": "list"})]
    return "".join(b"".join(each.streaming_content).decode() if each.streaming else each.text for each in answers)


def test_what_is_held_reaches_no_student(cast: SimpleNamespace, held: SimpleNamespace, as_: Callable) -> None:
    url = f"/assignments/{held.assignment.pk}/grade/"
    text = seen_by_student(cast, held.assignment, as_)
    for secret in ("73.21", "Elegance", "7321", "done", NOTE, "See the grade"):
        assert secret not in text, secret
    assert (as_(cast.student).get(url).status_code, out()) == (404, {cast.enrolled.pk: None, cast.enrolled2.pk: None})
    assert requested() == set()
    release_grades(actor=cast.sre, assignment=held.assignment)
    text = seen_by_student(cast, held.assignment, as_)
    for shown in ("73.21%", "Elegance of the loop", "7321 of 10000", "<strong>done</strong>", "See the grade"):
        assert shown in text, shown
    assert NOTE not in text
    # The other student has none, and nobody sees that of somebody else.
    assert as_(cast.student2).get(url).status_code == 404
    mentor = as_(cast.mentor).get(f"/grading/{held.own.pk}/").text
    assert NOTE in mentor
    # Someone who was the student's mentor, and guides others now, reads no note of theirs.
    assert as_(cast.mentor2).get(f"/grading/{held.own.pk}/").status_code == 404


def test_release_and_back(cast: SimpleNamespace, held: SimpleNamespace) -> None:
    mark = Decimal("73.21")
    assert release_grades(actor=cast.sre, assignment=held.assignment) == 1
    assert (out(), requested()) == ({cast.enrolled.pk: mark, cast.enrolled2.pk: None}, {cast.enrolled.pk})
    with pytest.raises(Refused, match="out already"):
        release_grades(actor=cast.sre, assignment=held.assignment)
    later = cast.enrolled2.submissions.get()
    points = {held.assignment.criteria.get().pk: Decimal(5000)}
    grade_submission(actor=cast.mentor2, submission=later, seen=None, points=points)
    assert out() == {cast.enrolled.pk: mark, cast.enrolled2.pk: 50}
    with pytest.raises(Refused, match="Say why you take them back"):
        hold_grades(actor=cast.sre, assignment=held.assignment, reason=" ")
    RecalculationRequest.objects.all().delete()
    assert hold_grades(actor=cast.manager, assignment=held.assignment, reason="Wrong key") == 2
    assert (set(out().values()), requested()) == ({None}, {cast.enrolled.pk, cast.enrolled2.pk})
    with pytest.raises(Refused, match="held already"):
        hold_grades(actor=cast.sre, assignment=held.assignment, reason="Again")
    assert release_grades(actor=cast.sre, assignment=held.assignment) == 2
    assert out() == {cast.enrolled.pk: mark, cast.enrolled2.pk: 50}
    verbs = Event.objects.filter(verb__endswith="the grades of").order_by("pk").values_list("actor_id", "verb", "data")
    assert list(verbs) == [
        (cast.sre.pk, "held the grades of", {"students": 0, "reason": ""}),
        (cast.sre.pk, "released the grades of", {"students": 1}),
        (cast.manager.pk, "held the grades of", {"students": 2, "reason": "Wrong key"}),
        (cast.sre.pk, "released the grades of", {"students": 2}),
    ]


def test_releasing_more_costs_no_more_statements(cast: SimpleNamespace) -> None:
    def statements(students: int) -> int:
        assignment = AssignmentFactory(mission=cast.mission)
        hold_grades(actor=cast.sre, assignment=assignment)
        keys = [each.pk for each in MissionEnrollmentFactory.create_batch(students, mission=cast.mission)]
        record_submissions(actor=cast.sre, rows=[(key, assignment.pk, NOW, 60) for key in keys])
        with CaptureQueriesContext(connection) as captured:
            assert release_grades(actor=cast.sre, assignment=assignment) == students
        return len(captured)

    assert statements(1) == statements(7)


@pytest.mark.django_db(transaction=True)
def test_grading_while_they_are_released(cast: SimpleNamespace, at_once: Callable) -> None:
    """Whoever comes first: afterwards every grade that was given is out."""
    assignment = AssignmentFactory(mission=cast.mission)
    hold_grades(actor=cast.sre, assignment=assignment)
    students = [each.pk for each in MissionEnrollmentFactory.create_batch(8, mission=cast.mission)]
    record_submissions(actor=cast.sre, rows=[(key, assignment.pk, NOW, None) for key in students])

    def act(submission: Submission | None) -> None:
        if submission is None:
            release_grades(actor=cast.sre, assignment=assignment)
        else:
            grade_submission(actor=cast.sre, submission=submission, seen=None, percent=Decimal(80))

    at_once(act, [*assignment.submissions.all(), None])
    assert (Grade.objects.count(), set(out().values())) == (8, {80})


FILE = "email,batch,mission,assignment,submitted at,grade\nstudent2@example.com,batch-12,js,one,,{grade}\n"


def test_a_file_is_held_as_well(cast: SimpleNamespace, held: SimpleNamespace) -> None:
    """Pasting again changes nothing, and an export, which tells only what is out, reads back as no change."""
    run = planned("submissions", FILE.format(grade=64), actor=cast.sre)
    sentence = "Students see it when the grades of this assignment are released."
    assert (counts(run), messages(run)) == ({"changed": 1, "warned": 1}, [(2, "grade", sentence)])
    finish(run, actor=cast.sre)
    assert out()[cast.enrolled2.pk] is None
    assert counts(planned("submissions", FILE.format(grade=64), actor=cast.sre)) == {"unchanged": 1}
    exported = [row[5] for row in export_rows("submissions", cast.sre, {"assignment": "one"})]
    assert exported == ["grade", "", ""]
    text = "\n".join(",".join(row) for row in export_rows("submissions", cast.sre, {}))
    assert counts(planned("submissions", text, actor=cast.sre)) == {"unchanged": 2}
    release_grades(actor=cast.sre, assignment=held.assignment)
    assert out() == {cast.enrolled.pk: Decimal("73.21"), cast.enrolled2.pk: 64}
    text = "\n".join(",".join(row) for row in export_rows("submissions", cast.sre, {}))
    assert counts(planned("submissions", text, actor=cast.sre)) == {"unchanged": 2}
    finish(undo_of(run, actor=cast.sre), actor=cast.sre)
    history = Grade.objects.filter(submission__mission_enrollment=cast.enrolled2).order_by("pk")
    assert ([grade.percent for grade in history], out()[cast.enrolled2.pk]) == ([64, None], None)


def test_an_undo_keeps_what_was_graded_by_hand_since(cast: SimpleNamespace) -> None:
    """Edited since, or graded anew with the same result: what somebody looked at stays."""
    AssignmentFactory(mission=cast.mission, code="one")
    run = applied("submissions", FILE.format(grade=64), actor=cast.sre)
    submission = Submission.objects.get()
    first = submission.grades.get()
    grade_submission(
        actor=cast.mentor2, submission=submission, seen=first.pk, percent=Decimal(64), reason="Looked at it"
    )
    undo = undo_of(run, actor=cast.sre)
    assert [sentence for *_where, sentence in messages(undo)] == ["It has been graded by hand since, and stays."]
    assert (counts(undo), out()) == ({"kept": 1}, {cast.enrolled2.pk: 64})


class TestThePage:
    def test_release_and_take_back(self, cast: SimpleNamespace, held: SimpleNamespace, as_: Callable) -> None:
        base = f"/assignments/{held.assignment.pk}/grades/"
        client = as_(cast.manager)
        text = BeautifulSoup(client.get(base).text, "html.parser").main.get_text(" ", strip=True)
        assert "Release 1 grade" in text
        assert "70–79%" in text
        answers = [client.post(f"{base}release/", follow=True).text for _ in range(2)]
        assert "1 student sees a grade now." in answers[0]
        assert "The grades of this assignment are out already." in answers[1]
        refused = client.post(f"{base}hold/", {"reason": ""})
        assert (refused.status_code, "Say why you take them back" in refused.text) == (422, True)
        assert client.post(f"{base}hold/", {"reason": "Wrong key"}).status_code == 302
        assert set(out().values()) == {None}

    def test_the_figures_count_what_is_held(self, cast: SimpleNamespace, held: SimpleNamespace) -> None:
        figures = figures_of(held.assignment)
        assert (figures.handed_in, figures.graded, figures.waiting) == (2, 1, 1)
        assert figures.bands == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0]
        record_submissions(
            actor=cast.sre,
            rows=[
                (MissionEnrollmentFactory(mission=cast.mission).pk, held.assignment.pk, NOW, grade)
                for grade in (0, Decimal("9.99"), 10, Decimal("99.5"), 100)
            ],
        )
        assert figures_of(held.assignment).bands == [2, 1, 0, 0, 0, 0, 0, 1, 0, 2]

    def test_staff_see_what_is_held_among_the_submissions(
        self, cast: SimpleNamespace, held: SimpleNamespace, as_: Callable
    ) -> None:
        base = f"/assignments/{held.assignment.pk}/submissions/"
        text = as_(cast.sre).get(base).text
        assert "73.21%" in text
        assert "held" in text
        for asked, rows in (("true", ["Arif Rahman"]), ("false", ["Tanvir Hasan"])):
            found = as_(cast.sre).get(f"{base}?graded={asked}").context["table"].rows
            assert [row.record.mission_enrollment.student.name for row in found] == rows

    def test_the_grading_sheet(self, cast: SimpleNamespace, held: SimpleNamespace, as_: Callable) -> None:
        other = AssignmentFactory(mission=cast.mission, code="two")
        record_submissions(actor=cast.sre, rows=[(cast.enrolled.pk, other.pk, NOW, 11)])
        page = BeautifulSoup(as_(cast.sre).get(f"/assignments/{held.assignment.pk}/grades/").text, "html.parser")
        form = page.find("form", attrs={"data-download": True})
        data = {field["name"]: field["value"] for field in form.find_all("input", attrs={"type": "hidden"})}
        answer = as_(cast.sre).post(form["action"], data | {"file_format": "csv"})
        lines = b"".join(answer.streaming_content).decode().splitlines()
        assert [line.split(",")[3] for line in lines] == ["assignment", "one", "one"]
        assert "Download the grading sheet" not in as_(cast.manager).get(f"/assignments/{held.assignment.pk}/grades/").text  # fmt: skip
