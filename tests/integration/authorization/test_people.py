import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.test import Client
from huey.contrib.djhuey import HUEY

from sms.accounts.models import StudentProfile, User
from sms.audit.models import Event
from sms.authorization import actions
from tests.factories import UserFactory

REFRESH = {"HX-Request": "true", "HX-Target": "list"}

ENTERED = {
    "name": "Farhana Yasmin",
    "email": "Farhana@Example.com",
    "phone": "01712345678",
    "timezone": "Asia/Dhaka",
    "language": "en",
    "role_keys": ["mentor", "sre"],
}


@pytest.fixture
def queue_works_at_once():
    HUEY.immediate = True
    yield
    HUEY.immediate = False


def role_keys(user: User) -> list[str]:
    return sorted(user.groups.values_list("role__key", flat=True))


def test_an_admin_creates_a_person_who_chooses_a_password_by_mail(
    cast, as_, mailoutbox, queue_works_at_once, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = as_(cast.admin).post("/users/new/", ENTERED)

    user = User.objects.get(email="farhana@example.com")
    assert response["Location"] == f"/users/{user.pk}/"
    assert (user.name, user.phone, role_keys(user)) == ("Farhana Yasmin", "+8801712345678", ["mentor", "sre"])
    about = Event.objects.filter(subject_type="accounts.user", subject_id=user.pk).order_by("pk")
    assert list(about.values_list("verb", flat=True)) == ["created", "changed the roles of"]

    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["farhana@example.com"], "Your account at Mentorship")
    (link,) = re.findall(r"http://testserver(/accounts/password/reset/key/\S+)", mail.body)
    client = Client()
    form = client.get(link)["Location"]
    client.post(form, {"password1": "river of tea 9", "password2": "river of tea 9"})
    response = client.post("/accounts/login/", {"login": "farhana@example.com", "password": "river of tea 9"})
    assert response["Location"] == "/", "the address counts as confirmed: an admin vouched for it"


def test_creating_someone_twice_is_said_beside_the_address(cast, as_) -> None:
    response = as_(cast.admin).post("/users/new/", {**ENTERED, "email": cast.mentor.email.upper()})

    assert response.status_code == 422
    assert response.context["form"].errors == {"email": ["Someone with this address exists already."]}
    assert "Farhana Yasmin" in response.content.decode(), "nothing is lost from the form"


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("email", "x"), ("phone", "12"), ("role_keys", ["king"])])
def test_a_mistake_writes_nothing(cast, as_, field: str, value: object) -> None:
    before = User.objects.count()
    response = as_(cast.admin).post("/users/new/", {**ENTERED, field: value})

    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert User.objects.count() == before


def test_a_new_student_is_active_at_once(cast, as_) -> None:
    as_(cast.admin).post("/users/new/", {**ENTERED, "role_keys": ["student"]})

    assert StudentProfile.objects.get(user__email="farhana@example.com").status == "active"


def test_an_admin_edits_a_person_and_their_address_in_both_places(cast, as_) -> None:
    EmailAddress.objects.create(user=cast.mentor, email=cast.mentor.email, verified=True, primary=True)
    as_(cast.admin).post(f"/users/{cast.mentor.pk}/edit/", ENTERED)

    cast.mentor.refresh_from_db()
    assert (cast.mentor.email, role_keys(cast.mentor)) == ("farhana@example.com", ["mentor", "sre"])
    addresses = EmailAddress.objects.filter(user=cast.mentor).values_list("email", "verified", "primary")
    assert list(addresses) == [("farhana@example.com", True, True)]


def test_the_form_shows_what_is_stored(cast, as_) -> None:
    page = as_(cast.admin).get(f"/users/{cast.mentor.pk}/edit/")

    assert page.context["form"].initial["role_keys"] == ["mentor"]
    assert cast.mentor.email in page.content.decode()


def test_the_only_admin_cannot_give_the_role_away(cast, as_) -> None:
    response = as_(cast.admin).post(f"/users/{cast.admin.pk}/edit/", {**ENTERED, "role_keys": ["manager"]})

    assert response.status_code == 422
    assert "is the only admin" in response.content.decode()
    cast.admin.refresh_from_db()
    assert (cast.admin.email, role_keys(cast.admin)) == ("admin@example.com", ["admin"])


def test_a_person_is_deactivated_and_comes_back(cast, as_) -> None:
    admin, theirs = as_(cast.admin), as_(cast.mentor)
    for _press in range(2):
        assert admin.post(f"/users/{cast.mentor.pk}/deactivate/")["Location"] == f"/users/{cast.mentor.pk}/"
    assert theirs.get("/accounts/profile/").status_code == 302

    admin.post(f"/users/{cast.mentor.pk}/reactivate/")
    cast.mentor.refresh_from_db()
    assert cast.mentor.is_active


@pytest.mark.parametrize("who", ["admin", "admin2"])
def test_nobody_locks_everybody_out(cast, as_, who: str) -> None:
    """Neither by deactivating oneself, nor by taking out the only admin who is left."""
    helper = UserFactory(email="admin2@example.com")
    actions.create_role(
        actor=cast.admin,
        key="people",
        title="People",
        permissions=Permission.objects.filter(codename="manage_users"),
    )
    actions.set_roles(actor=cast.admin, user=helper, role_keys=["people"])
    actor = {"admin": cast.admin, "admin2": helper}[who]
    response = as_(actor).post(f"/users/{cast.admin.pk}/deactivate/")

    assert response.status_code == 422
    assert ("cannot deactivate yourself" if who == "admin" else "is the only admin") in response.content.decode()
    cast.admin.refresh_from_db()
    assert cast.admin.is_active


def test_a_question_is_asked_before_and_a_look_changes_nothing(cast, as_) -> None:
    client = as_(cast.admin)
    assert (
        f'action="/users/{cast.mentor.pk}/deactivate/"'
        in client.get(f"/users/{cast.mentor.pk}/deactivate/").content.decode()
    )
    assert "<dialog" in client.get(f"/users/{cast.mentor.pk}/").content.decode()

    cast.mentor.refresh_from_db()
    assert cast.mentor.is_active
    assert client.get(f"/users/{cast.mentor.pk}/reactivate/").status_code == 405


def test_someone_who_never_came_is_invited_again(
    cast, as_, mailoutbox, queue_works_at_once, django_capture_on_commit_callbacks
) -> None:
    person = actions.create_person(actor=cast.admin, email="new@example.com", name="New", role_keys=["mentor"])
    client = as_(cast.admin)
    assert "Invite again" in client.get(f"/users/{person.pk}/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/users/{person.pk}/invite/")

    assert [mail.to for mail in mailoutbox] == [["new@example.com"]]


def names(response) -> list[str]:
    return [row.record.name for row in response.context["table"].rows]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=sadia", ["Sadia Karim"]),
        ("q=MENTOR2@", ["Imran Kabir"]),
        ("role=mentor", ["Imran Kabir", "Sadia Karim"]),
        ("role=mentor&sort=-name", ["Sadia Karim", "Imran Kabir"]),
        ("state=roleless", ["Waiting Wasim"]),
        ("state=deactivated", ["Sohel Rana"]),
        ("role=sre&state=active", ["Nusrat Rahman"]),
        ("state=waiting", ["Tania Sultana"]),
        ("q=nobody-like-this", []),
    ],
)
def test_people_are_found(cast, as_, query: str, found: list[str]) -> None:
    actions.deactivate_person(actor=cast.admin, user=cast.sre2)
    waiting = UserFactory(name="Tania Sultana", roles=("student",))
    StudentProfile.objects.create(user=waiting)

    assert names(as_(cast.admin).get(f"/users/?{query}")) == found


def test_the_export_has_all_rows_and_stable_keys(cast, as_) -> None:
    response = as_(cast.admin).get("/users/?role=mentor&_export=csv")
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()

    assert lines[0] == "Name,Roles,Last sign-in,Joined,State"
    assert [line.split(",")[:2] for line in lines[1:]] == [["Imran Kabir", "mentor"], ["Sadia Karim", "mentor"]]
    assert "@" not in "".join(lines)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_three(cast, as_, django_assert_num_queries, rows: int) -> None:
    for number in range(rows):
        StudentProfile.objects.create(user=UserFactory(name=f"Zara {number}", roles=("mentor", "sre")))
    client = as_(cast.admin)

    with django_assert_num_queries(6):
        response = client.get("/users/?q=zara", headers=REFRESH)
    assert response.context["total"] == rows


PAGES = ["/users/", "/users/new/", "/users/{0}/", "/users/{0}/edit/", "/users/{0}/deactivate/"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", ["developer", "manager", "sre", "mentor", "student", "nobody"])
def test_people_are_for_admins_alone(cast, as_, role: str, page: str) -> None:
    client = as_(getattr(cast, role))

    assert client.get(page.format(cast.mentor2.pk)).status_code == 403
    if page not in ("/users/", "/users/{0}/"):
        assert client.post(page.format(cast.mentor2.pk), ENTERED).status_code == 403


def test_someone_who_does_not_exist_is_not_found(cast, as_) -> None:
    assert {as_(cast.admin).get(page.format(99_999)).status_code for page in PAGES[2:]} == {404}


@pytest.fixture
def helper(cast) -> User:
    """Somebody who manages people and no roles."""
    permissions = Permission.objects.filter(codename__in=["manage_users", "view_users"])
    actions.create_role(actor=cast.admin, key="people", title="People", permissions=permissions)
    helper = UserFactory(email="helper@example.com")
    actions.set_roles(actor=cast.admin, user=helper, role_keys=["people"])
    return helper


@pytest.mark.parametrize("role", ["admin", "sre", "developer"])
def test_nobody_gives_a_role_above_their_own_in_the_form(cast, as_, helper: User, role: str) -> None:
    client = as_(helper)
    offered = [key for key, _title in client.get("/users/new/").context["form"].fields["role_keys"].choices]
    assert offered == ["mentor", "student", "people"]
    assert client.post("/users/new/", {**ENTERED, "role_keys": [role]}).status_code == 422
    assert client.post("/users/new/", {**ENTERED, "role_keys": ["mentor"]}).status_code == 302


def test_nobody_takes_over_an_account_above_their_own_by_its_address(cast, as_, helper: User) -> None:
    """The role stays ticked, so only the address changes; the password would be reset by mail."""
    client = as_(helper)
    response = client.post(f"/users/{cast.admin.pk}/edit/", {**ENTERED, "role_keys": ["admin"]})
    assert response.status_code == 422
    assert "may do more than you may" in response.text
    cast.admin.refresh_from_db()
    assert (cast.admin.email, role_keys(cast.admin)) == ("admin@example.com", ["admin"])
