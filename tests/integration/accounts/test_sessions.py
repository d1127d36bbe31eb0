from django.test import Client

from sms.accounts.models import User
from sms.accounts.queries import sessions_of
from sms.audit.models import Event
from tests.factories import UserFactory

PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
)


def alive(client: Client) -> bool:
    return client.get("/accounts/profile/").status_code == 200


def test_a_person_sees_where_they_are_signed_in(person: User, sign_in) -> None:
    client = sign_in(person)
    sign_in(person, headers={"User-Agent": PHONE}, REMOTE_ADDR="203.0.113.7")
    page = client.get("/accounts/sessions/").content.decode()

    assert "Chrome on Android" in page
    assert "203.0.113.7" in page
    assert page.count("this device") == 1


def test_one_device_is_signed_out(person: User, sign_in) -> None:
    here, there, third = sign_in(person), sign_in(person), sign_in(person)
    session = sessions_of(person).get(session_key=there.session.session_key)
    for _press in range(2):
        assert here.post(f"/accounts/sessions/{session.pk}/end/")["Location"] == "/accounts/sessions/"

    assert (alive(here), alive(there), alive(third)) == (True, False, True)
    assert Event.objects.filter(verb="ended a session", subject_id=person.pk).count() == 1


def test_all_others_are_signed_out(person: User, sign_in) -> None:
    here, there = sign_in(person), sign_in(person)
    here.post("/accounts/sessions/")

    assert (alive(here), alive(there)) == (True, False)


def test_nobody_ends_the_session_of_someone_else(person: User, sign_in, as_) -> None:
    theirs = sign_in(person)
    session = sessions_of(person).get()
    as_(UserFactory()).post(f"/accounts/sessions/{session.pk}/end/")

    assert alive(theirs)


def test_a_session_is_not_ended_by_a_link(person: User, sign_in) -> None:
    client = sign_in(person)

    assert client.get(f"/accounts/sessions/{sessions_of(person).get().pk}/end/").status_code == 405
