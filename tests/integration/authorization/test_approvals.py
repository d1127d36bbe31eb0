import pytest

from sms.accounts.actions import register_student
from sms.accounts.models import User
from sms.audit.models import Event

REFRESH = {"HX-Request": "true", "HX-Target": "list"}


@pytest.fixture
def waiting(db: None) -> User:
    return register_student(email="tania@example.com", name="Tania Sultana", password="river of tea 9")


def status(user: User) -> str:
    user.student_profile.refresh_from_db()
    return user.student_profile.status


def roles(user: User) -> list[str]:
    return list(user.groups.values_list("role__key", flat=True))


@pytest.mark.parametrize("role", ["sre", "manager", "admin"])
def test_staff_let_a_student_in_without_scripts(cast, as_, waiting: User, role: str) -> None:
    client = as_(getattr(cast, role))
    assert "Tania Sultana" in client.get("/approvals/").content.decode()

    assert client.post(f"/approvals/{waiting.pk}/approve/")["Location"] == "/approvals/"
    assert (status(waiting), roles(waiting)) == ("active", ["student"])
    assert "Tania Sultana is let in." in client.get("/approvals/").content.decode()
    assert Event.objects.filter(verb="approved", subject_id=waiting.pk).count() == 1


def test_with_htmx_the_row_says_what_became_of_it(cast, as_, waiting: User) -> None:
    response = as_(cast.sre, htmx=True).post(f"/approvals/{waiting.pk}/approve/")
    fragment = response.content.decode()

    assert response.status_code == 200
    assert fragment.lstrip().startswith(
        f'<div class="cluster" id="approval-{waiting.pk}" data-announce="Tania Sultana is let in."'
    )
    assert "<html" not in fragment
    assert "approved" in fragment


def test_a_second_press_changes_nothing_and_says_so(cast, as_, waiting: User) -> None:
    client = as_(cast.sre, htmx=True)
    client.post(f"/approvals/{waiting.pk}/approve/")
    response = client.post(f"/approvals/{waiting.pk}/approve/")

    assert response.status_code == 422
    assert "field-error" in response.content.decode()
    assert Event.objects.filter(verb="approved").count() == 1


def test_whoever_was_declined_can_still_be_let_in(cast, as_, waiting: User) -> None:
    client = as_(cast.sre)
    client.post(f"/approvals/{waiting.pk}/decline/")
    assert (status(waiting), roles(waiting)) == ("declined", [])
    assert "Tania Sultana" not in [row.record.name for row in client.get("/approvals/").context["table"].rows]
    assert "Approve after all" in client.get("/approvals/?status=declined").content.decode()

    client.post(f"/approvals/{waiting.pk}/approve/")
    assert (status(waiting), roles(waiting)) == ("active", ["student"])


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_three(cast, as_, django_assert_num_queries, rows: int) -> None:
    for number in range(rows):
        register_student(email=f"w{number}@example.com", name=f"W {number}", password="river of tea 9")
    client = as_(cast.sre)

    with django_assert_num_queries(4):
        assert client.get("/approvals/", headers=REFRESH).context["total"] == rows


@pytest.mark.parametrize("role", ["developer", "mentor", "student", "nobody"])
def test_others_neither_see_nor_decide(cast, as_, waiting: User, role: str) -> None:
    client = as_(getattr(cast, role))

    assert client.get("/approvals/").status_code == 403
    assert client.post(f"/approvals/{waiting.pk}/approve/").status_code == 403
    assert client.post(f"/approvals/{waiting.pk}/decline/").status_code == 403
    assert status(waiting) == "waiting"


def test_staff_who_never_registered_are_not_found_here(cast, as_) -> None:
    assert as_(cast.sre).post(f"/approvals/{cast.mentor.pk}/approve/").status_code == 404


def test_no_decision_by_a_link(cast, as_, waiting: User) -> None:
    assert as_(cast.sre).get(f"/approvals/{waiting.pk}/approve/").status_code == 405
