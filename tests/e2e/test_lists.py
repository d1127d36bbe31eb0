"""The SRE's daily list by keyboard alone: paste, look, accept a proposal, confirm, paste again, undo."""

import pytest
from playwright.sync_api import Page, expect

from sms.assignments.models import Submission, SubmissionList
from tests.e2e.conftest import DESKTOP
from tests.factories import AssignmentFactory, MissionEnrollmentFactory, StudentFactory

PASTED = "Arif Rahman <student@example.com>\nnila.akter@gmial.com\nstranger@example.org"


@pytest.fixture(autouse=True)
def _morning(ordinary_morning, worker):
    """The clock of the cast, and a worker that recalculates points."""


def walk_to(page: Page, selector: str) -> None:
    """By the tab key, as somebody without a mouse does."""
    for _ in range(80):
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The tab key does not reach {selector}")


def paste(page: Page, text: str) -> None:
    page.goto("/submission-lists/new/")
    walk_to(page, "select[name=assignment]")
    page.keyboard.type("Day")  # the first of that name, which is the one due today
    walk_to(page, "textarea[name=text]")
    page.keyboard.insert_text(text)
    walk_to(page, "main button[type=submit]")
    page.keyboard.press("Enter")


def test_a_list_by_keyboard_alone(cast, visit):
    assignment = AssignmentFactory(mission=cast.mission, title="Closures", day=12)
    MissionEnrollmentFactory(
        mission=cast.mission, student=StudentFactory(name="Nila Akter", email="nila.akter@gmail.com")
    )
    page = visit(cast.sre, size=DESKTOP)
    paste(page, PASTED)
    heading = page.locator("#list-will")
    expect(heading).to_have_text("Record 1 submission")
    expect(page.locator("#tile-not_enrolled strong")).to_have_text("1")
    expect(page.locator("#tile-missing strong")).to_have_text("2")
    expect(page.get_by_text("nila.akter@gmail.com")).to_be_visible()

    walk_to(page, "input[name=accept]")
    page.keyboard.press("Space")
    expect(heading).to_have_text("Record 2 submissions")
    walk_to(page, "#confirm-list")
    page.keyboard.press("Enter")
    expect(page.locator("#list-did")).to_have_text("2 recorded")
    assert Submission.objects.filter(assignment=assignment, state="verified").count() == 2

    paste(page, PASTED.replace("gmial", "gmail"))
    expect(heading).to_have_text("This list would change nothing")
    expect(page.locator("#confirm-list")).to_have_count(0)

    page.goto(SubmissionList.objects.get(state="applied").get_absolute_url())
    walk_to(page, "form[action$='/undo/'] button")
    page.keyboard.press("Enter")
    expect(page.locator("#list-did")).to_have_text("Undone: 2 recorded")
    assert not Submission.objects.filter(assignment=assignment).exists()


def test_the_same_without_javascript(cast, visit):
    assignment = AssignmentFactory(mission=cast.mission, title="Closures", day=12)
    MissionEnrollmentFactory(
        mission=cast.mission, student=StudentFactory(name="Nila Akter", email="nila.akter@gmail.com")
    )
    page = visit(cast.sre, javascript=False)
    page.goto(f"/submission-lists/new/?assignment={assignment.pk}")
    page.get_by_label("Who handed in").fill(PASTED)
    page.get_by_role("button", name="Show whom it means").click()
    page.get_by_label("Use this address").check()
    page.get_by_role("button", name="Save the choice").click()
    page.get_by_role("button", name="Record 2 submissions").click()
    expect(page.get_by_role("heading", name="2 recorded")).to_be_visible()
    page.get_by_role("button", name="Undo: put 2 submissions back").click()
    expect(page.get_by_role("heading", name="Undone: 2 recorded")).to_be_visible()
