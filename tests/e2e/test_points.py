"""A mentor gives points and the student reads why; a manager sees what new rules would change, and changes them."""

from datetime import date

import pytest
from playwright.sync_api import expect

from sms.points.actions import recalculate, take_requests
from sms.points.models import PointsRule
from sms.points.queries import points_of
from tests.e2e.conftest import DESKTOP, PHONE
from tests.factories import attended

SUNDAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _morning(ordinary_morning):
    """The clock of the cast."""


@pytest.mark.parametrize("javascript", [True, False], ids=["htmx", "plain"])
def test_points_from_the_first_to_the_last(cast, visit, javascript):
    attended(cast.enrolled, "PPLP", SUNDAY)
    attended(cast.enrolled2, "LL", SUNDAY)
    recalculate(cast.mission.mission_enrollments.all())

    page = visit(cast.mentor, javascript=javascript, size=DESKTOP)
    page.goto(f"/points/{cast.enrolled.pk}/")
    page.get_by_label("Points", exact=True).fill("15")
    page.get_by_label("Reason").fill("Held a talk about testing")
    page.get_by_role("button", name="Give points").click()
    expect(page.get_by_text("The points are given.")).to_be_visible()
    take_requests()

    page = visit(cast.manager, javascript=javascript, size=DESKTOP)
    page.goto(f"/missions/{cast.mission.pk}/points-rules/")
    page.get_by_label("Present on a day").fill("20")
    page.get_by_label("Holds from").fill("2026-11-22")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("heading", name="What would change")).to_be_visible()
    expect(page.get_by_role("row", name="Arif Rahman")).to_contain_text("+10")
    assert not PointsRule.objects.exists()
    page.get_by_role("button", name="Change as shown").click()
    expect(page.get_by_text("The rules are changed, and the points with them.")).to_be_visible()
    assert (points_of(cast.enrolled), points_of(cast.enrolled2)) == (60, 10)

    page = visit(cast.student, javascript=javascript, size=PHONE)
    page.goto(f"/points/{cast.enrolled.pk}/")
    expect(page.get_by_text("Sadia Karim gave points by hand: Held a talk about testing")).to_be_visible()
    expect(page.get_by_text("Present on a day: 20 points from 22 Nov 2026")).to_be_visible()
    page.get_by_label("As of the end of").fill("2026-11-21")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("There were no points on that day.")).to_be_visible()
