import pytest
from django.urls import reverse

from sms.accounts.models import User
from sms.audit.models import Event

ENTERED = {
    "name": "Rahim  U. Ahmed",
    "phone": "01812 345678",
    "timezone": "Europe/London",
    "language": "bn",
    "theme": "dark",
    "notify_of_deadlines": "on",
}


def test_a_person_edits_their_profile(person: User, as_) -> None:
    client = as_(person)
    response = client.post("/accounts/profile/", ENTERED)

    assert response["Location"] == "/accounts/profile/"
    person.refresh_from_db()
    assert {field: getattr(person, field) for field in (*ENTERED, "notify_by_email")} == {
        "name": "Rahim U. Ahmed",
        "phone": "+8801812345678",
        "timezone": "Europe/London",
        "language": "bn",
        "theme": "dark",
        "notify_of_deadlines": True,
        "notify_by_email": False,
    }
    event = Event.objects.get(verb="updated the profile")
    assert event.data == {"changed": ["language", "name", "notify_by_email", "phone", "theme", "timezone"]}
    page = client.get("/accounts/profile/").content.decode()
    assert 'lang="bn"' in page
    assert 'data-theme="dark"' in page


def test_saving_the_same_again_is_no_event(person: User, as_) -> None:
    client = as_(person)
    client.post("/accounts/profile/", ENTERED)
    client.post("/accounts/profile/", ENTERED)

    assert Event.objects.filter(verb="updated the profile").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " "), ("phone", "call me"), ("timezone", "Mars"), ("language", "xx"), ("theme", "pink")],
)
def test_a_mistake_is_said_beside_its_field_and_nothing_is_lost(person: User, as_, field: str, value: str) -> None:
    response = as_(person).post("/accounts/profile/", {**ENTERED, field: value})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert "Europe/London" in response.content.decode()
    person.refresh_from_db()
    assert person.timezone == "Asia/Dhaka"


def test_everyone_has_a_profile_and_nobody_has_it_signed_out(cast, as_) -> None:
    people = [cast.admin, cast.developer, cast.manager, cast.sre, cast.mentor, cast.student, cast.nobody]
    statuses = {as_(user).get("/accounts/profile/").status_code for user in people}

    assert statuses == {200}
    assert as_(None).get("/accounts/profile/")["Location"] == "/accounts/login/?next=/accounts/profile/"


@pytest.mark.parametrize(
    "name",
    ["accounts:profile", "account_email", "account_change_password", "mfa_index", "usersessions_list"],
)
def test_the_settings_mark_the_page_that_is_open(person: User, as_, name: str) -> None:
    page = as_(person).get(reverse(name)).content.decode()
    tabs = page[page.index('class="tabs"') : page.index("</nav>", page.index('class="tabs"'))]

    assert tabs.count('aria-current="page"') == 1
    assert f'href="{reverse(name)}" aria-current="page"' in tabs


@pytest.mark.parametrize(
    ("status", "sentence"),
    [("waiting", "Almost there"), ("declined", "was declined"), (None, "has no role yet")],
)
def test_those_without_a_role_learn_what_happens_next(cast, as_, status: str | None, sentence: str) -> None:
    from sms.accounts.models import StudentProfile

    if status:
        StudentProfile.objects.create(user=cast.nobody, status=status)

    assert sentence in as_(cast.nobody).get("/accounts/waiting/").content.decode()
