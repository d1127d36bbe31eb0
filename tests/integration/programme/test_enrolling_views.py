"""Enrolling, leaving, joining again and changing access in the browser."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sms.accounts.choices import StudentStatus
from sms.accounts.models import StudentProfile
from sms.programme.actions import change_access, create_template, enroll, join_mission, leave_batch, leave_missions
from sms.programme.choices import Access
from sms.programme.models import AccessChange, Enrollment, EnrollmentTemplate, MissionEnrollment
from tests.conftest import ORDINARY_MORNING
from tests.factories import BatchFactory, MissionEnrollmentFactory, MissionFactory, StudentFactory, UserFactory

TODAY = ORDINARY_MORNING.date()
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def page_of(answer: object) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def text_of(answer: object) -> str:
    return page_of(answer).find("main").get_text(" ", strip=True)


def boxes(answer: object) -> dict[int, bool]:
    """The students shown, and which of them are ticked."""
    found = BeautifulSoup(answer.text, "html.parser")("input", attrs={"name": "students"})
    return {int(box["value"]): box.has_attr("checked") for box in found}


class TestLooking:
    @pytest.fixture
    def people(self, cast: SimpleNamespace) -> SimpleNamespace:
        return SimpleNamespace(
            nila=StudentFactory(name="Nila Akter", email="nila@example.com"),
            neel=StudentFactory(name="Neel Akter", email="neel@example.com"),
        )

    def look(self, client: object, cast: SimpleNamespace, **posted: object) -> object:
        return client.post(f"/batches/{cast.batch.pk}/enroll/", {"look": "1", **posted})

    def test_by_words_of_the_name(self, cast: SimpleNamespace, people: SimpleNamespace, as_: Callable) -> None:
        assert boxes(self.look(as_(cast.sre), cast, q="akter")) == {people.neel.pk: False, people.nila.pk: False}
        assert boxes(self.look(as_(cast.sre), cast, q="nila AKTER")) == {people.nila.pk: False}

    def test_who_is_ticked_stays(self, cast: SimpleNamespace, people: SimpleNamespace, as_: Callable) -> None:
        answer = self.look(
            as_(cast.sre), cast, q="neel", students=[people.nila.pk], missions=[cast.mission.pk], on="2026-11-20"
        )
        assert boxes(answer) == {people.nila.pk: True, people.neel.pk: False}
        kept = page_of(answer)
        assert kept.find("input", attrs={"name": "missions"}).has_attr("checked")
        assert kept.find("input", attrs={"name": "on"})["value"] == "2026-11-20"
        assert Enrollment.objects.filter(student=people.nila).count() == 0

    def test_several_addresses_at_once(self, cast: SimpleNamespace, people: SimpleNamespace, as_: Callable) -> None:
        pasted = "Nila <NILA@example.com>; student@example.com, who@example.com"
        answer = self.look(as_(cast.sre), cast, q=pasted)
        assert boxes(answer) == {cast.student.pk: True, people.nila.pk: True}
        assert "who@example.com" in text_of(answer)
        assert "Arif Rahman in this batch already" in text_of(answer)

    def test_only_students_who_may_take_part(self, cast: SimpleNamespace, as_: Callable) -> None:
        waiting = UserFactory(name="Akter Waits", email="waits@example.com")
        StudentProfile.objects.create(user=waiting, status=StudentStatus.WAITING)
        StudentFactory(name="Akter Inactive", is_active=False)
        UserFactory(name="Akter Mentor", roles=("mentor",))
        assert boxes(self.look(as_(cast.sre), cast, q="akter")) == {}
        assert boxes(self.look(as_(cast.sre), cast, q="waits@example.com")) == {}
        answer = as_(cast.sre).post(f"/batches/{cast.batch.pk}/enroll/", {"students": [waiting.pk], "on": "2026-11-22"})
        assert (answer.status_code, Enrollment.objects.filter(student=waiting).count()) == (422, 0)

    def test_addresses_are_not_told(self, cast: SimpleNamespace, people: SimpleNamespace, as_: Callable) -> None:
        """Neither shown nor to be guessed: a part of an address finds nobody."""
        assert boxes(self.look(as_(cast.manager), cast, q="nila@example")) == {}
        assert boxes(self.look(as_(cast.manager), cast, q="example")) == {}
        assert "nila@example.com" not in self.look(as_(cast.manager), cast, q="nila").text
        enroll(actor=None, students=[people.nila], batch=cast.batch)
        assert "nila@example.com" not in as_(cast.manager).get(f"/batches/{cast.batch.pk}/students/").text

    @pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\0", "%", "9" * 40, "'; DROP TABLE x --", "@"])
    def test_odd_words(self, cast: SimpleNamespace, as_: Callable, text: str) -> None:
        answer = self.look(as_(cast.sre), cast, q=text, students=["9" * 30, "x", "-1"])
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text

    def test_the_fragment_is_the_list_alone(
        self, cast: SimpleNamespace, people: SimpleNamespace, as_: Callable
    ) -> None:
        client = as_(cast.sre, htmx=True)
        answer = client.post(
            f"/batches/{cast.batch.pk}/enroll/", {"look": "1", "q": "nila"}, headers={"HX-Target": "found"}
        )
        assert answer.text.strip().startswith('<div class="stack tight" id="found"')
        assert boxes(answer) == {people.nila.pk: False}

    def test_it_costs_the_same_for_many(self, cast: SimpleNamespace, as_: Callable) -> None:
        client = as_(cast.sre)

        def queries(word: str) -> int:
            with CaptureQueriesContext(connection) as captured:
                self.look(client, cast, q=word)
            return len(captured)

        StudentFactory(name="Only One")
        for _ in range(6):
            StudentFactory(name="Many Moni")
        assert queries("Only") == queries("Many")


class TestEnrolling:
    def enroll(self, client: object, cast: SimpleNamespace, students: list, **posted: object) -> object:
        data = {"students": [student.pk for student in students], "on": "2026-11-22", **posted}
        return client.post(f"/batches/{cast.batch.pk}/enroll/", data)

    @pytest.mark.parametrize("htmx", [True, False])
    def test_several_into_several_missions(self, cast: SimpleNamespace, as_: Callable, htmx: bool) -> None:
        git = MissionFactory(batch=cast.batch, title="Git")
        students = [StudentFactory(), StudentFactory()]
        for _ in range(2):
            answer = self.enroll(
                as_(cast.manager, htmx=htmx), cast, students, missions=[cast.mission.pk, git.pk], on="2026-11-20"
            )
            assert answer.status_code == (200 if htmx else 302)
        joined = MissionEnrollment.objects.filter(enrollment__student__in=students)
        assert list(joined.values_list("joined_on", "access").distinct()) == [(date(2026, 11, 20), "full")]
        assert joined.count() == 4

    def test_by_a_template(self, cast: SimpleNamespace, as_: Callable) -> None:
        git = MissionFactory(batch=cast.batch, title="Git")
        template = create_template(
            actor=cast.manager, batch=cast.batch, title="Observers", access={cast.mission: Access.RESTRICTED}
        )
        newcomer = StudentFactory()
        answer = self.enroll(as_(cast.sre), cast, [newcomer, cast.student], template=template.pk, missions=[git.pk])
        assert answer.status_code == 302
        assert set(
            MissionEnrollment.objects.filter(enrollment__batch=cast.batch)
            .filter(enrollment__student__in=[newcomer, cast.student])
            .values_list("enrollment__student", "mission", "access")
        ) == {
            (newcomer.pk, cast.mission.pk, "restricted"),
            (newcomer.pk, git.pk, "full"),
            (cast.student.pk, cast.mission.pk, "full"),
            (cast.student.pk, git.pk, "full"),
        }
        assert [change.reason for change in AccessChange.objects.all()] == ["Observers"]

    def test_another_batchs_missions_and_templates_are_none(self, cast: SimpleNamespace, as_: Callable) -> None:
        elsewhere = MissionFactory()
        template = create_template(actor=None, batch=elsewhere.batch, title="Others", access={elsewhere: Access.FULL})
        student = StudentFactory()
        for posted in ({"missions": [elsewhere.pk]}, {"template": template.pk}, {"missions": ["x"]}):
            assert self.enroll(as_(cast.sre), cast, [student], **posted).status_code == 422
        assert student.enrollments.count() == 0

    def test_nobody_ticked(self, cast: SimpleNamespace, as_: Callable) -> None:
        answer = self.enroll(as_(cast.sre), cast, [])
        assert (answer.status_code, "tick at least one" in text_of(answer)) == (422, True)

    def test_who_left_after_the_day(self, cast: SimpleNamespace, as_: Callable) -> None:
        leave_batch(actor=cast.sre, enrollments=[cast.enrolled.enrollment])
        answer = self.enroll(as_(cast.sre), cast, [cast.student, StudentFactory()], on="2026-11-01")
        assert (answer.status_code, "Arif Rahman left “Batch 12” after" in text_of(answer)) == (422, True)
        assert Enrollment.objects.filter(ended_on=None).count() == 1


class TestTheStudentsPage:
    def test_leaving_and_joining_again(self, cast: SimpleNamespace, as_: Callable) -> None:
        client = as_(cast.sre)
        url = f"/students/{cast.enrolled.pk}/"
        for _ in range(2):
            answer = client.post(f"{url}leave/", {"on": "2026-11-22", "reason": "Exams"})
            assert (answer.status_code, answer["Location"]) == (302, url)
        assert as_(cast.mentor).get(url).status_code == 404
        enrollment_url = f"/enrollments/{cast.enrolled.enrollment_id}/"
        assert "Join again" in text_of(client.get(enrollment_url))
        for _ in range(2):
            answer = client.post(f"{enrollment_url}join/", {"mission": cast.mission.pk})
        new = MissionEnrollment.objects.get(enrollment=cast.enrolled.enrollment, left_on=None)
        assert answer["Location"] == f"/students/{new.pk}/"
        both = text_of(client.get(answer["Location"]))
        assert "since 22 Nov 2026" in both
        assert f"{cast.enrolled.joined_on:%-d %b %Y} – 22 Nov 2026" in both
        assert "JavaScript basics, until 22 Nov" in both
        assert "Exams · Nusrat Rahman" in text_of(client.get(url))
        assert text_of(client.get(url)).count("shown on this page") == 1

    def test_a_stale_page_says_so(self, cast: SimpleNamespace, as_: Callable) -> None:
        """Somebody else took the student out of the batch while the page was open."""
        leave_batch(actor=cast.manager, enrollments=[cast.enrolled.enrollment])
        client = as_(cast.sre)
        answer = client.post(f"/students/{cast.enrolled.pk}/access/", {"access": "revoked", "reason": "Late"})
        assert (answer.status_code, "Arif Rahman left the mission" in text_of(answer)) == (422, True)
        git = MissionFactory(batch=cast.batch)
        answer = client.post(f"/enrollments/{cast.enrolled.enrollment_id}/join/", {"mission": git.pk}, follow=True)
        assert "Arif Rahman left the batch" in answer.text
        assert git.mission_enrollments.count() == 0

    def test_leaving_the_batch_and_coming_back(self, cast: SimpleNamespace, as_: Callable) -> None:
        client, url = as_(cast.sre), f"/enrollments/{cast.enrolled.enrollment_id}/"
        for _ in range(2):
            assert client.post(f"{url}leave/", {"on": "2026-11-22"})["Location"] == url
        for _ in range(2):
            answer = client.post(f"{url}again/")
        assert Enrollment.objects.filter(student=cast.student).count() == 2
        assert "Other times in this batch" in text_of(client.get(answer["Location"]))

    @pytest.mark.parametrize(
        ("posted", "sentence"),
        [
            ({"on": "2026-11-23"}, "That day has not come yet"),
            ({"on": ""}, "This field is required"),
            ({"on": "yesterday"}, "Enter a valid date"),
        ],
    )
    @pytest.mark.parametrize("address", ["/students/{m}/leave/", "/enrollments/{e}/leave/"])
    def test_wrong_days(self, cast: SimpleNamespace, as_: Callable, posted: dict, sentence: str, address: str) -> None:
        url = address.format(m=cast.enrolled.pk, e=cast.enrolled.enrollment_id)
        answer = as_(cast.sre).post(url, posted)
        assert (answer.status_code, sentence in text_of(answer)) == (422, True)
        assert MissionEnrollment.objects.filter(left_on=None).count() == 2

    def test_changing_access(self, cast: SimpleNamespace, as_: Callable) -> None:
        client, url = as_(cast.manager), f"/students/{cast.enrolled.pk}/"
        assert client.post(f"{url}access/", {"access": "revoked", "reason": " "}).status_code == 422
        for _ in range(2):
            answer = client.post(f"{url}access/", {"access": "restricted", "reason": "<b>Unpaid</b> fee"})
            assert answer["Location"] == url
        page = client.get(url)
        assert "Full → restricted <b>Unpaid</b> fee Mahmuda Manager" in text_of(page)
        assert "<b>Unpaid" not in page.text
        assert AccessChange.objects.count() == 1
        assert "Unpaid" not in as_(cast.mentor).get(url).text

    @pytest.mark.parametrize("mission", ["", "x", "999999", "9" * 40])
    def test_joining_what_is_not_there(self, cast: SimpleNamespace, as_: Callable, mission: str) -> None:
        url = f"/enrollments/{cast.enrolled.enrollment_id}/join/"
        assert as_(cast.sre).post(url, {"mission": mission}).status_code == 404
        assert as_(cast.sre).post(url, {"mission": MissionFactory().pk}).status_code == 404

    def test_the_history_costs_the_same(self, cast: SimpleNamespace, as_: Callable) -> None:
        client, url = as_(cast.sre), f"/students/{cast.enrolled.pk}/"

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                client.get(url)
            return len(captured)

        change_access(actor=cast.sre, mission_enrollments=[cast.enrolled], access="restricted", reason="One")
        client.get(url)
        before = queries()
        for access in ("full", "revoked", "full"):
            change_access(actor=cast.sre2, mission_enrollments=[cast.enrolled], access=access, reason="More")
        assert queries() == before


class TestTheBatchsStudents:
    def names(self, answer: object) -> list[str]:
        return [row.find("a").get_text(strip=True) for row in page_of(answer).select("tbody tr")]

    def test_who_is_in_it_and_who_left(self, cast: SimpleNamespace, as_: Callable) -> None:
        leave_batch(actor=cast.sre, enrollments=[cast.enrolled2.enrollment])
        MissionEnrollmentFactory(mission=MissionFactory(batch=BatchFactory()), student=StudentFactory(name="Elsewhere"))
        client, url = as_(cast.sre), f"/batches/{cast.batch.pk}/students/"
        assert [name.split()[-1] for name in self.names(client.get(url))] == ["Rahman", "Hasan"]
        assert [name.split()[-1] for name in self.names(client.get(f"{url}?state=here"))] == ["Rahman"]
        assert [name.split()[-1] for name in self.names(client.get(f"{url}?state=left"))] == ["Hasan"]
        assert self.names(client.get(f"{url}?q=elsewhere")) == []


class TestTemplates:
    def test_the_whole_life(self, cast: SimpleNamespace, as_: Callable) -> None:
        client, url = as_(cast.sre), f"/batches/{cast.batch.pk}/enrollment-templates/"
        git = MissionFactory(batch=cast.batch, title="Git")
        posted = {"title": "Observers", f"mission-{cast.mission.pk}": "restricted", f"mission-{git.pk}": "none"}
        assert client.post(f"{url}new/", posted)["Location"] == f"/batches/{cast.batch.pk}/"
        template = EnrollmentTemplate.objects.get()
        assert list(template.items.values_list("mission", "access")) == [(cast.mission.pk, "restricted")]
        assert "Observers JavaScript basics (restricted)" in text_of(client.get(f"/batches/{cast.batch.pk}/"))
        client.post(
            f"{url}{template.pk}/", {"title": "All", f"mission-{git.pk}": "full", f"mission-{cast.mission.pk}": "none"}
        )
        template.refresh_from_db()
        assert (template.title, list(template.items.values_list("mission", "access"))) == ("All", [(git.pk, "full")])
        client.post(f"{url}{template.pk}/delete/")
        assert client.post(f"{url}{template.pk}/delete/").status_code == 404
        assert EnrollmentTemplate.objects.count() == 0

    @pytest.mark.parametrize(
        ("posted", "sentence"),
        [
            ({"title": "Empty"}, "Choose at least one mission"),
            ({"title": "", "mission": "full"}, "This field is required"),
            ({"title": "Taken", "mission": "full"}, "a template with the title “Taken” already"),
            ({"title": "New", "mission": "admin"}, "Select a valid choice"),
        ],
    )
    def test_wrong_ones(self, cast: SimpleNamespace, as_: Callable, posted: dict, sentence: str) -> None:
        create_template(actor=None, batch=cast.batch, title="Taken", access={cast.mission: Access.FULL})
        data = {"title": posted["title"], f"mission-{cast.mission.pk}": posted.get("mission", "none")}
        answer = as_(cast.sre).post(f"/batches/{cast.batch.pk}/enrollment-templates/new/", data)
        assert (answer.status_code, sentence in text_of(answer)) == (422, True)
        assert EnrollmentTemplate.objects.count() == 1

    def test_a_template_belongs_to_its_batch(self, cast: SimpleNamespace, as_: Callable) -> None:
        template = create_template(actor=None, batch=cast.batch, title="Ours", access={cast.mission: Access.FULL})
        assert as_(cast.sre).get(f"/batches/{BatchFactory().pk}/enrollment-templates/{template.pk}/").status_code == 404


def test_spells_of_two_enrollments_stand_together(cast: SimpleNamespace, as_: Callable) -> None:
    leave_batch(actor=cast.sre, enrollments=[cast.enrolled.enrollment], on=date(2026, 11, 10))
    enrollments = enroll(actor=cast.sre, students=[cast.student], batch=cast.batch)
    [new] = join_mission(actor=cast.sre, enrollments=enrollments, mission=cast.mission)
    assert "– 10 Nov 2026" in text_of(as_(cast.sre).get(f"/students/{new.pk}/"))
    leave_missions(actor=cast.sre, mission_enrollments=[new])
    assert text_of(as_(cast.sre).get(f"/students/{new.pk}/")).count("– 22 Nov 2026") == 1
