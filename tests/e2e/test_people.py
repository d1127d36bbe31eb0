"""Somebody is invited, comes in by the mail, and staff reveal how to reach them."""

import re

import pytest
from playwright.sync_api import expect

from sms.accounts.models import User
from sms.audit.models import Event
from tests.e2e.conftest import DESKTOP

BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["htmx", "no-js"])


@BOTH
@pytest.mark.usefixtures("worker")
def test_from_the_invitation_to_the_first_page_and_a_contact(cast, visit, site, mailoutbox, javascript):
    office = visit(cast.sre, javascript=javascript, size=DESKTOP)
    office.goto("/invitations/")
    office.get_by_role("link", name="Invite people").first.click()
    office.get_by_label("Whom").fill("Nila Akter <Nila@Example.com>\nnot an address")
    office.get_by_role("button", name="Invite").click()
    expect(office.get_by_text("Line 2: “not an address” is not an address.")).to_be_visible()
    office.get_by_label("Whom").fill("Nila Akter <Nila@Example.com>")
    office.get_by_role("button", name="Invite").click()
    expect(office.get_by_text("1 person gets a mail.")).to_be_visible()
    expect(office.get_by_role("table").get_by_text("open", exact=True)).to_be_visible()

    for _wait in range(100):
        if mailoutbox:
            break
        office.wait_for_timeout(100)
    [mail] = mailoutbox
    link = re.search(r"https?://[^/]+(/invitations/accept/\S+)", mail.body)[1]
    phone = visit(None, javascript=javascript)
    phone.goto(link)
    phone.get_by_label("Password").fill("river of tea 9")
    phone.get_by_role("button", name="Accept the invitation").click()
    expect(phone).to_have_url(f"{site}/dashboard/student/")
    phone.context.clear_cookies()
    phone.goto(link)
    expect(phone.get_by_text("This invitation has been accepted already.")).to_be_visible()

    nila = User.objects.get(email="nila@example.com")
    office.goto("/students/records/?q=nila")
    office.get_by_role("link", name="Nila Akter").click()
    expect(office.get_by_text("Nila Akter accepted the invitation")).to_be_visible()
    assert "nila@example.com" not in office.content()
    office.get_by_role("button", name="reveal the address of Nila Akter").click()
    expect(office.get_by_role("link", name="nila@example.com")).to_be_visible()
    assert Event.objects.get(verb="revealed a contact of").subject_id == nila.pk


@BOTH
def test_several_registrations_are_decided_on_at_once(cast, visit, javascript):
    from sms.accounts.actions import register_student

    for name in ("Tania", "Omar", "Lamia"):
        register_student(email=f"{name.lower()}@example.com", name=name, password="river of tea 9", phone="01712345678")
    page = visit(cast.sre, javascript=javascript, size=DESKTOP)
    page.goto("/approvals/")
    for name in ("Tania", "Omar"):
        page.get_by_label(f"Choose {name}").check()
    page.get_by_label("Enroll in the batch").select_option("batch-12")
    page.locator("#decide").get_by_role("button", name="Approve").click()
    expect(page.get_by_text("2 students are let in.")).to_be_visible()
    expect(page.get_by_label("Choose Lamia")).to_be_visible()
    expect(page.get_by_label("Choose Tania")).to_have_count(0)
    assert cast.batch.enrollments.filter(student__name__in=["Tania", "Omar"]).count() == 2
