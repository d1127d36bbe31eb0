import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from sms.accounts.actions import register_student
from sms.accounts.choices import StudentStatus
from sms.accounts.models import User
from sms.audit.models import Event
from sms.core.problems import Refused
from tests.integration.accounts.conftest import Mailbox

SIGN_UP = "/accounts/signup/"
ENTERED = {
    "name": "Tania  Sultana",
    "email": "Tania@Example.com",
    "phone": "01712-345678",
    "password1": "river of tea 9",
}


def test_a_student_registers_confirms_and_waits(db: None, client: Client, mailbox: Mailbox) -> None:
    response = client.post(SIGN_UP, ENTERED)
    assert response["Location"] == "/accounts/confirm-email/"

    user = User.objects.get(email="tania@example.com")
    assert (user.name, user.phone) == ("Tania Sultana", "+8801712345678")
    assert user.student_profile.status == StudentStatus.WAITING
    assert not user.groups.exists()
    assert Event.objects.filter(verb="registered", subject_id=user.pk).count() == 1
    assert mailbox.subjects() == ["Confirm your e-mail address"]

    page = client.get(mailbox.last_link())
    assert b"tania@example.com" in page.content
    assert not EmailAddress.objects.get(user=user).verified, "a link that a mail scanner opens confirms nothing"

    response = client.post(mailbox.last_link())
    assert response["Location"] == "/"
    assert EmailAddress.objects.filter(user=user).values_list("email", "verified", "primary").get() == (
        "tania@example.com",
        True,
        True,
    )
    assert "_auth_user_id" in client.session, "confirming on the same device signs in"
    assert client.get("/accounts/waiting/").status_code == 200


def test_before_confirming_nobody_gets_in(db: None, client: Client, mailbox: Mailbox) -> None:
    client.post(SIGN_UP, ENTERED)
    other = Client()
    response = other.post("/accounts/login/", {"login": "tania@example.com", "password": ENTERED["password1"]})

    assert response["Location"] == "/accounts/confirm-email/"
    assert "_auth_user_id" not in other.session


def test_the_link_works_on_another_device_and_once(db: None, client: Client, mailbox: Mailbox) -> None:
    client.post(SIGN_UP, ENTERED)
    other = Client()

    assert other.post(mailbox.last_link())["Location"] == "/accounts/login/"
    assert "_auth_user_id" not in other.session, "whoever finds the mail is not signed in by it"
    assert b"does not work any more" in other.get(mailbox.last_link()).content


def test_an_address_in_use_is_told_to_its_owner_alone(person: User, client: Client, mailbox: Mailbox) -> None:
    fresh = Client().post(SIGN_UP, ENTERED)
    taken = client.post(SIGN_UP, {**ENTERED, "email": "RAHIM@example.com"})

    assert (taken.status_code, taken["Location"]) == (fresh.status_code, fresh["Location"])
    assert mailbox.subjects() == ["Confirm your e-mail address", "You have an account already"]
    assert mailbox.last_link() == "/accounts/password/reset/"
    assert User.objects.filter(email="rahim@example.com").count() == 1


def test_the_one_who_is_a_moment_late_is_not_told_either(
    person: User, client: Client, mailbox: Mailbox, monkeypatch
) -> None:
    """Two register at once: the check sees nobody, the database does."""
    monkeypatch.setattr("sms.accounts.forms.address_is_taken", lambda _email: False)
    response = client.post(SIGN_UP, {**ENTERED, "email": person.email})

    assert response["Location"] == "/accounts/confirm-email/"
    assert mailbox.subjects() == ["You have an account already"]


def test_nobody_keeps_an_address_from_its_owner_by_asking_for_it(
    person: User, client: Client, sign_in, mailbox: Mailbox
) -> None:
    sign_in(person).post("/accounts/email/", {"email": "tania@example.com", "action_add": "1"})
    client.post(SIGN_UP, ENTERED)
    EmailAddress.objects.get(user__email="tania@example.com")

    cache.clear()  # the first mail to this address was for someone else
    owner = Client()
    owner.post("/accounts/login/", {"login": "tania@example.com", "password": ENTERED["password1"]})
    owner.post(mailbox.last_link())
    assert EmailAddress.objects.get(email="tania@example.com", verified=True).user.name == "Tania Sultana"


def test_sending_the_form_twice_makes_one_account(db: None, client: Client, mailbox: Mailbox) -> None:
    client.post(SIGN_UP, ENTERED)
    response = Client().post(SIGN_UP, ENTERED)

    assert response["Location"] == "/accounts/confirm-email/"
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("email", "tania"),
        ("email", ""),
        ("phone", "12"),
        ("password1", "password"),
        ("password1", "short"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    db: None, client: Client, field: str, value: str
) -> None:
    response = client.post(SIGN_UP, {**ENTERED, field: value})

    assert list(response.context["form"].errors) == [field]
    kept = "tania@example.com" if field != "email" else "01712-345678"
    assert kept.lower() in response.content.decode().lower()
    assert not User.objects.exists()


def test_the_phone_is_optional(db: None, client: Client, mailbox: Mailbox) -> None:
    client.post(SIGN_UP, {**ENTERED, "phone": ""})

    assert User.objects.get().phone == ""


def test_a_mail_server_that_is_away_does_not_cost_the_account(db: None, client: Client, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    response = client.post(SIGN_UP, ENTERED, follow=True)

    assert response.status_code == 200
    assert b"We could not send the mail" in response.content
    assert User.objects.count() == 1


def test_register_student_refuses_an_address_in_use(person: User) -> None:
    with pytest.raises(Refused, match="exists already"):
        register_student(email="Rahim@example.com", name="Another", password="river of tea 9")
