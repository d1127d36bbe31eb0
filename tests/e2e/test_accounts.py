"""What admins and staff do with people, and what people do with their own account, in a browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sms.accounts.actions import register_student
from tests.e2e.conftest import DESKTOP, findings


@pytest.fixture
def waiting(site: str) -> object:
    return register_student(email="tania@example.com", name="Tania Sultana", password="river of tea 9")


@pytest.mark.parametrize("javascript", [True, False])
def test_staff_let_a_student_in(visit: Callable[..., Page], cast, waiting, javascript: bool) -> None:
    page = visit(cast.sre, javascript=javascript)
    page.goto("/approvals/")
    page.locator("[id^=approval-]").get_by_role("button", name="Approve").click()

    expect(page.get_by_text("approved" if javascript else "Tania Sultana is let in.", exact=True)).to_be_visible()
    waiting.student_profile.refresh_from_db()
    assert waiting.student_profile.status == "active"


@pytest.mark.parametrize("javascript", [True, False])
def test_an_admin_deactivates_a_person(visit: Callable[..., Page], cast, javascript: bool) -> None:
    page = visit(cast.admin, javascript=javascript, size=DESKTOP)
    page.goto(f"/users/{cast.mentor.pk}/")
    if javascript:
        page.get_by_role("button", name="Deactivate").click()
        page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    else:
        page.get_by_role("link", name="Deactivate without scripts").click()
        page.get_by_role("main").get_by_role("button", name="Deactivate").click()

    expect(page.get_by_text("Sadia Karim can no longer sign in.")).to_be_visible()
    cast.mentor.refresh_from_db()
    assert not cast.mentor.is_active


@pytest.mark.parametrize("javascript", [True, False])
def test_a_person_edits_their_profile(visit: Callable[..., Page], cast, javascript: bool) -> None:
    page = visit(cast.student, javascript=javascript)
    page.goto("/accounts/profile/")
    page.get_by_label("Phone").fill("12")
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_text("is not a phone number that can be called")).to_be_visible()

    page.get_by_label("Phone").fill("01812 345678")
    page.get_by_label("Dark").check()
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_axe_finds_nothing(visit: Callable[..., Page], cast, waiting) -> None:
    """On the pages that test_accessibility.py does not visit."""
    paths = [
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/webauthn/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/sessions/",
        "/accounts/reauthenticate/",
        "/accounts/logout/",
        f"/users/{cast.mentor.pk}/deactivate/",
        "/approvals/",
        "/roles/sre/",
        "/roles/new/",
    ]
    page = visit(cast.admin, bypass_csp=True)
    found = [finding for path in paths for finding in findings(page, path)]
    # axe reads the stylesheets again and looks for their imports beside the page.
    visit.complaints[:] = [complaint for complaint in visit.complaints if "404" not in complaint]
    assert found == [], "\n".join(found)
