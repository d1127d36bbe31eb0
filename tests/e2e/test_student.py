"""The student's day: one tap, points without a reload, and why."""

import re

import pytest
from playwright.sync_api import expect

from sms.attendance.models import DailyRecord
from tests.factories import AssignmentFactory


@pytest.fixture(autouse=True)
def _morning(ordinary_morning, worker):
    """An open window, and a worker that recalculates."""


def test_one_tap_and_the_points_follow_without_a_reload(cast, visit):
    AssignmentFactory(mission=cast.mission, title="Fetch and promises", day=19)
    page = visit(cast.student)
    page.goto("/")
    expect(page).to_have_url(re.compile("/dashboard/student/"))
    expect(page.get_by_text("Fetch and promises")).to_be_visible()
    page.evaluate("window.stillHere = true")
    page.get_by_role("button", name="I’m here today").click()
    expect(page.locator(".hero").get_by_text("You’re marked for today, at 10:00")).to_be_visible()
    expect(page.locator(f"#points-{cast.enrolled.pk} .stat-value")).to_have_text("10")
    assert page.evaluate("window.stillHere")
    page.locator(f"#points-{cast.enrolled.pk} a").click()
    expect(page.get_by_text("Sunday 22 November: present")).to_be_visible()
    expect(page.get_by_role("cell", name="+10")).to_be_visible()


def test_without_javascript(cast, visit):
    page = visit(cast.student, javascript=False)
    page.goto("/dashboard/student/")
    page.get_by_role("button", name="I’m here today").click()
    expect(page).to_have_url(re.compile("/dashboard/student/"))
    expect(page.get_by_text("Your attendance is recorded.")).to_be_visible()
    expect(page.locator(".hero").get_by_text("You’re marked for today, at 10:00")).to_be_visible()


def test_with_the_keyboard_alone(cast, visit):
    page = visit(cast.student)
    page.goto("/dashboard/student/")
    for _press in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").strip() == "I’m here today":
            break
    page.keyboard.press("Enter")
    expect(page.locator(".hero").get_by_text("You’re marked for today")).to_be_visible()


def test_a_stale_page_in_a_second_tab_is_harmless(cast, visit):
    first, second = visit(cast.student), visit(cast.student)
    for page in (first, second):
        page.goto("/dashboard/student/")
    for page in (first, second):
        page.get_by_role("button", name="I’m here today").click()
        expect(page.locator(".hero").get_by_text("You’re marked for today, at 10:00")).to_be_visible()
    assert DailyRecord.objects.count() == 1


def test_history_by_month(cast, visit):
    page = visit(cast.student)
    page.goto("/dashboard/student/")
    page.get_by_role("button", name="I’m here today").click()
    expect(page.locator(".hero").get_by_text("You’re marked for today")).to_be_visible()
    page.get_by_role("link", name="Attendance", exact=True).first.click()
    expect(page.get_by_role("heading", name="November 2026")).to_be_visible()
    expect(page.get_by_text("submitted at 10:00")).to_be_visible()
    page.get_by_role("link", name="Earlier").click()
    expect(page.get_by_role("heading", name="October 2026")).to_be_visible()


def test_expired_session_leads_to_signing_in(cast, visit):
    page = visit(cast.student)
    page.goto("/dashboard/student/")
    page.context.clear_cookies(name="session")
    page.get_by_role("button", name="I’m here today").click()
    expect(page).to_have_url(re.compile(r"/accounts/login/\?next="))
