import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from sms.accounts.models import User
from sms.audit.models import Event
from tests.factories import PASSWORD
from tests.integration.accounts.conftest import Mailbox


def code_of(secret: str) -> str:
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def enrolled(person: User, sign_in, mailbox: Mailbox, monkeypatch) -> tuple[Client, str]:
    # The test's own transaction is never committed, and allauth's callback needs its request.
    monkeypatch.setattr("django.db.transaction.on_commit", lambda callback, **_options: callback())
    client = sign_in(person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert b'src="data:image/svg+xml;base64,' in page.content
    client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    return client, secret


def test_with_an_app_a_password_alone_opens_nothing(person: User, enrolled: tuple[Client, str]) -> None:
    _client, secret = enrolled
    other = Client()
    response = other.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert response["Location"] == "/accounts/2fa/authenticate/"
    assert other.get("/accounts/profile/").status_code == 302

    wrong = other.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert wrong.context["form"].errors["code"] == ["This code is not right. Enter the one that your app shows now."]

    cache.clear()  # a code works once, and setting up used this one
    assert other.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})["Location"] == "/"
    assert other.get("/accounts/profile/").status_code == 200


def test_the_second_step_leaves_its_trace(person: User, enrolled: tuple[Client, str], mailbox: Mailbox) -> None:
    other = Client(REMOTE_ADDR="203.0.113.7")
    other.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    other.post("/accounts/2fa/authenticate/", {"code": "000000"})

    failed = Event.objects.get(verb="failed to sign in")
    assert failed.data == {"ip": "203.0.113.7", "agent": "", "email": person.email, "step": "second"}
    assert {event.data["kind"] for event in Event.objects.filter(verb="added a second step")} >= {"totp"}
    assert "Second step turned on" in mailbox.subjects()


def test_a_recovery_code_works_once(person: User, enrolled: tuple[Client, str]) -> None:
    client, _secret = enrolled
    page = client.get("/accounts/2fa/recovery-codes/")
    code = page.context["unused_codes"][0]
    assert len(page.context["unused_codes"]) == 10

    def try_code() -> int:
        other = Client()
        other.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
        return other.post("/accounts/2fa/authenticate/", {"code": code}).status_code

    assert [try_code(), try_code()] == [302, 200]
    assert client.get("/accounts/2fa/recovery-codes/download/")["Content-Disposition"].startswith("attachment")


def test_what_protects_the_account_is_changed_only_by_who_just_proved_who_they_are(
    person: User, enrolled: tuple[Client, str]
) -> None:
    client, _secret = enrolled
    session = client.session
    session["account_authentication_methods"] = []
    session.save()

    for path in ("totp/deactivate/", "recovery-codes/generate/", "webauthn/add/"):
        assert client.get(f"/accounts/2fa/{path}")["Location"].startswith("/accounts/reauthenticate/"), path


def test_the_app_can_be_turned_off(person: User, enrolled: tuple[Client, str]) -> None:
    client, _secret = enrolled
    client.post("/accounts/2fa/totp/deactivate/")

    assert not Authenticator.objects.filter(user=person).exists()
    assert Client().post("/accounts/login/", {"login": person.email, "password": PASSWORD})["Location"] == "/"


def test_a_passkey_is_asked_for_without_inline_scripts(person: User, sign_in) -> None:
    client = sign_in(person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/webauthn/add/").content.decode()

    assert 'data-webauthn="create" data-options="{&quot;creation_options' not in page
    assert 'data-webauthn="create" data-options="{&quot;publicKey' in page
    assert "<script>" not in page
    assert 'type="application/json"' not in page


def test_the_options_of_a_sign_in_by_passkey_are_open_to_all(db: None, client: Client) -> None:
    response = client.get("/accounts/2fa/webauthn/login/", headers={"Accept": "application/json"})

    assert "challenge" in response.json()["request_options"]["publicKey"]
