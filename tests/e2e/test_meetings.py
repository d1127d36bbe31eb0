"""A meeting: the host shows the code, students type it, the host closes, and everyone reads how it was."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from sms.attendance.models import Meeting, MeetingRecord
from tests.e2e.conftest import DESKTOP
from tests.factories import MeetingFactory


@pytest.fixture
def meeting(cast, frozen, worker):
    with frozen(datetime(2026, 11, 22, 14, tzinfo=UTC)) as _now:
        yield MeetingFactory(
            mission=cast.mission, host=cast.mentor, title="Weekly hour", link="https://meet.example.com/abc"
        )


def test_the_code_on_the_screen_is_typed_by_a_student(cast, visit, meeting):
    host, student = visit(cast.mentor, size=DESKTOP), visit(cast.student)
    student.goto("/dashboard/student/")
    hero = student.locator(f"#meeting-{meeting.pk}")
    expect(hero.get_by_text("Waiting for the host")).to_be_visible()
    host.goto("/meetings/")
    host.get_by_role("link", name="Weekly hour").click()
    host.get_by_role("button", name="Open").click()
    expect(host.get_by_text("of 2 are here")).to_be_visible()
    shown = host.locator(".host-code").inner_text()
    assert re.fullmatch(r"\d{3} \d{3}", shown)
    # The page looks again by itself, and asks for the code then.
    code = hero.get_by_label("Code")
    expect(code).to_be_visible(timeout=15_000)
    assert code.get_attribute("inputmode") == "numeric"
    code.fill("12 34")
    hero.get_by_role("button", name="I’m here").click()
    expect(hero.get_by_role("alert")).to_contain_text("That is not the code on the screen now.")
    hero.get_by_label("Code").fill(shown)
    hero.get_by_role("button", name="I’m here").click()
    expect(hero.get_by_text("You’re marked for this meeting, at 20:00")).to_be_visible()
    expect(host.locator(".host-count")).to_contain_text("1 of 2 are here")
    host.get_by_role("button", name="Close the meeting").click()
    expect(host.get_by_text("The meeting is closed. 1 student was absent.")).to_be_visible()
    student.goto("/meetings/")
    expect(student.get_by_role("row", name="Weekly hour").get_by_text("present")).to_be_visible()
    assert dict(MeetingRecord.objects.values_list("mission_enrollment", "status")) == {
        cast.enrolled.pk: "present", cast.enrolled2.pk: "absent",
    }  # fmt: skip


def test_a_link_without_javascript(cast, visit, meeting):
    Meeting.objects.update(way="link", ends_at=meeting.starts_at + timedelta(hours=1))
    page = visit(cast.student, javascript=False)
    page.goto(f"/meetings/{meeting.pk}/")
    expect(page.get_by_role("link", name="Join the meeting")).to_have_attribute("href", "https://meet.example.com/abc")
    page.get_by_role("button", name="I’m here").click()
    expect(page.get_by_text("You’re marked for this meeting, at 20:00")).to_be_visible()
