"""The record of a student: who finds it, what it tells whom, and what editing it does."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from sms.accounts.models import User
from sms.audit.models import Event
from sms.authorization.actions import approve_student, set_roles
from sms.core import clock
from sms.dashboards.performance import performance_of
from sms.outreach.actions import log_call, take_next
from sms.outreach.choices import Outcome
from sms.points.actions import recalculate
from sms.programme.actions import join_mission, leave_missions
from sms.programme.models import MissionEnrollment
from tests.conftest import ORDINARY_MORNING
from tests.factories import (
    AssignmentFactory,
    CallEntryFactory,
    EnrollmentFactory,
    MissionEnrollmentFactory,
    MissionFactory,
    StudentFactory,
    attended,
    guided_by,
)

pytestmark = pytest.mark.usefixtures("ordinary_morning")
SUNDAY = date(2026, 11, 22)

ENTERED = {
    "name": "Arif R. Rahman",
    "email": "Arif@Example.com",
    "phone": "01812345678",
    "student_id": "S-77",
    "city": "Sylhet",
    "timezone": "Asia/Tokyo",
    "status": "active",
}


def url(student: User, page: str = "") -> str:
    return f"/students/records/{student.pk}/{page}"


def text_of(client: Client, address: str) -> str:
    return BeautifulSoup(client.get(address).text, "html.parser").main.get_text(" ", strip=True)


def names(client: Client, query: str = "") -> list[str]:
    return [row.record.name for row in client.get(f"/students/records/{query}").context["table"].rows]


# --- The list


def test_every_student_stands_in_the_list_once_whatever_they_take_part_in(cast, as_) -> None:
    MissionEnrollmentFactory(mission=MissionFactory(batch=cast.batch), student=cast.student)
    StudentFactory(name="Zara Unplaced")
    assert names(as_(cast.manager)) == ["Arif Rahman", "Tanvir Hasan", "Zara Unplaced"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=tanvir", ["Tanvir Hasan"]),
        ("?q=s-12", ["Arif Rahman"]),
        ("?status=left", ["Zara Unplaced"]),
        ("?batch={batch}", ["Arif Rahman", "Tanvir Hasan"]),
        ("?now=yes", ["Arif Rahman"]),
        ("?now=no", ["Tanvir Hasan", "Zara Unplaced"]),
        ("?sort=-name", ["Zara Unplaced", "Tanvir Hasan", "Arif Rahman"]),
    ],
)
def test_students_are_found(cast, as_, query: str, found: list[str]) -> None:
    type(cast.student.student_profile).objects.filter(user=cast.student).update(student_id="S-12")
    set_roles(actor=None, user=StudentFactory(name="Zara Unplaced"), role_keys=[])
    leave_missions(actor=None, mission_enrollments=[cast.enrolled2])
    type(cast.enrolled2.enrollment).objects.filter(pk=cast.enrolled2.enrollment_id).update(ended_on=SUNDAY)
    assert names(as_(cast.manager), query.format(batch=cast.batch.pk)) == found


@pytest.mark.parametrize(("who", "found"), [("manager", []), ("sre", ["Arif Rahman"]), ("admin", ["Arif Rahman"])])
@pytest.mark.parametrize("page", ["/students/records/", "/students/"])
def test_an_address_finds_a_student_only_for_who_may_reveal_it(cast, as_, who: str, found: list, page: str) -> None:
    """Else the search would tell, letter by letter, what is masked."""
    type(cast.student).objects.filter(pk=cast.student.pk).update(email="hidden.name@example.com")
    table = as_(getattr(cast, who)).get(f"{page}?q=hidden.name").context["table"]
    assert [str(getattr(row.record, "student", row.record)) for row in table.rows] == found


def test_a_mentor_cannot_search_addresses_of_their_own_students_either(cast, as_) -> None:
    assert as_(cast.mentor).get("/dashboard/mentor/?q=student@exam").context["total"] == 0
    assert as_(cast.mentor).get("/dashboard/mentor/?q=arif").context["total"] == 1


@pytest.mark.parametrize("who", ["manager", "sre", "admin"])
def test_the_export_holds_no_contacts(cast, as_, who: str) -> None:
    content = b"".join(as_(getattr(cast, who)).get("/students/records/?_export=csv").streaming_content).decode()
    assert content.splitlines()[1].startswith("Arif Rahman,")
    assert leaks(cast.student, content) == []


# --- The record


def test_both_spells_in_a_mission_are_told_with_their_mentors(cast, as_) -> None:
    leave_missions(actor=cast.sre, mission_enrollments=[cast.enrolled])
    [again] = join_mission(actor=cast.sre, enrollments=[cast.enrolled.enrollment], mission=cast.mission)
    guided_by(cast.mentor2, again)
    text = text_of(as_(cast.manager), url(cast.student))

    assert text.count("Tue 13 Oct – Sun 22 Nov") == 1, "the spell that is over"
    assert text.count("JavaScript basics Sun 22 Nov – now") == 1, "the present one"
    assert ("Mentor Sadia Karim" in text, "Mentor Imran Kabir" in text) == (True, True)
    assert text.index("Mentor Imran Kabir") < text.index("Mentor Sadia Karim"), "the present spell comes first"


def test_a_mentor_sees_only_the_missions_in_which_they_guide(cast, as_) -> None:
    elsewhere = MissionFactory(batch=cast.batch, title="Secret mission")
    MissionEnrollmentFactory(mission=elsewhere, student=cast.student)
    EnrollmentFactory(student=cast.student)
    mentors, managers = (text_of(as_(who), url(cast.student)) for who in (cast.mentor, cast.manager))

    assert ("JavaScript basics" in mentors, "Secret mission" in mentors) == (True, False)
    assert "What happened" not in mentors
    assert "Secret mission" in managers
    assert "Secret mission" not in text_of(as_(cast.mentor), url(cast.student, "performance/"))


@pytest.mark.parametrize("page", ["", "performance/", "edit/", "reveal/phone/"])
@pytest.mark.parametrize(("who", "status"), [("mentor2", 404), ("student", 403), ("developer", 403), ("nobody", 403)])
def test_others_do_not_find_it(cast, as_, who: str, status: int, page: str) -> None:
    method = "post" if page.startswith("reveal") else "get"
    expected = 403 if page == "edit/" else status
    assert getattr(as_(getattr(cast, who)), method)(url(cast.student, page)).status_code == expected


def test_a_mentor_who_no_longer_guides_no_longer_sees(cast, as_) -> None:
    assert as_(cast.mentor).get(url(cast.student)).status_code == 200
    leave_missions(actor=cast.sre, mission_enrollments=[cast.enrolled])
    assert as_(cast.mentor).get(url(cast.student)).status_code == 404


def test_staff_are_no_students(cast, as_) -> None:
    assert as_(cast.admin).get(url(cast.mentor)).status_code == 404


def test_the_timeline_tells_what_happened_to_whom_may_know(cast, as_) -> None:
    CallEntryFactory(mission_enrollment=cast.enrolled)
    entry = take_next(actor=cast.sre)
    log_call(actor=cast.sre, entry=entry, outcome=Outcome.PICKED, notes="Had a fever", follow_up_at=None)
    with clock.frozen_at(ORDINARY_MORNING + timedelta(hours=1)):
        leave_missions(actor=cast.sre, mission_enrollments=[cast.enrolled], reason="Moved away")
        as_(cast.admin).post(url(cast.student, "reveal/phone/"))
        texts = {who: text_of(as_(getattr(cast, who)), url(cast.student)) for who in ("manager", "sre", "admin")}

    for who, text in texts.items():
        assert "Took out of the mission Arif Rahman · JavaScript basics Nusrat Rahman · reason: Moved away" in text
        assert ("Had a fever" in text) == (who != "manager"), "the call log is not for managers"
        assert ("revealed a contact" in text) == (who == "admin")
    assert texts["sre"].index("Moved away") < texts["sre"].index("Had a fever"), "the newest first"


def test_the_timeline_is_paged(cast, as_) -> None:
    from sms.audit.actions import record

    for number in range(25):
        record(actor=cast.sre, verb="edited", subject=cast.student, data={"fields": ["city", f"f{number}"]})
    client = as_(cast.sre)
    first, second = (client.get(url(cast.student) + f"?page={page}").context for page in (1, 2))
    assert (len(first["happenings"]), len(second["happenings"])) == (20, 5)
    assert first["happenings"][0].detail == "changed: city, f24"


def test_an_event_with_an_address_in_it_does_not_bring_it_into_the_timeline(cast, as_) -> None:
    from sms.audit.actions import record

    data = {"email": cast.student.email, "ip": "203.0.113.9"}
    record(actor=cast.student, verb="confirmed the e-mail address", subject=cast.student, data=data)
    html = as_(cast.manager).get(url(cast.student)).text
    assert "confirmed the e-mail address" in html
    assert (cast.student.email in html, "203.0.113.9" in html) == (False, False)


def test_the_record_costs_the_same_for_a_long_history(cast, as_, django_assert_num_queries) -> None:
    client = as_(cast.admin)

    def grow() -> None:
        mission = MissionFactory(batch=cast.batch)
        guided_by(cast.mentor2, MissionEnrollmentFactory(mission=mission, student=cast.student))
        EnrollmentFactory(student=cast.student)
        client.post(url(cast.student, "reveal/email/"))

    grow()
    client.get(url(cast.student))
    with django_assert_num_queries(15):
        client.get(url(cast.student))
    grow()
    grow()
    with django_assert_num_queries(15):
        client.get(url(cast.student))


# --- Contacts


def leaks(student: User, html: str) -> list[str]:
    """What a page tells of the contacts of a student: the number in any writing, the address in any case."""
    digits = student.phone.removeprefix("+880")
    bare = "".join(filter(str.isdigit, html))
    return [secret for secret in (digits, f"0{digits}") if secret in bare] + [
        part for part in (student.email, student.email.split("@")[0] + "@") if part in html.lower()
    ]


PAGES = {
    "record": lambda cast: url(cast.student),
    "performance": lambda cast: url(cast.student, "performance/"),
    "mission": lambda cast: f"/students/{cast.enrolled.pk}/",
    "records": lambda _cast: "/students/records/",
    "students": lambda _cast: "/students/",
    "own": lambda _cast: "/dashboard/mentor/",
    "risk": lambda _cast: "/risk/",
}


@pytest.fixture
def telling_contacts(cast) -> None:
    """A number and an address that occur nowhere else by chance."""
    cast.student.phone, cast.student.email = "+8801798765432", "zqxj.arif@example.com"
    cast.student.save()


@pytest.mark.usefixtures("telling_contacts")
@pytest.mark.parametrize(
    ("who", "page"),
    [(who, page) for who in ("manager", "sre", "admin") for page in PAGES if page != "own"]
    + [("mentor", page) for page in ("record", "performance", "mission", "own")],
)
def test_no_page_holds_a_contact_before_it_is_revealed(cast, as_, who: str, page: str) -> None:
    response = as_(getattr(cast, who)).get(PAGES[page](cast))
    assert response.status_code == 200
    assert leaks(cast.student, response.text) == []
    assert "Arif Rahman" in response.text or page == "risk"


@pytest.mark.usefixtures("telling_contacts")
@pytest.mark.parametrize("who", ["sre", "admin", "mentor"])
def test_a_press_reveals_one_contact_and_is_logged(cast, as_, who: str) -> None:
    person = getattr(cast, who)
    page = as_(person).get(url(cast.student)).text
    assert ("+880 17•• ••• •32" in page, "z••••@example.com" in page) == (True, True)

    fragment = as_(person, htmx=True).post(url(cast.student, "reveal/phone/")).text
    assert 'href="tel:+8801798765432"' in fragment
    assert cast.student.email not in fragment
    whole = as_(person).post(url(cast.student, "reveal/email/")).text
    assert "mailto:zqxj.arif@example.com" in whole
    assert "98765432" not in whole, "what was revealed before is masked again"

    events = Event.objects.filter(verb="revealed a contact of", subject_id=cast.student.pk).order_by("pk")
    assert [(event.actor_id, event.subject_type, event.data) for event in events] == [
        (person.pk, "accounts.user", {"which": "phone"}),
        (person.pk, "accounts.user", {"which": "email"}),
    ]


def test_each_reveal_counts(cast, as_) -> None:
    client = as_(cast.sre, htmx=True)
    for _press in range(2):
        client.post(url(cast.student, "reveal/phone/"))
    assert Event.objects.filter(verb="revealed a contact of").count() == 2
    assert text_of(as_(cast.admin), url(cast.student)).count("Nusrat Rahman phone") == 2


@pytest.mark.usefixtures("telling_contacts")
def test_a_manager_sees_masks_without_a_button_and_reveals_nothing(cast, as_) -> None:
    html = as_(cast.manager).get(url(cast.student)).text
    assert "+880 17•• ••• •32" in html
    assert "/reveal/" not in html
    response = as_(cast.manager).post(url(cast.student, "reveal/phone/"))
    assert (response.status_code, leaks(cast.student, response.text)) == (403, [])
    assert not Event.objects.filter(verb="revealed a contact of").exists()


def test_a_manager_who_guides_a_student_reveals_the_contacts_of_that_one_only(cast, as_) -> None:
    set_roles(actor=None, user=cast.manager, role_keys=["manager", "mentor"])
    guided_by(cast.manager, cast.enrolled)
    client = as_(cast.manager)
    assert client.post(url(cast.student, "reveal/phone/")).status_code == 200
    assert client.post(url(cast.student2, "reveal/phone/")).status_code == 404
    assert "/reveal/" not in client.get(url(cast.student2)).text


@pytest.mark.parametrize(("which", "status"), [("password", 404), ("phone", 405)])
def test_only_contacts_are_revealed_and_only_by_a_press(cast, as_, which: str, status: int) -> None:
    method = "get" if status == 405 else "post"
    assert getattr(as_(cast.sre), method)(url(cast.student, f"reveal/{which}/")).status_code == status


def test_who_has_no_phone_has_nothing_to_reveal(cast, as_) -> None:
    cast.student.phone = ""
    cast.student.save()
    page = as_(cast.sre).get(url(cast.student)).text
    assert "No phone number is known." in page
    assert "reveal/phone" not in page


# --- Editing


@pytest.mark.parametrize("who", ["sre", "admin"])
def test_a_student_is_edited(cast, as_, who: str) -> None:
    response = as_(getattr(cast, who)).post(url(cast.student, "edit/"), ENTERED)
    assert response["Location"] == url(cast.student)

    student = User.objects.get(pk=cast.student.pk)
    profile = student.student_profile
    assert (student.name, student.email, student.phone, student.timezone) == (
        "Arif R. Rahman",
        "arif@example.com",
        "+8801812345678",
        "Asia/Tokyo",
    )
    assert (profile.student_id, profile.city, profile.status) == ("S-77", "Sylhet", "active")
    assert list(EmailAddress.objects.filter(user=student).values_list("email", "verified")) == [
        ("arif@example.com", True)
    ]
    edits = Event.objects.filter(verb="edited", subject_id=student.pk).order_by("pk")
    assert [event.data["fields"] for event in edits] == [["email"], ["city", "name", "phone", "student_id", "timezone"]]
    assert all("arif" not in str(event.data) for event in edits), "fields are named, values are not"

    as_(getattr(cast, who)).post(url(cast.student, "edit/"), ENTERED)
    assert edits.count() == 2, "saving the same again changes nothing"


@pytest.mark.parametrize("who", ["manager", "mentor"])
def test_managers_and_mentors_edit_no_student(cast, as_, who: str) -> None:
    client = as_(getattr(cast, who))
    assert client.post(url(cast.student, "edit/"), ENTERED).status_code == 403
    assert "/edit/" not in client.get(url(cast.student)).text
    cast.student.refresh_from_db()
    assert cast.student.email == "student@example.com"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("email", "student2@example.com", "Someone with this address exists already."),
        ("student_id", "S-2", "Another student has this number."),
        ("phone", "12", "is not a phone number that can be called"),
        ("status", "waiting", "Select a valid choice"),
        ("name", "", "This field is required."),
    ],
)
def test_a_mistake_is_said_and_changes_nothing(cast, as_, field: str, value: str, sentence: str) -> None:
    type(cast.student2.student_profile).objects.filter(user=cast.student2).update(student_id="S-2")
    response = as_(cast.sre).post(url(cast.student, "edit/"), {**ENTERED, field: value})

    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert sentence in response.text
    cast.student.refresh_from_db()
    assert cast.student.name == "Arif Rahman"


def test_who_has_left_loses_the_pages_of_a_student_and_can_come_back(cast, as_) -> None:
    sre, student = as_(cast.sre), as_(cast.student)
    sre.post(url(cast.student, "edit/"), {**ENTERED, "status": "left"})
    assert student.get("/dashboard/student/").status_code == 403
    assert student.get("/accounts/profile/").status_code == 200
    assert "is still enrolled in Batch 12" in sre.get(url(cast.student)).text

    sre.post(url(cast.student, "edit/"), ENTERED)
    assert student.get("/dashboard/student/").status_code == 200


def test_nobody_takes_over_a_higher_account_through_its_student_record(cast, as_) -> None:
    """Setting somebody's address is as good as being them: the password is reset by mail."""
    set_roles(actor=None, user=cast.student, role_keys=["student", "admin"])
    response = as_(cast.sre).post(url(cast.student, "edit/"), ENTERED)
    assert response.status_code == 422
    assert "may do more than you may" in response.text
    cast.student.refresh_from_db()
    assert cast.student.email == "student@example.com"
    assert as_(cast.admin).post(url(cast.student, "edit/"), ENTERED).status_code == 302


# --- Performance


def test_performance_compares_a_student_with_the_median_of_the_mission(cast) -> None:
    attended(cast.enrolled, "PPLAE", SUNDAY - timedelta(days=1))
    attended(cast.enrolled2, "AAAAA", SUNDAY - timedelta(days=1))
    attended(MissionEnrollmentFactory(mission=cast.mission), "PPPPA", SUNDAY - timedelta(days=1))
    AssignmentFactory(mission=cast.mission, due_at=ORDINARY_MORNING - timedelta(hours=1))
    soon = AssignmentFactory(mission=cast.mission, due_at=ORDINARY_MORNING + timedelta(hours=9))
    AssignmentFactory(mission=cast.mission, due_at=ORDINARY_MORNING + timedelta(days=9))
    recalculate(MissionEnrollment.objects.all())
    [performance] = performance_of(cast.student, cast.manager)

    assert (performance.attended, performance.counted, performance.percent) == (3, 4, 75)
    assert performance.median_percent == 75, "of 0, 75 and 80"
    assert performance.median_points == performance.student.points == 25
    assert (performance.work.due, performance.work.total, performance.work.next_due_at) == (1, 3, soon.due_at)
    assert [(week.first, week.attended, week.counted, week.value) for week in performance.weeks] == [
        (date(2026, 11, 16), 3, 4, 75)
    ]
    assert len(performance.strip) == 14


def test_the_page_shows_it_and_changes_nothing(cast, as_) -> None:
    attended(cast.enrolled, "PPPPPPPAAA", SUNDAY - timedelta(days=1))
    page = BeautifulSoup(as_(cast.manager).get(url(cast.student, "performance/")).text, "html.parser").main
    assert [row.get_text(" ", strip=True) for row in page.find("table", class_="bar-chart").find_all("tr")] == [
        "9 Nov 100% · 4 of 4",
        "16 Nov 50% · 3 of 6",
    ]
    assert "median 70%" in page.get_text()
    assert page.find_all("form") == []


def test_performance_costs_the_same_for_many_missions(cast, as_, django_assert_num_queries) -> None:
    client = as_(cast.manager)

    def grow() -> None:
        mission = MissionFactory(batch=cast.batch)
        attended(MissionEnrollmentFactory(mission=mission, student=cast.student), "PPA", SUNDAY)
        AssignmentFactory(mission=mission)

    grow()
    client.get(url(cast.student, "performance/"))
    with django_assert_num_queries(13):
        client.get(url(cast.student, "performance/"))
    grow()
    with django_assert_num_queries(13):
        client.get(url(cast.student, "performance/"))


# --- From here to there


def test_the_record_and_the_mission_lead_to_each_other(cast, as_) -> None:
    client = as_(cast.manager)
    assert f'href="{url(cast.student)}"' in client.get(f"/students/{cast.enrolled.pk}/").text
    assert f'href="/students/{cast.enrolled.pk}/"' in client.get(url(cast.student)).text
    assert reverse("dashboards:student-records") in client.get("/students/").text


def test_who_registered_and_waits_has_a_record_too(cast, as_, registered: User) -> None:
    assert "waiting" in text_of(as_(cast.manager), url(registered))
    approve_student(actor=cast.sre, user=registered)
    assert "Nusrat Rahman approved Tania Sultana" in text_of(as_(cast.manager), url(registered))


@pytest.fixture
def registered(cast: SimpleNamespace) -> User:
    from sms.accounts.actions import register_student

    return register_student(email="tania@example.com", name="Tania Sultana", password="river of tea 9")
