"""A mentor grades by the rubric without a mouse, an SRE releases, and the student reads it."""

import pytest
from playwright.sync_api import expect

from sms.assignments.actions import Criterion, hold_grades, record_submissions, set_rubric
from sms.core import clock
from sms.points.actions import take_requests
from tests.e2e.conftest import DESKTOP
from tests.factories import AssignmentFactory, MissionEnrollmentFactory, StudentFactory, guided_by


@pytest.fixture(autouse=True)
def _morning(ordinary_morning):
    """The clock of the cast."""


@pytest.fixture
def work(cast):
    """Two of the mentor's students have handed in; the grades are held."""
    assignment = AssignmentFactory(mission=cast.mission, title="Closures")
    second = MissionEnrollmentFactory(mission=cast.mission, student=StudentFactory(name="Nila Akter"))
    guided_by(cast.mentor, second)
    criteria = [Criterion(None, "It runs", 30, "Without an error."), Criterion(None, "It reads well", 20)]
    set_rubric(actor=cast.sre, assignment=assignment, criteria=criteria)
    hold_grades(actor=cast.sre, assignment=assignment)
    for student in (cast.enrolled, second):
        record_submissions(actor=cast.sre, rows=[(student.pk, assignment.pk, clock.now(), None)])
    take_requests()
    return assignment


def test_grading_by_keyboard_then_released(cast, work, visit):
    mentor = visit(cast.mentor, size=DESKTOP)
    mentor.goto("/grading/")
    expect(mentor.get_by_role("link", name="Grading 2")).to_be_visible()
    mentor.get_by_role("link", name="Start").press("Enter")
    for student, runs, reads, total in (("Arif Rahman", "25", "15.5", "40.5 of 50"), ("Nila Akter", "10", "5", "15 of 50")):  # fmt: skip
        expect(mentor.get_by_role("heading", name=student)).to_be_visible()
        expect(mentor.get_by_label("It runs, of 30")).to_be_focused()
        mentor.keyboard.type(runs)
        mentor.keyboard.press("Tab")
        mentor.keyboard.type(reads)
        expect(mentor.locator("#grading-total")).to_have_text(f"{total} points")
        mentor.keyboard.press("Enter")
    expect(mentor.get_by_text("Nothing waits for a grade")).to_be_visible()

    student = visit(cast.student)
    student.goto("/assignments/")
    student.get_by_role("link", name="Closures").click()
    expect(student.get_by_text("Your work")).to_be_visible()
    expect(student.get_by_text("See the grade")).to_have_count(0)

    sre = visit(cast.sre, size=DESKTOP)
    sre.goto(f"/assignments/{work.pk}/grades/")
    sre.get_by_role("button", name="Release 2 grades").click()
    sre.get_by_role("dialog").get_by_role("button", name="Release 2 grades").click()
    expect(sre.get_by_text("2 students see their grades now.")).to_be_visible()

    student.reload()
    student.get_by_role("link", name="See the grade").click()
    expect(student.get_by_text("81%")).to_be_visible()
    expect(student.get_by_text("15.5 of 20")).to_be_visible()


def test_the_next_one_by_a_key_and_all_of_it_without_scripts(cast, work, visit):
    page = visit(cast.mentor, size=DESKTOP)
    page.goto("/grading/")
    page.get_by_role("link", name="Grade Arif Rahman").click()
    page.get_by_role("heading", name="Arif Rahman").click()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="Nila Akter")).to_be_visible()

    plain = visit(cast.sre, javascript=False, size=DESKTOP)
    plain.goto(f"/assignments/{work.pk}/grades/")
    plain.get_by_role("button", name="Release 0 grades").last.click()
    expect(plain.get_by_text("0 students see their grades now.")).to_be_visible()
