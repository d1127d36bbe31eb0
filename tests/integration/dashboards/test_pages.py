"""The home page of each role, the page of a student, and what must not be told to whom."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from sms.authorization.actions import create_role
from sms.outreach.actions import log_call, take_next
from sms.outreach.choices import Outcome
from sms.points.actions import recalculate
from sms.programme.choices import MissionStatus
from sms.programme.models import MissionEnrollment
from tests.conftest import ORDINARY_MORNING
from tests.factories import AssignmentFactory, CallEntryFactory, MissionEnrollmentFactory, MissionFactory, attended

SUNDAY = date(2026, 11, 22)
pytestmark = pytest.mark.usefixtures("ordinary_morning")


@pytest.fixture(autouse=True)
def _history(cast: SimpleNamespace) -> None:
    """Two weeks of days, points, and a call with notes for each of the two students."""
    attended(cast.enrolled, "PPPPPPPPPPPPP", SUNDAY - timedelta(days=1))
    attended(cast.enrolled2, "PPPPPPPPAAAAA", SUNDAY - timedelta(days=1))
    recalculate(MissionEnrollment.objects.all())
    for student, sre in ((cast.enrolled, cast.sre), (cast.enrolled2, cast.sre2)):
        CallEntryFactory(mission_enrollment=student)
        entry = take_next(actor=sre)
        log_call(
            actor=sre, entry=entry, outcome=Outcome.PICKED, notes=f"Talked with {student.student.name}",
            follow_up_at=ORDINARY_MORNING + timedelta(days=1),
        )  # fmt: skip


def page_of(client: Client, url: str) -> BeautifulSoup:
    return BeautifulSoup(client.get(url).text, "html.parser").main


@pytest.mark.parametrize(
    ("role", "home"),
    [
        ("student", "/dashboard/student/"),
        ("mentor", "/dashboard/mentor/"),
        ("sre", "/dashboard/sre/"),
        ("manager", "/dashboard/manager/"),
        ("admin", "/dashboard/admin/"),
        ("developer", "/developer/"),
        ("nobody", "/accounts/waiting/"),
    ],
)
def test_everyone_is_led_home(cast: SimpleNamespace, as_: Callable, role: str, home: str) -> None:
    assert as_(getattr(cast, role)).get("/")["Location"] == home


def test_a_custom_role_finds_what_it_may_do(cast: SimpleNamespace, as_: Callable) -> None:
    from django.contrib.auth.models import Permission

    view = Permission.objects.filter(codename="view_events")
    role = create_role(actor=cast.admin, key="auditor", title="Auditor", permissions=view)
    cast.nobody.groups.add(role.group)
    assert as_(cast.nobody).get("/")["Location"] == "/audit/"


# Each page as its role sees it: how many queries it costs, with all that the scene has to show.
COSTS = {
    "/dashboard/student/": ("student", 16),
    "/dashboard/mentor/": ("mentor", 12),
    "/dashboard/sre/": ("sre", 14),
    "/dashboard/manager/": ("manager", 10),
    "/dashboard/admin/": ("admin", 9),
    "/students/{enrolled}/": ("sre", 22),
    "/missions/{mission}/": ("manager", 11),
    "/batches/{batch}/": ("manager", 9),
    "/attendance/{enrolled}/": ("student", 10),
    "/points/{enrolled}/": ("student", 9),
    "/points/{enrolled}/total/": ("student", 6),
}


@pytest.mark.parametrize("url", COSTS)
def test_what_a_page_costs(cast: SimpleNamespace, as_: Callable, url: str, django_assert_num_queries: Callable) -> None:
    role, queries = COSTS[url]
    url = url.format(enrolled=cast.enrolled.pk, mission=cast.mission.pk, batch=cast.batch.pk)
    client = as_(getattr(cast, role))
    client.get(url)
    with django_assert_num_queries(queries):
        client.get(url)
    for _ in range(2):
        attended(MissionEnrollmentFactory(mission=cast.mission), "AAAA", SUNDAY)
    AssignmentFactory.create_batch(2, mission=cast.mission)
    with django_assert_num_queries(queries):
        assert client.get(url).status_code == 200


class TestStudentHome:
    def test_the_card_of_the_mission(self, cast: SimpleNamespace, as_: Callable) -> None:
        AssignmentFactory(mission=cast.mission, title="Closures", due_at=ORDINARY_MORNING + timedelta(hours=3))
        page = page_of(as_(cast.student), "/dashboard/student/")
        assert page.find(class_="hero").h2.get_text() == "JavaScript basics"
        assert len(page.find(class_="hero").find_all("button")) == 1
        text = page.get_text(" ", strip=True)
        for expected in ("Closures", "in 3 h", "Sadia Karim", "140"):
            assert expected in text, expected
        for leak in ("Tanvir Hasan", "Imran Kabir"):
            assert leak not in text, leak

    def test_one_card_for_each_active_mission(self, cast: SimpleNamespace, as_: Callable) -> None:
        for status in (MissionStatus.ACTIVE, MissionStatus.COMPLETED, MissionStatus.ARCHIVED):
            mission = MissionFactory(batch=cast.batch, title=f"The {status} one", status=status)
            MissionEnrollmentFactory(mission=mission, student=cast.student)
        page = page_of(as_(cast.student), "/dashboard/student/")
        assert {hero.h2.get_text() for hero in page.find_all(class_="hero")} == {"JavaScript basics", "The active one"}


class TestMentor:
    def test_sees_their_own_students_only(self, cast: SimpleNamespace, as_: Callable) -> None:
        rows = as_(cast.mentor).get("/dashboard/mentor/").context["table"].page.object_list
        assert [(row.record.student.name, row.record.points, len(row.record.strip)) for row in rows] == [
            ("Arif Rahman", 140, 14)
        ]

    @pytest.mark.parametrize("query", ["", "?q=tanvir", "?q=student2%40example.com", "?label=critical", "?_export=csv"])
    def test_no_query_brings_up_the_other_mentors_student(
        self, cast: SimpleNamespace, as_: Callable, query: str
    ) -> None:
        answer = as_(cast.mentor).get(f"/dashboard/mentor/{query}")
        content = b"".join(answer) if answer.streaming else answer.content
        assert b"Tanvir Hasan" not in content
        assert cast.student2.phone.encode() not in content

    @pytest.mark.parametrize(
        "url", ["/students/{}/", "/attendance/{}/", "/points/{}/", "/points/{}/total/", "/points/{}/?_export=csv"]
    )
    @pytest.mark.parametrize("htmx", [True, False])
    def test_the_other_mentors_student_is_not_there(
        self, cast: SimpleNamespace, as_: Callable, url: str, htmx: bool
    ) -> None:
        assert as_(cast.mentor, htmx=htmx).get(url.format(cast.enrolled.pk)).status_code == 200
        assert as_(cast.mentor, htmx=htmx).get(url.format(cast.enrolled2.pk)).status_code == 404
        assert as_(cast.mentor2, htmx=htmx).get(url.format(cast.enrolled.pk)).status_code == 404

    def test_another_mission_of_the_same_student_is_not_there(self, cast: SimpleNamespace, as_: Callable) -> None:
        elsewhere = MissionEnrollmentFactory(
            mission=MissionFactory(batch=cast.batch, title="Git"), student=cast.student
        )
        assert as_(cast.mentor).get(f"/students/{elsewhere.pk}/").status_code == 404
        assert "Git" not in page_of(as_(cast.mentor), f"/students/{cast.enrolled.pk}/").get_text()


class TestStudentPage:
    def test_staff_see_calls_and_events(self, cast: SimpleNamespace, as_: Callable) -> None:
        text = page_of(as_(cast.sre), f"/students/{cast.enrolled.pk}/").get_text(" ", strip=True)
        assert ("Talked with Arif Rahman" in text, "Talked with Tanvir Hasan" in text) == (True, False)
        assert cast.student.masked_phone in text

    def test_the_mentor_may_reveal_contacts_but_sees_no_calls(self, cast: SimpleNamespace, as_: Callable) -> None:
        page = page_of(as_(cast.mentor), f"/students/{cast.enrolled.pk}/")
        assert "Talked with" not in page.get_text()
        assert page.find("form", action=f"/students/records/{cast.student.pk}/reveal/phone/")

    def test_the_manager_reads_without_contacts(self, cast: SimpleNamespace, as_: Callable) -> None:
        html = as_(cast.manager).get(f"/students/{cast.enrolled.pk}/").text
        assert cast.student.phone not in html
        assert cast.student.email not in html
        assert "Talked with" not in html


class TestStudents:
    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("", ["Arif Rahman", "Tanvir Hasan"]),
            ("?label=critical", ["Tanvir Hasan"]),
            ("?label=on_track", ["Arif Rahman"]),
            ("?q=arif", ["Arif Rahman"]),
            ("?sort=-points", ["Arif Rahman", "Tanvir Hasan"]),
            ("?sort=points", ["Tanvir Hasan", "Arif Rahman"]),
            ("?mentorless=true", []),
            ("?mentorless=false", ["Arif Rahman", "Tanvir Hasan"]),
        ],
    )
    def test_filters(self, cast: SimpleNamespace, as_: Callable, query: str, names: list[str]) -> None:
        rows = as_(cast.manager).get(f"/students/{query}").context["table"].rows
        assert [row.record.student.name for row in rows] == names


class TestNumbers:
    def test_every_count_leads_to_its_rows(self, cast: SimpleNamespace, as_: Callable) -> None:
        client = as_(cast.sre)
        for row in client.get("/dashboard/sre/").context["labels"]:
            if row["href"]:
                assert client.get(row["href"]).context["total"] == row["value"], row

    def test_a_managers_numbers(self, cast: SimpleNamespace, as_: Callable) -> None:
        MissionEnrollmentFactory(mission=cast.mission)
        attended(cast.enrolled, "P", SUNDAY)
        client = as_(cast.manager)
        context = client.get("/dashboard/manager/").context
        numbers = context["numbers"]
        assert (numbers.students, numbers.mentorless, numbers.waiting) == (3, 1, 0)
        assert [(m.title, m.student_count, m.attended_today) for m in numbers.missions] == [("JavaScript basics", 3, 1)]
        assert client.get(context["mentorless_url"]).context["total"] == numbers.mentorless

    def test_an_sre_sees_own_promises_and_calls(self, cast: SimpleNamespace, as_: Callable) -> None:
        text = page_of(as_(cast.sre), "/dashboard/sre/").get_text(" ", strip=True)
        assert ("Arif Rahman" in text, "Tanvir Hasan" in text) == (True, False)


@pytest.mark.parametrize(
    ("path", "label"),
    [("/calls/", "Calls"), ("/calls/log/", "Call log"), ("/risk/", "Falling behind"), ("/students/{}/", "Students")],
)
def test_the_navigation_says_where_one_is(cast: SimpleNamespace, as_: Callable, path: str, label: str) -> None:
    page = BeautifulSoup(as_(cast.sre).get(path.format(cast.enrolled.pk)).text, "html.parser")
    assert [link.find("span").text for link in page.select(".sidebar-nav a[aria-current]")] == [label]
