import pytest
from huey.contrib.djhuey import HUEY

from sms.accounts.actions import register_student
from sms.accounts.models import User
from sms.audit.models import Event
from sms.authorization import actions
from sms.core.problems import Refused
from sms.programme.models import Enrollment
from tests.factories import BatchFactory

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


# --- Several at once


@pytest.fixture
def three(db: None) -> list[User]:
    return [
        register_student(
            email=f"w{n}@example.com", name=f"W {n}", password="river of tea 9", phone=f"+88017987650{n:02}"
        )
        for n in range(3)
    ]


@pytest.fixture
def queue_works_at_once():
    HUEY.immediate = True
    yield
    HUEY.immediate = False


def decision(students: list[User], which: str, **more: str) -> dict:
    return {"students": [student.pk for student in students], "decision": which, **more}


def test_those_who_are_chosen_are_let_in_and_hear_of_it(
    cast, as_, three, mailoutbox, queue_works_at_once, django_capture_on_commit_callbacks
) -> None:
    client = as_(cast.sre)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post("/approvals/decide/", decision(three[:2], "approve", place="batch-12"))

    assert response["Location"] == "/approvals/"
    assert "2 students are let in." in client.get("/approvals/").text
    assert [(status(user), roles(user)) for user in three] == [("active", ["student"])] * 2 + [("waiting", [])]
    assert list(Enrollment.objects.filter(student__in=three, batch=cast.batch).values_list("student", flat=True)) == [
        three[0].pk,
        three[1].pk,
    ]
    assert [(mail.to, mail.subject) for mail in mailoutbox] == [
        ([three[0].email], "You are in"),
        ([three[1].email], "You are in"),
    ]
    assert "http://testserver/" in mailoutbox[0].body
    assert Event.objects.filter(verb="approved", actor_id=cast.sre.pk).count() == 2


def test_the_reason_for_declining_reaches_the_student_and_the_audit_list(
    cast, as_, three, mailoutbox, queue_works_at_once, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        as_(cast.manager).post("/approvals/decide/", decision(three, "decline", reason=" Not in <our> batch & late "))

    assert [status(user) for user in three] == ["declined"] * 3
    assert len(mailoutbox) == 3
    assert "Their reason: Not in <our> batch & late\n" in mailoutbox[0].body
    event = Event.objects.filter(verb="declined", subject_id=three[0].pk).get()
    assert event.data == {"reason": "Not in <our> batch & late"}


def test_who_was_decided_on_meanwhile_is_passed_over_and_gets_no_second_mail(
    cast, as_, three, mailoutbox, queue_works_at_once, django_capture_on_commit_callbacks
) -> None:
    actions.approve_student(actor=cast.sre2, user=three[0])
    client = as_(cast.sre)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/approvals/decide/", decision(three, "approve"))
    assert "2 students are let in. 1 was decided on before." in client.get("/approvals/").text
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/approvals/decide/", decision(three, "approve"))
    assert sorted(mail.to[0] for mail in mailoutbox) == [three[1].email, three[2].email]


def test_one_decision_tells_the_student_too(
    cast, as_, waiting: User, mailoutbox, queue_works_at_once, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        as_(cast.sre).post(f"/approvals/{waiting.pk}/decline/")
    (mail,) = mailoutbox
    assert (mail.to, mail.subject, "Their reason" in mail.body) == (
        ["tania@example.com"],
        "Your registration was declined",
        False,
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"students": []}, "Choose at least one student."),
        ({"students": ["0"]}, "0 is not one of the available choices"),
        ({"decision": "hang"}, "hang is not one of the available choices"),
        ({"place": "no-such-batch"}, "no-such-batch is not one of the available choices"),
        ({"place": "over"}, "over is not one of the available choices"),
    ],
)
def test_a_mistake_decides_nothing(cast, as_, three, changes: dict, sentence: str) -> None:
    BatchFactory(code="over", status="completed")
    client = as_(cast.sre)
    client.post("/approvals/decide/", {**decision(three, "approve"), **changes})
    assert sentence in client.get("/approvals/").text
    assert [status(user) for user in three] == ["waiting"] * 3


def test_who_may_not_enroll_is_offered_no_batch_and_cannot_smuggle_one_in(cast, as_, three) -> None:
    cast.manager.groups.get().permissions.remove(
        *cast.manager.groups.get().permissions.filter(codename="manage_enrollments")
    )
    assert 'name="place"' not in as_(cast.manager).get("/approvals/").text
    as_(cast.manager).post("/approvals/decide/", decision(three, "approve", place="batch-12"))
    assert not Enrollment.objects.filter(student__in=three).exists()
    manager = User.objects.get(pk=cast.manager.pk)
    with pytest.raises(Refused, match="cannot put students there"):
        actions.approve_students(actor=manager, users=three, place="batch-12")


@pytest.mark.parametrize("role", ["developer", "mentor", "student", "nobody"])
def test_others_decide_on_nobody(cast, as_, three, role: str) -> None:
    assert as_(getattr(cast, role)).post("/approvals/decide/", decision(three, "approve")).status_code == 403
    assert status(three[0]) == "waiting"


def test_the_cost_of_a_decision_does_not_grow_with_the_students(cast, three, django_assert_num_queries) -> None:
    more = [register_student(email=f"m{n}@example.com", name="M", password="river of tea 9") for n in range(5)]
    with django_assert_num_queries(6):
        actions.approve_students(actor=cast.sre, users=three[:1])
    with django_assert_num_queries(6):
        actions.approve_students(actor=cast.sre, users=[*more, *three[1:]])


# --- Contacts


def test_the_list_masks_contacts_and_finds_by_address_only_for_who_may_reveal(cast, as_, three) -> None:
    manager, sre = as_(cast.manager), as_(cast.sre)
    for client in (manager, sre):
        html = client.get("/approvals/").text
        assert ("w0@example.com" in html, "98765000" in html, "w••••@example.com" in html) == (False, False, True)
    assert ("/reveal/" in sre.get("/approvals/").text, "/reveal/" in manager.get("/approvals/").text) == (True, False)
    for query in ("w0@exam", "8765000"):
        assert sre.get(f"/approvals/?q={query}").context["total"] == 1
        assert manager.get(f"/approvals/?q={query}").context["total"] == 0
    assert manager.get("/approvals/?sort=email").context["total"] == 3
