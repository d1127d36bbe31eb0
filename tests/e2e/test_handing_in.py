"""A student hands in on a phone, a mentor downloads it and staff give more time after the fact."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from sms.assignments.actions import set_instructions
from tests.conftest import ORDINARY_MORNING as NOW
from tests.e2e.conftest import DESKTOP
from tests.factories import AssignmentFactory

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _morning(ordinary_morning, worker, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def test_from_the_phone_to_the_mentor_and_more_time_after_the_fact(cast, visit, tmp_path):
    work = AssignmentFactory(
        mission=cast.mission, title="A quiz game", opens_at=NOW - 3 * DAY, due_at=NOW - DAY, late_share=50
    )
    set_instructions(actor=cast.sre, assignment=work, text="Build a **quiz** with three questions.")
    answer = tmp_path / "quiz.js"
    answer.write_text("const answer = 42;")
    student = visit(cast.student)
    student.goto("/assignments/")
    student.get_by_role("link", name="A quiz game").click()
    expect(student.get_by_text("it keeps 50% of its points")).to_be_visible()
    student.get_by_label("Link").fill("https://example.com/quiz")
    student.get_by_role("button", name="Hand in").click()
    expect(student.get_by_text("It gives points as soon as staff have verified it.")).to_be_visible()
    student.get_by_label("File").set_input_files(str(answer))
    student.get_by_role("button", name="Hand in again").click()
    expect(student.get_by_role("link", name="quiz.js.txt")).to_be_visible()
    student.goto("/assignments/?state=submitted")
    row = student.get_by_role("listitem").filter(has_text="A quiz game")
    expect(row).to_contain_text("late")
    expect(row).to_contain_text("claimed")

    mentor = visit(cast.mentor)
    mentor.goto(f"/students/{cast.enrolled.pk}/")
    mentor.get_by_role("link", name="A quiz game").click()
    with mentor.expect_download() as download:
        mentor.get_by_role("link", name="quiz.js.txt").click()
    assert download.value.suggested_filename == "quiz.js.txt"
    assert download.value.path().read_text() == "const answer = 42;"
    mentor.get_by_role("button", name="Verify").click()
    expect(mentor.get_by_text("It counts for points now.")).to_be_visible()

    sre = visit(cast.sre, size=DESKTOP)
    sre.goto(f"/assignments/{work.pk}/students/{cast.enrolled.pk}/")
    sre.get_by_role("link", name="Give more time").click()
    sre.get_by_label("Due at").fill("2026-11-22T23:59")
    sre.get_by_label("Reason").fill("Power cut")
    sre.get_by_role("button", name="Give more time").click()
    expect(sre.get_by_text("1 student has more time now.")).to_be_visible()
    expect(sre.get_by_text("on time")).to_be_visible()

    student.goto("/assignments/?state=submitted")
    expect(row).to_contain_text("verified")
    expect(row).not_to_contain_text("late")
    student.goto(f"/points/{cast.enrolled.pk}/")
    expect(student.get_by_text("A quiz game: handed in on time")).to_be_visible()
