"""The week of whoever builds a programme: enrolling, guidelines, access, leaving, duplicating, archiving."""

import re

import pytest
from playwright.sync_api import expect

from sms.programme.models import Batch, MissionEnrollment
from tests.e2e.conftest import DESKTOP
from tests.factories import StudentFactory

BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["htmx", "plain"])


@pytest.fixture(autouse=True)
def _morning(ordinary_morning):
    """The clock of the cast."""


def look(page, text, *, javascript):
    page.get_by_role("searchbox").fill(text)
    if not javascript:
        page.get_by_role("button", name="Look").click()


@BOTH
def test_sre_enrolls_restricts_and_lets_leave(cast, visit, javascript):
    StudentFactory(name="Nila Akter", email="nila@example.com")
    StudentFactory(name="Neel Haque", email="neel@example.com")
    page = visit(cast.sre, javascript=javascript, size=DESKTOP)
    page.goto(f"/batches/{cast.batch.pk}/")
    page.get_by_role("link", name="New template").click()
    page.get_by_label("Title").fill("Everything")
    page.get_by_label("JavaScript basics").select_option("full")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Enroll students").click()
    look(page, "akter", javascript=javascript)
    page.get_by_label("Nila Akter").check()
    look(page, "neel@example.com", javascript=javascript)
    expect(page.get_by_label("Neel Haque")).to_be_checked()
    expect(page.get_by_label("Nila Akter")).to_be_checked()
    page.get_by_label("Template").select_option("Everything")
    page.get_by_role("button", name="Enroll").click()
    expect(page.get_by_text("2 students are enrolled.")).to_be_visible()
    page.get_by_role("link", name="Nila Akter").click()
    page.get_by_role("link", name="JavaScript basics", exact=True).click()
    page.get_by_role("link", name="Change access").click()
    page.get_by_label("Restricted").check()
    page.get_by_label("Reason").fill("Has not paid the fee")
    page.get_by_role("button", name="Change access").click()
    expect(page.get_by_text("The access is changed.")).to_be_visible()
    page.get_by_text("History of access").click()
    expect(page.get_by_text("Has not paid the fee")).to_be_visible()
    page.get_by_role("link", name="Leave the mission").click()
    page.get_by_role("button", name="Leave the mission").click()
    expect(page.get_by_text("What was recorded stays readable.")).to_be_visible()
    page.get_by_role("link", name="All missions").click()
    page.get_by_role("button", name="Join again").click()
    expect(page.get_by_text("takes part in “JavaScript basics” from today.")).to_be_visible()
    spells = MissionEnrollment.objects.filter(enrollment__student__name="Nila Akter").order_by("pk")
    assert [spell.left_on is None for spell in spells] == [False, True]


@BOTH
def test_manager_writes_guidelines_duplicates_and_archives(cast, visit, javascript):
    page = visit(cast.manager, javascript=javascript, size=DESKTOP)
    page.goto(f"/missions/{cast.mission.pk}/guidelines/")
    page.get_by_label("Do", exact=False).first.fill("Ask **early**")
    if not javascript:
        page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview strong")).to_have_text("early")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The guidelines are saved.")).to_be_visible()
    page.get_by_role("link", name="Batch 12").click()
    expect(page.get_by_role("img", name="Calendar of Batch 12")).to_be_visible()
    page.get_by_role("link", name="Duplicate").click()
    page.get_by_label("Code").fill("batch-13")
    page.get_by_label("Title").fill("Batch 13")
    page.get_by_label("Starts on").fill("2027-03-01")
    page.get_by_role("button", name="Duplicate").click()
    expect(page.get_by_role("heading", name="Batch 13", level=1)).to_be_visible()
    assert Batch.objects.get(code="batch-13").missions.get().guidelines.do == "Ask **early**"
    page.goto(f"/batches/{cast.batch.pk}/")
    page.get_by_text("Change status").click()
    page.get_by_role("button", name="Archived").click()
    expect(page.get_by_text("This batch is archived")).to_be_visible()
    page.goto("/batches/")
    expect(page.get_by_role("link", name="Batch 13")).to_be_visible()
    expect(page.get_by_role("link", name="Batch 12")).to_have_count(0)
    page.goto("/batches/?status=archived")
    expect(page.get_by_role("link", name=re.compile("Batch 12"))).to_be_visible()
