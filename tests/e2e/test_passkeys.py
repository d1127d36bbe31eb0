"""A passkey from its making to signing in with nothing else, with Chromium's virtual authenticator."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sms.accounts.actions import remember_verified_address
from sms.accounts.models import User
from tests.factories import PASSWORD

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def person(site: str, cast, settings) -> User:
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    remember_verified_address([cast.student])
    return cast.student


@pytest.fixture
def page(visit: Callable[..., Page]) -> Page:
    page = visit(None)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return page


def sign_in_by_password(page: Page, person: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/login/" not in url)


def add_passkey(page: Page, *, alone: bool) -> None:
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name of this device").fill("My phone")
    page.get_by_label("Sign in with it alone").set_checked(alone)
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/")


def test_a_passkey_stands_in_for_the_password(person: User, page: Page) -> None:
    sign_in_by_password(page, person)
    add_passkey(page, alone=True)
    sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda url: "/login/" not in url)
    page.goto("/accounts/2fa/webauthn/")

    expect(page.get_by_text("My phone")).to_be_visible()


def test_a_passkey_is_the_second_step_after_the_password(person: User, page: Page) -> None:
    sign_in_by_password(page, person)
    add_passkey(page, alone=False)
    sign_out(page)

    sign_in_by_password(page, person)
    assert page.url.endswith("/accounts/2fa/authenticate/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda url: "authenticate" not in url)
    page.goto("/accounts/profile/")

    expect(page.get_by_label("Name")).to_have_value(person.name)


def test_a_device_that_says_no_is_told_of(person: User, page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_text("Your device did not confirm.")).to_be_visible()


def test_without_scripts_the_password_is_the_way(person: User, visit: Callable[..., Page]) -> None:
    page = visit(None, javascript=False)
    page.goto("/accounts/login/")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()

    sign_in_by_password(page, person)
    page.goto("/accounts/profile/")
    expect(page.get_by_label("Name")).to_have_value(person.name)
