import pytest
from django.test import Client

from sms.accounts.actions import remember_verified_address
from sms.accounts.models import User
from sms.audit.models import Event
from sms.authorization.actions import deactivate_person
from tests.factories import PASSWORD, UserFactory

LOGIN = "/accounts/login/"


def signed_in(client: Client) -> bool:
    return client.get("/accounts/profile/").status_code == 200


def events_of(user: User) -> list[tuple[str, dict]]:
    events = Event.objects.filter(subject_type="accounts.user", subject_id=user.pk).order_by("pk")
    return [(event.verb, event.data) for event in events]


@pytest.mark.parametrize("address", ["rahim@example.com", "Rahim@Example.com", " rahim@example.com "])
def test_an_address_is_compared_regardless_of_case(person: User, client: Client, address: str) -> None:
    response = client.post(LOGIN, {"login": address, "password": PASSWORD})

    assert response.status_code == 302
    assert response["Location"] == "/"
    assert signed_in(client)


def test_after_signing_in_the_person_is_where_they_wanted_to_go(person: User, client: Client) -> None:
    asked = client.get("/accounts/profile/")
    response = client.post(
        asked["Location"], {"login": person.email, "password": PASSWORD, "next": "/accounts/profile/"}
    )

    assert response["Location"] == "/accounts/profile/"


def test_nobody_is_sent_to_another_site(person: User, client: Client) -> None:
    response = client.post(LOGIN, {"login": person.email, "password": PASSWORD, "next": "https://evil.example/"})

    assert response["Location"] == "/"


def test_a_wrong_password_and_an_unknown_address_look_the_same(person: User, client: Client) -> None:
    wrong = client.post(LOGIN, {"login": person.email, "password": "wrong"})
    unknown = client.post(LOGIN, {"login": "nobody@example.com", "password": "wrong"})

    sentence = ["This address and password do not belong together. Check both and try again."]
    assert wrong.context["form"].non_field_errors() == sentence
    assert unknown.context["form"].non_field_errors() == sentence
    assert not signed_in(client)


def test_coming_going_and_failing_are_events_with_their_origin(person: User) -> None:
    client = Client(headers={"User-Agent": "Firefox/130"}, REMOTE_ADDR="203.0.113.7")
    client.post(LOGIN, {"login": person.email, "password": "wrong"})
    client.post(LOGIN, {"login": person.email, "password": PASSWORD})
    client.post("/accounts/logout/")

    origin = {"ip": "203.0.113.7", "agent": "Firefox/130"}
    assert events_of(person) == [
        ("failed to sign in", {**origin, "email": person.email, "step": "password"}),
        ("signed in", origin),
        ("signed out", origin),
    ]


def test_an_attempt_for_an_unknown_address_is_an_event_without_a_person(db: None, client: Client) -> None:
    client.post(LOGIN, {"login": "Nobody@example.com", "password": "wrong"})

    event = Event.objects.get()
    assert (event.actor_id, event.subject_id, event.data["email"]) == (None, None, "nobody@example.com")


def test_no_event_holds_a_password(person: User, client: Client) -> None:
    client.post(LOGIN, {"login": person.email, "password": "very secret"})

    assert "very secret" not in str(list(Event.objects.values()))


def test_the_sixth_wrong_password_within_five_minutes_has_to_wait(person: User, client: Client) -> None:
    for _attempt in range(5):
        client.post(LOGIN, {"login": person.email, "password": "wrong"})
    response = client.post(LOGIN, {"login": person.email, "password": PASSWORD})

    assert response.context["form"].non_field_errors() == [
        "That was too often. Wait five minutes, or reset your password."
    ]


def test_many_people_sign_in_from_one_address(db: None) -> None:
    """A campus or a mobile network; allauth's own limit would be thirty a minute."""
    people = [UserFactory() for _student in range(40)]
    remember_verified_address(people)

    for user in people:
        client = Client(REMOTE_ADDR="203.0.113.7")
        assert client.post(LOGIN, {"login": user.email, "password": PASSWORD}).status_code == 302


def test_many_failures_from_one_address_are_slowed_down(db: None) -> None:
    for attempt in range(100):
        Client(REMOTE_ADDR="203.0.113.8").post(LOGIN, {"login": f"a{attempt}@example.com", "password": "wrong"})
    response = Client(REMOTE_ADDR="203.0.113.8").post(LOGIN, {"login": "b@example.com", "password": "wrong"})

    assert response.context["form"].non_field_errors() == [
        "That was too often. Wait five minutes, or reset your password."
    ]


def test_a_deactivated_person_is_signed_out_by_their_next_request(person: User, cast, sign_in) -> None:
    client = sign_in(person)
    assert signed_in(client)

    deactivate_person(actor=cast.admin, user=person)

    assert client.get("/accounts/profile/").status_code == 302
    assert client.post(LOGIN, {"login": person.email, "password": PASSWORD})["Location"] == "/accounts/inactive/"
    assert not signed_in(client)


def test_signing_out_takes_a_press_and_not_a_link(person: User, sign_in) -> None:
    client = sign_in(person)

    client.get("/accounts/logout/")
    assert signed_in(client)
    client.post("/accounts/logout/")
    assert not signed_in(client)


def test_someone_who_is_signed_in_need_not_do_it_again(person: User, sign_in) -> None:
    assert sign_in(person).get(LOGIN)["Location"] == "/"


@pytest.mark.parametrize("path", [LOGIN, "/accounts/signup/", "/accounts/password/reset/"])
def test_no_page_has_inline_scripts_or_styles(db: None, client: Client, path: str) -> None:
    page = client.get(path).content.decode()

    assert "<script>" not in page
    assert 'type="application/json"' not in page
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
