"""Signing in and up, the profile, and switching roles, with and without JavaScript."""

import re

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from playwright.sync_api import expect

from sms.accounts.actions import remember_verified_address
from sms.accounts.models import User
from sms.authorization import roles
from tests.e2e.conftest import DESKTOP
from tests.factories import PASSWORD

BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["htmx", "plain"])


@pytest.fixture(autouse=True)
def _mails_stay_here(settings, site, cast):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    remember_verified_address([cast.student, cast.mentor])


@BOTH
def test_sign_in_and_out(cast, visit, javascript):
    page = visit(None, javascript=javascript, size=DESKTOP)
    page.goto("/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.get_by_label("E-mail address").fill("Student@Example.com")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("do not belong together")).to_be_visible()
    expect(page.get_by_label("E-mail address")).to_have_value("Student@Example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile("/dashboard/student/"))
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))


@BOTH
def test_sign_up_waits_for_approval(cast, visit, javascript):
    page = visit(None, javascript=javascript)
    page.goto("/accounts/signup/")
    page.get_by_label("Name").fill("Lamia Noor")
    page.get_by_label("E-mail address").fill("lamia@example.com")
    page.get_by_label("Phone").fill("12")
    page.get_by_label("Password").fill("a-long-secret-word")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("is not a phone number that can be called")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Lamia Noor")
    page.get_by_label("Phone").fill("01712345678")
    page.get_by_label("Password").fill("a-long-secret-word")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()

    [letter] = [message for message in mail.outbox if message.to == ["lamia@example.com"]]
    page.goto(re.search(r"https?://[^/]+(/\S+)", letter.body).group(1))
    confirm = page.get_by_role("main").get_by_role("button")
    if confirm.count():
        confirm.first.click()
    page.goto("/")
    expect(page).to_have_url(re.compile("/accounts/waiting/"))
    assert User.objects.get(email="lamia@example.com").phone == "+8801712345678"

    staff = visit(cast.sre, javascript=javascript, size=DESKTOP)
    staff.goto("/approvals/")
    staff.get_by_role("row", name=re.compile("Lamia Noor")).get_by_role("button", name="Approve").click()
    expect(staff.get_by_text("Lamia Noor is let in.").first).to_be_visible()
    page.goto("/")
    expect(page).to_have_url(re.compile("/dashboard/student/"))


@BOTH
def test_password_reset(cast, visit, javascript):
    page = visit(None, javascript=javascript)
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("E-mail address").fill("student@example.com")
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page).to_have_url(re.compile("/accounts/password/reset/done/"))
    page.goto(re.search(r"https?://[^/]+(/\S+)", mail.outbox[-1].body).group(1))
    for control in page.locator("input[type=password]").all():
        control.fill("another-long-secret")
    page.get_by_role("main").get_by_role("button").first.click()
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill("student@example.com")
    page.get_by_label("Password", exact=True).fill("another-long-secret")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile("/dashboard/student/"))


@BOTH
def test_profile(cast, visit, javascript):
    page = visit(cast.student, javascript=javascript)
    page.goto("/accounts/profile/")
    page.get_by_label("Name").fill("Arif R. Rahman")
    page.get_by_label("Phone").fill("abc")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is not a phone number that can be called")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Arif R. Rahman")
    page.get_by_label("Phone").fill("01812345678")
    page.get_by_label("Dark", exact=True).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your profile is saved.")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    cast.student.refresh_from_db()
    assert (cast.student.name, cast.student.phone) == ("Arif R. Rahman", "+8801812345678")


def test_switching_roles(cast, visit):
    cast.mentor.groups.add(Group.objects.get(role__key=roles.SRE))
    page = visit(cast.mentor, size=DESKTOP)
    page.goto("/")
    expect(page).to_have_url(re.compile("/dashboard/sre/"))
    page.get_by_role("button", name=re.compile("Sadia Karim")).click()
    page.get_by_role("button", name="Mentor", exact=True).click()
    expect(page).to_have_url(re.compile("/dashboard/mentor/"))
    expect(page.get_by_role("navigation", name="Main").first.get_by_role("link")).to_have_text(
        ["My students", "Attendance", "Grading0", "Meetings", "Kept taps"]
    )


def test_navigation_shows_what_the_role_may_do_and_nothing_else(cast, visit):
    for person in (cast.student, cast.mentor, cast.sre, cast.manager, cast.admin, cast.developer):
        page = visit(person, size=DESKTOP)
        page.goto("/")
        for link in page.locator(".sidebar-nav a").all():
            assert page.request.get(link.get_attribute("href")).status == 200, (person, link.inner_text())
