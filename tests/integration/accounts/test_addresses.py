from allauth.account.models import EmailAddress
from django.test import Client

from sms.accounts.actions import register_student, remember_verified_address
from sms.accounts.models import User
from sms.audit.models import Event
from tests.factories import PASSWORD, UserFactory
from tests.integration.accounts.conftest import Mailbox


def addresses(user: User) -> list[tuple[str, bool, bool]]:
    return list(EmailAddress.objects.filter(user=user).order_by("pk").values_list("email", "verified", "primary"))


def test_a_new_address_counts_when_its_link_is_opened(person: User, sign_in, mailbox: Mailbox) -> None:
    client = sign_in(person)
    client.post("/accounts/email/", {"email": "Rahim.Uddin@Example.com", "action_add": "1"})
    person.refresh_from_db()
    assert person.email == "rahim@example.com"
    assert b"rahim.uddin@example.com" in client.get("/accounts/email/").content

    client.post(mailbox.last_link())

    person.refresh_from_db()
    assert person.email == "rahim.uddin@example.com"
    assert addresses(person) == [("rahim.uddin@example.com", True, True)]
    assert mailbox.messages[-1]["To"] == "rahim@example.com"
    assert mailbox.subjects() == ["Confirm your e-mail address", "Your e-mail address has changed"]
    assert Event.objects.filter(verb="confirmed the e-mail address", subject_id=person.pk).count() == 1


def test_the_change_can_be_called_off(person: User, sign_in, mailbox: Mailbox) -> None:
    client = sign_in(person)
    client.post("/accounts/email/", {"email": "new@example.com", "action_add": "1"})
    client.post("/accounts/email/", {"email": "new@example.com", "action_remove": "1"})

    assert addresses(person) == [("rahim@example.com", True, True)]
    assert Client().post(mailbox.last_link()).status_code == 404


def test_an_address_that_someone_took_meanwhile_stays_theirs(person: User, sign_in, mailbox: Mailbox) -> None:
    client = sign_in(person)
    client.post("/accounts/email/", {"email": "new@example.com", "action_add": "1"})
    register_student(email="new@example.com", name="Another", password="river of tea 9")
    response = client.post(mailbox.last_link(), follow=True)

    person.refresh_from_db()
    assert person.email == "rahim@example.com"
    assert b"belongs to another account by now" in response.content


def test_staff_vouch_for_the_addresses_that_they_enter(db: None, django_assert_num_queries) -> None:
    people = [UserFactory() for _person in range(3)]
    squatter = UserFactory()
    EmailAddress.objects.create(user=squatter, email=people[0].email)
    EmailAddress.objects.create(user=people[1], email="old@example.com", verified=True, primary=True)

    with django_assert_num_queries(9):
        remember_verified_address(people)
    remember_verified_address(people)

    assert [addresses(person) for person in people] == [[(person.email, True, True)] for person in people]
    assert addresses(squatter) == []


def test_a_forgotten_password_is_reset_by_mail(person: User, client: Client, mailbox: Mailbox) -> None:
    response = client.post("/accounts/password/reset/", {"email": "Rahim@example.com"})
    assert response["Location"] == "/accounts/password/reset/done/"
    assert mailbox.subjects() == ["Reset your password"]

    link = mailbox.last_link()
    form = client.get(link)["Location"]
    entered = {"password1": "river of tea 9", "password2": "river of tea 9"}
    assert client.post(form, entered)["Location"] == "/accounts/password/reset/key/done/"

    assert mailbox.subjects() == ["Reset your password", "Your password has changed"]
    assert Event.objects.filter(verb="changed the password", subject_id=person.pk).count() == 1
    assert Client().post("/accounts/login/", {"login": person.email, "password": PASSWORD}).status_code == 200
    assert Client().post("/accounts/login/", {"login": person.email, "password": "river of tea 9"}).status_code == 302
    assert b"does not work any more" in Client().get(link, follow=True).content, "the link works once"


def test_a_reset_tells_no_one_whether_an_address_is_known(person: User, client: Client, mailbox: Mailbox) -> None:
    known = client.post("/accounts/password/reset/", {"email": person.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})

    assert known["Location"] == unknown["Location"]
    assert mailbox.subjects() == ["Reset your password", "There is no account for this address"]


def test_a_new_password_is_entered_twice_and_is_not_easy(person: User, client: Client, mailbox: Mailbox) -> None:
    client.post("/accounts/password/reset/", {"email": person.email})
    form = client.get(mailbox.last_link())["Location"]

    differing = client.post(form, {"password1": "river of tea 9", "password2": "river of tea 8"})
    easy = client.post(form, {"password1": "12345678", "password2": "12345678"})

    assert list(differing.context["form"].errors) == ["password2"]
    assert list(easy.context["form"].errors) == ["password1"]


def test_changing_the_password_ends_the_other_sessions(person: User, sign_in, mailbox: Mailbox) -> None:
    here, there = sign_in(person), sign_in(person)
    entered = {"oldpassword": PASSWORD, "password1": "river of tea 9", "password2": "river of tea 9"}
    here.post("/accounts/password/change/", entered)

    assert here.get("/accounts/profile/").status_code == 200
    assert there.get("/accounts/profile/").status_code == 302


def test_too_many_resets_get_the_page_of_429(person: User, client: Client, mailbox: Mailbox) -> None:
    statuses = [client.post("/accounts/password/reset/", {"email": person.email}).status_code for _ in range(6)]

    assert statuses == [302] * 5 + [429]
