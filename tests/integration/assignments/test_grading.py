"""Giving grades: by hand and by file, again and again, and at the same moment."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from sms.assignments.actions import (
    Criterion,
    GradedMeanwhile,
    change_submissions,
    grade_submission,
    hold_grades,
    record_submissions,
    remove_submissions,
    set_rubric,
)
from sms.assignments.models import Assignment, Grade, GradePart, GradeRelease, Submission
from sms.audit.models import Event
from sms.core.problems import Refused
from sms.points.models import RecalculationRequest
from sms.programme.actions import duplicate_batch
from tests.conftest import ORDINARY_MORNING
from tests.factories import AssignmentFactory, MissionEnrollmentFactory

NOW, DAY = ORDINARY_MORNING, timedelta(days=1)
RUBRIC = [Criterion(None, "It runs", 30, "Without an error."), Criterion(None, "It reads well", 20)]
pytestmark = pytest.mark.usefixtures("ordinary_morning")


@pytest.fixture
def work(cast: SimpleNamespace) -> SimpleNamespace:
    """An assignment of 60 points, for which both students handed in something; `student2` the earlier."""
    assignment = AssignmentFactory(mission=cast.mission, title="Closures", code="one")
    submit(cast.sre, assignment, cast.enrolled.pk, NOW - DAY)
    submit(cast.sre, assignment, cast.enrolled2.pk, NOW - 2 * DAY)
    RecalculationRequest.objects.all().delete()
    return SimpleNamespace(
        assignment=assignment, own=cast.enrolled.submissions.get(), other=cast.enrolled2.submissions.get()
    )


def submit(actor: object, assignment: Assignment, student: int, at: object, grade: Any = None) -> None:
    record_submissions(actor=actor, rows=[(student, assignment.pk, at, grade)])


def history(submission: Submission) -> list[tuple]:
    """Oldest first."""
    fields = ("percent", "source", "graded_by_id", "reason", "is_current")
    return list(submission.grades.order_by("pk").values_list(*fields))


def out(submission: Submission) -> Decimal | None:
    return Submission.objects.get(pk=submission.pk).grade


def with_rubric(cast: SimpleNamespace, work: SimpleNamespace) -> list[int]:
    set_rubric(actor=cast.sre, assignment=work.assignment, criteria=RUBRIC)
    return list(work.assignment.criteria.values_list("pk", flat=True))


class TestByHand:
    def test_grading_and_grading_again(self, cast: SimpleNamespace, work: SimpleNamespace) -> None:
        first = grade_submission(actor=cast.mentor, submission=work.own, seen=None, percent=Decimal(70), comment="Good")
        with pytest.raises(Refused, match="Say why you grade this again"):
            grade_submission(actor=cast.mentor, submission=work.own, seen=first.pk, percent=Decimal(80))
        grade_submission(actor=cast.sre, submission=work.own, seen=first.pk, percent=Decimal(80), reason="Miscounted")
        assert history(work.own) == [
            (70, "hand", cast.mentor.pk, "", False),
            (80, "hand", cast.sre.pk, "Miscounted", True),
        ]
        assert out(work.own) == 80
        assert set(RecalculationRequest.objects.values_list("mission_enrollment_id", flat=True)) == {cast.enrolled.pk}
        events = Event.objects.filter(verb="graded").order_by("pk").values_list("actor_id", "subject_id", "data")
        assert list(events) == [
            (cast.mentor.pk, work.own.pk, {"after": "70%", "reason": ""}),
            (cast.sre.pk, work.own.pk, {"before": "70%", "after": "80%", "reason": "Miscounted"}),
        ]

    def test_by_the_rubric(self, cast: SimpleNamespace, work: SimpleNamespace) -> None:
        runs, reads = with_rubric(cast, work)
        give = {"actor": cast.mentor, "submission": work.own, "seen": None}
        for wrong, sentence in (
            ({"percent": Decimal(70)}, "The rubric was changed meanwhile"),
            ({"points": {runs: Decimal(30)}}, "The rubric was changed meanwhile"),
            ({"points": {runs: Decimal(30), reads: Decimal("20.5")}}, "no more than it has"),
        ):
            with pytest.raises(Refused, match=sentence):
                grade_submission(**give, **wrong)
        grade = grade_submission(**give, points={runs: Decimal("22.5"), reads: Decimal(11)})
        assert (grade.percent, out(work.own)) == (67, 67)
        assert list(GradePart.objects.order_by("criterion__order").values_list("criterion", "points")) == [
            (runs, Decimal("22.5")),
            (reads, 11),
        ]

    @pytest.mark.parametrize("percent", [None, Decimal(-1), Decimal("100.01")])
    def test_what_is_no_grade(self, cast: SimpleNamespace, work: SimpleNamespace, percent: Decimal | None) -> None:
        with pytest.raises(Refused, match="a percentage from 0 to 100"):
            grade_submission(actor=cast.mentor, submission=work.own, seen=None, percent=percent)
        assert not Grade.objects.exists()

    def test_two_at_once_give_one_current_grade(self, cast: SimpleNamespace, work: SimpleNamespace) -> None:
        grade = grade_submission(actor=cast.mentor2, submission=work.own, seen=None, percent=Decimal(80))
        with pytest.raises(GradedMeanwhile, match="Graded meanwhile by Imran Kabir: 80%") as refusal:
            grade_submission(actor=cast.mentor, submission=work.own, seen=None, percent=Decimal(20))
        assert (refusal.value.grade, history(work.own)) == (grade, [(80, "hand", cast.mentor2.pk, "", True)])

    def test_a_grade_stands_as_it_was_given(self, cast: SimpleNamespace, work: SimpleNamespace) -> None:
        grade = grade_submission(actor=cast.mentor, submission=work.own, seen=None, percent=Decimal(80))
        for change in ({"percent": 90}, {"comment": "Other"}, {"submission": work.other}):
            with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
                Grade.objects.filter(pk=grade.pk).update(**change)
        Grade.objects.filter(pk=grade.pk).update(is_current=False)
        with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
            Grade.objects.filter(pk=grade.pk).update(is_current=True)
        fields = {"submission": work.other, "source": "hand", "graded_at": NOW, "percent": 50}
        Grade.objects.create(**fields)
        with pytest.raises(IntegrityError, match="assignments_one_current_grade"), transaction.atomic():
            Grade.objects.create(**fields)


@pytest.mark.django_db(transaction=True)
def test_twenty_grade_one_submission_at_once(cast: SimpleNamespace, at_once: Callable) -> None:
    assignment = AssignmentFactory(mission=cast.mission)
    submit(cast.sre, assignment, cast.enrolled.pk, NOW)
    submission = Submission.objects.get()

    def give(percent: int) -> bool:
        try:
            grade_submission(actor=cast.mentor, submission=submission, seen=None, percent=Decimal(percent))
        except GradedMeanwhile:
            return False
        return True

    results = at_once(give, range(20))
    assert results.count(True) == 1
    assert history(submission) == [(results.index(True), "hand", cast.mentor.pk, "", True)]
    assert out(submission) == results.index(True)


class TestByFile:
    def test_each_change_stands_in_the_history(self, cast: SimpleNamespace, work: SimpleNamespace) -> None:
        key = (cast.enrolled.pk, work.assignment.pk)
        for grade in (Decimal(40), Decimal(40), Decimal("62.5"), None):
            change_submissions(actor=cast.sre, rows=[(*key, NOW, grade)])
        assert history(work.own) == [
            (40, "file", cast.sre.pk, "", False),
            (Decimal("62.5"), "file", cast.sre.pk, "", False),
            (None, "file", cast.sre.pk, "", True),
        ]
        assert out(work.own) is None
        assert remove_submissions(actor=cast.sre, keys=[key]) == 1
        assert not Grade.objects.exists()

    def test_what_was_graded_by_hand_is_not_removed(self, cast: SimpleNamespace, work: SimpleNamespace) -> None:
        grade_submission(actor=cast.mentor, submission=work.own, seen=None, percent=Decimal(80))
        keys = [(student.pk, work.assignment.pk) for student in (cast.enrolled, cast.enrolled2)]
        with pytest.raises(Refused, match="1 of these submissions was graded by hand and stays"):
            remove_submissions(actor=cast.sre, keys=keys)
        assert Submission.objects.count() == 2

    def test_more_cost_no_more_statements(self, cast: SimpleNamespace) -> None:
        assignment = AssignmentFactory(mission=cast.mission)
        students = [each.pk for each in MissionEnrollmentFactory.create_batch(12, mission=cast.mission)]

        def statements(keys: list[int], grade: int) -> int:
            with CaptureQueriesContext(connection) as captured:
                record_submissions(actor=cast.sre, rows=[(key, assignment.pk, NOW, grade) for key in keys])
                change_submissions(actor=cast.sre, rows=[(key, assignment.pk, NOW, grade + 1) for key in keys])
                remove_submissions(actor=cast.sre, keys=[(key, assignment.pk) for key in keys])
            return len(captured)

        assert statements(students[:1], 50) == statements(students[1:], 60)

    def test_what_was_recorded_before_there_was_a_history(self, cast: SimpleNamespace, work: SimpleNamespace) -> None:
        Submission.objects.filter(pk=work.own.pk).update(grade=55)
        with connection.cursor() as cursor:
            cursor.execute(import_module("sms.assignments.migrations.0005_grading").FILL)
        assert (history(work.own), history(work.other)) == ([(55, "file", cast.sre.pk, "", True)], [])


class TestRubric:
    def test_is_set_changed_and_taken_away(self, cast: SimpleNamespace, work: SimpleNamespace) -> None:
        runs, reads = with_rubric(cast, work)
        swapped = [Criterion(reads, "Readable", 10), Criterion(None, "Tested", 5), Criterion(runs, "It runs", 30)]
        set_rubric(actor=cast.manager, assignment=work.assignment, criteria=swapped)
        fields = ("order", "title", "points", "description")
        assert list(work.assignment.criteria.values_list(*fields)) == [
            (1, "Readable", 10, ""),
            (2, "Tested", 5, ""),
            (3, "It runs", 30, ""),
        ]
        set_rubric(actor=cast.manager, assignment=work.assignment, criteria=[])
        assert not work.assignment.criteria.exists()
        with pytest.raises(Refused, match="changed this rubric meanwhile"):
            set_rubric(actor=cast.sre, assignment=work.assignment, criteria=swapped)

    def test_only_its_words_change_once_it_was_used(self, cast: SimpleNamespace, work: SimpleNamespace) -> None:
        runs, reads = with_rubric(cast, work)
        points = {runs: Decimal(30), reads: Decimal(20)}
        grade_submission(actor=cast.mentor, submission=work.own, seen=None, points=points)
        kept = [Criterion(runs, "It works", 30), Criterion(reads, "It reads well", 20)]
        for wrong in (kept[:1], [*kept, Criterion(None, "More", 5)], [kept[0], Criterion(reads, "It reads well", 21)]):
            with pytest.raises(Refused, match="its criteria and their points stand"):
                set_rubric(actor=cast.sre, assignment=work.assignment, criteria=wrong)
        set_rubric(actor=cast.sre, assignment=work.assignment, criteria=kept)
        assert list(work.assignment.criteria.values_list("title", "points")) == [
            ("It works", 30),
            ("It reads well", 20),
        ]

    def test_the_editor(self, cast: SimpleNamespace, work: SimpleNamespace, as_: Callable) -> None:
        url = f"/assignments/{work.assignment.pk}/rubric/"
        data = {"criteria-TOTAL_FORMS": "3", "criteria-INITIAL_FORMS": "0", "criteria-0-title": "It runs"}
        missing = as_(cast.sre).post(url, data)
        assert (missing.status_code, "This field is required." in missing.text) == (422, True)
        more = as_(cast.sre).post(url, data | {"criteria-0-points": "30", "more": "1"})
        assert (more.status_code, more.text.count('name="criteria-5-title"'), 'value="It runs"' in more.text) == (200, 1, True)  # fmt: skip
        assert not work.assignment.criteria.exists()
        assert as_(cast.sre).post(url, data | {"criteria-0-points": "30"}).status_code == 302
        criterion = work.assignment.criteria.get()
        assert (criterion.title, criterion.points) == ("It runs", 30)
        data |= {"criteria-INITIAL_FORMS": "1", "criteria-0-pk": str(criterion.pk), "criteria-0-points": "30"}
        assert as_(cast.sre).post(url, data | {"criteria-0-DELETE": "on"}).status_code == 302
        assert not work.assignment.criteria.exists()
        gone = as_(cast.sre).post(url, data)
        assert (gone.status_code, "Somebody else has changed this rubric meanwhile." in gone.text) == (422, True)

    def test_a_duplicated_batch_gets_it(self, cast: SimpleNamespace, work: SimpleNamespace) -> None:
        with_rubric(cast, work)
        hold_grades(actor=cast.sre, assignment=work.assignment)
        AssignmentFactory(mission=cast.mission, code="plain")
        batch = duplicate_batch(
            actor=cast.manager, batch=cast.batch, code="batch-13", title="Batch 13",
            starts_on=cast.batch.starts_on, timezone="Asia/Dhaka",
        )  # fmt: skip
        one, plain = Assignment.objects.filter(mission__batch=batch).order_by("code")
        assert list(one.criteria.values_list("order", "title", "points", "description")) == [
            (1, "It runs", 30, "Without an error."),
            (2, "It reads well", 20, ""),
        ]
        assert (one.grade_release.released_at, plain.criteria.count()) == (None, 0)
        assert list(GradeRelease.objects.values_list("assignment", flat=True).order_by("pk")) == [work.assignment.pk, one.pk]  # fmt: skip


class TestThePage:
    def test_a_mentor_grades_on_and_on(self, cast: SimpleNamespace, work: SimpleNamespace, as_: Callable) -> None:
        """Only what their own students handed in, the oldest first."""
        later = AssignmentFactory(mission=cast.mission, title="Promises")
        submit(cast.sre, later, cast.enrolled.pk, NOW)
        second = later.submissions.get()
        rows = as_(cast.mentor).get("/grading/").context["table"].rows
        assert [row.record for row in rows] == [work.own, second]
        assert next(row.record for row in as_(cast.sre).get("/grading/").context["table"].rows) == work.other
        assert as_(cast.mentor).get(f"/grading/{work.other.pk}/").status_code == 404
        posted = {"mark": "45", "unit": "points", "comment": "Well *done*", "private_note": "Had help"}
        answer = as_(cast.mentor).post(f"/grading/{work.own.pk}/", posted)
        assert (answer.status_code, answer["Location"], out(work.own)) == (302, f"/grading/{second.pk}/", 75)
        answer = as_(cast.mentor).post(
            f"/grading/{second.pk}/?assignment={later.pk}", {"mark": "90", "unit": "percent"}
        )
        assert answer["Location"] == f"/grading/?assignment={later.pk}"
        assert "Nothing matches" in as_(cast.mentor).get(answer["Location"]).text
        assert as_(cast.mentor).get("/grading/").context["table"].paginator.count == 0

    def test_posted_twice(self, cast: SimpleNamespace, work: SimpleNamespace, as_: Callable) -> None:
        answers = [as_(cast.mentor).post(f"/grading/{work.own.pk}/", {"mark": "70"}).status_code for _ in range(2)]
        assert (answers, len(history(work.own))) == ([422, 422], 0)  # without a unit it is not clear what 70 means
        data = {"mark": "70", "unit": "percent"}
        answers = [as_(cast.mentor).post(f"/grading/{work.own.pk}/", data).status_code for _ in range(2)]
        assert (answers, len(history(work.own))) == ([302, 422], 1)

    def test_graded_meanwhile_nothing_typed_is_lost(
        self, cast: SimpleNamespace, work: SimpleNamespace, as_: Callable
    ) -> None:
        grade = grade_submission(actor=cast.sre, submission=work.own, seen=None, percent=Decimal(80))
        url = f"/grading/{work.own.pk}/"
        data = {"seen": "", "mark": "40", "unit": "percent", "comment": "Half of it", "private_note": "Ask"}
        answer = as_(cast.mentor).post(url, data)
        page = BeautifulSoup(answer.text, "html.parser").main
        assert (answer.status_code, "Graded meanwhile by Nusrat Rahman: 80%" in page.text) == (422, True)
        form = {field["name"]: field.get("value", field.text.strip()) for field in page.form.find_all(["input", "textarea"]) if field.get("type") != "radio"}  # fmt: skip
        assert {name: form[name] for name in ("seen", "mark", "comment", "private_note", "reason")} == {
            "seen": str(grade.pk),
            "mark": "40",
            "comment": "Half of it",
            "private_note": "Ask",
            "reason": "",
        }
        assert len(history(work.own)) == 1
        assert as_(cast.mentor).post(url, data | {"seen": grade.pk, "reason": "Copied"}).status_code == 302
        assert [(percent, reason) for percent, _s, _by, reason, _c in history(work.own)] == [(80, ""), (40, "Copied")]

    def test_the_total_counts_what_is_valid_so_far(
        self, cast: SimpleNamespace, work: SimpleNamespace, as_: Callable
    ) -> None:
        runs, reads = with_rubric(cast, work)
        client = as_(cast.mentor, htmx=True)
        url = f"/grading/{work.own.pk}/total/"
        for typed, total in ((("", ""), "0 of 50"), (("10.5", ""), "10.5 of 50"), (("10.5", "21"), "10.5 of 50"), (("30", "20"), "50 of 50")):  # fmt: skip
            query = {f"criterion-{runs}": typed[0], f"criterion-{reads}": typed[1]}
            assert total in client.get(url, query).text, typed

    def test_nobody_grades_themself(self, cast: SimpleNamespace, work: SimpleNamespace, as_: Callable) -> None:
        cast.student.groups.add(*cast.sre.groups.all())
        assert as_(cast.student).get(f"/grading/{work.other.pk}/").status_code == 200
        assert as_(cast.student).get(f"/grading/{work.own.pk}/").status_code == 404
