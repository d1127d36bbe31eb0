"""A mentor finds who stands out and opens their page; a manager goes from a tint to the records behind it."""

from datetime import date

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import DESKTOP, PHONE
from tests.factories import attended

SUNDAY = date(2026, 11, 22)


@pytest.mark.usefixtures("ordinary_morning")
def test_from_grid_and_heat_map_to_what_is_behind_them(cast, visit):
    attended(cast.enrolled, "PPPAAA", SUNDAY)
    attended(cast.enrolled2, "PPPPPL", SUNDAY)
    mentor = visit(cast.mentor, size=PHONE)
    mentor.goto("/")
    mentor.get_by_role("link", name="Attendance by day").click()
    row = mentor.get_by_role("row", name="Arif Rahman")
    expect(row).to_contain_text("Absent 3 days in a row")
    assert mentor.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    row.get_by_role("link", name="Arif Rahman", exact=True).click()
    expect(mentor.get_by_role("heading", name="Arif Rahman")).to_be_visible()

    manager = visit(cast.manager, javascript=False, size=DESKTOP)
    manager.goto(f"/missions/{cast.mission.pk}/")
    manager.get_by_role("link", name="Attendance by day").click()
    manager.get_by_role("row", name="Sadia Karim").get_by_role("link", name="0").last.click()
    expect(manager.get_by_text("1 result")).to_be_visible()
    expect(manager.get_by_role("link", name="Arif Rahman")).to_be_visible()
    expect(manager.get_by_role("link", name="Tanvir Hasan")).to_have_count(0)
