"""A manager shares a mission out, hands one mentor's students over, and the mentors see it at once."""

import pytest
from playwright.sync_api import expect

from sms.mentoring.models import MentorAssignment
from tests.e2e.conftest import DESKTOP
from tests.factories import MissionEnrollmentFactory, StudentFactory

BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["htmx", "plain"])


@pytest.fixture(autouse=True)
def _morning(ordinary_morning):
    """The clock of the cast."""


@pytest.fixture
def newcomers(cast):
    return [
        MissionEnrollmentFactory(mission=cast.mission, student=StudentFactory(name=f"Newcomer {letter}"))
        for letter in "ABCD"
    ]


@BOTH
def test_manager_distributes_and_reassigns(cast, newcomers, visit, javascript):
    page = visit(cast.manager, javascript=javascript, size=DESKTOP)
    page.goto(f"/missions/{cast.mission.pk}/")
    page.get_by_role("link", name="Mentors").last.click()
    page.get_by_role("link", name="Distribute evenly").click()
    expect(page.get_by_text("4 students get a mentor.")).to_be_visible()
    page.get_by_label("Imran Kabir · 1 of 30").uncheck()
    if not javascript:
        page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("row", name="Imran Kabir")).to_have_count(0)
    expect(page.get_by_role("row", name="Sadia Karim")).to_contain_text("+4")
    page.get_by_role("button", name="Distribute as shown").click()
    expect(page.get_by_text("4 students are assigned.")).to_be_visible()
    assert MentorAssignment.objects.filter(mentor=cast.mentor, ended_at=None).count() == 5

    page.get_by_role("row", name="Sadia Karim").get_by_role("link").first.click()
    page.get_by_role("link", name="Reassign").click()
    page.get_by_label("Imran Kabir · 1 of 30").check()
    page.get_by_label("Reason").fill("Goes on leave")
    page.get_by_role("button", name="Show what will move").click()
    expect(page.get_by_role("heading", name="Take 5 students from Sadia Karim?")).to_be_visible()
    page.get_by_role("button", name="Reassign as shown").click()
    expect(page.get_by_text("5 students have a new mentor.")).to_be_visible()
    expect(page.get_by_text("Goes on leave")).to_be_visible()

    mentor = visit(cast.mentor2, javascript=javascript)
    mentor.goto("/")
    expect(mentor.get_by_role("link", name="Newcomer A", exact=True)).to_be_visible()
    former = visit(cast.mentor, javascript=javascript)
    former.goto("/")
    expect(former.get_by_text("No students yet")).to_be_visible()


@BOTH
def test_sre_gives_students_a_mentor_by_hand(cast, newcomers, visit, javascript):
    page = visit(cast.sre, javascript=javascript, size=DESKTOP)
    page.goto(f"/missions/{cast.mission.pk}/mentors/")
    page.get_by_label("Guided").select_option("true")
    if not javascript:
        page.get_by_role("button", name="Apply").click()
    expect(page.locator("#list").get_by_text("4 results")).to_be_visible()
    page.get_by_label("Tick Newcomer B").check()
    page.get_by_label("Mentor", exact=True).last.select_option(str(cast.mentor2.pk))
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_text("1 student is assigned.")).to_be_visible()

    page.get_by_label("Guided").select_option("true")
    if not javascript:
        page.get_by_role("button", name="Apply").click()
    expect(page.locator("#list").get_by_text("3 results")).to_be_visible()
    page.get_by_label("Mentor", exact=True).last.select_option(str(cast.mentor.pk))
    page.get_by_label("All who match, not only those ticked").check()
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_text("Sadia Karim gets 3 students and sees them at once.")).to_be_visible()
    page.get_by_role("button", name="Assign them").click()
    expect(page.get_by_text("3 students are assigned.")).to_be_visible()
    expect(page.get_by_text("everyone is guided")).to_be_visible()


def test_sre_does_not_end_the_last_mentor_by_accident(cast, visit):
    page = visit(cast.sre)
    page.goto(f"/students/{cast.enrolled.pk}/")
    page.get_by_role("button", name="End the assignment of Sadia Karim").click()
    expect(page.get_by_text("The student will be without a mentor")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_text("Sadia Karim")).to_be_visible()
    assert MentorAssignment.objects.filter(mentor=cast.mentor, ended_at=None).exists()


def test_all_boxes_are_ticked_with_one_press(cast, newcomers, visit):
    page = visit(cast.sre, size=DESKTOP)
    page.goto(f"/missions/{cast.mission.pk}/mentors/")
    boxes = page.locator("input[name=students]")
    page.get_by_role("button", name="Tick all on this page").click()
    assert [box.is_checked() for box in boxes.all()] == [True] * 6
    page.get_by_role("button", name="Tick all on this page").click()
    assert [box.is_checked() for box in boxes.all()] == [False] * 6
