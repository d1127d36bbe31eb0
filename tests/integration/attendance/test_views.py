"""Attendance in the browser: the tap, the history, corrections, the window and holidays."""

from collections.abc import Callable
from datetime import date, time
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from sms.attendance.models import AttendancePolicy, DailyRecord, Holiday
from tests.factories import attended

SUNDAY = date(2026, 11, 22)
pytestmark = pytest.mark.usefixtures("ordinary_morning")


@pytest.fixture
def url(cast: SimpleNamespace) -> str:
    return f"/attendance/{cast.enrolled.pk}/days/2026-11-22/"


class TestTap:
    def test_the_home_page_holds_the_form_that_the_fragment_replaces(
        self, cast: SimpleNamespace, as_: Callable, url: str
    ) -> None:
        page = BeautifulSoup(as_(cast.student).get("/dashboard/student/").text, "html.parser")
        form = page.find("form", action=url)
        assert (form["method"], form["hx-post"], form["hx-swap"]) == ("post", url, "outerHTML")
        fragment = BeautifulSoup(as_(cast.student, htmx=True).post(url).text, "html.parser")
        assert form["hx-target"] == f"#{fragment.section['id']}" == f"#{page.find(class_='hero')['id']}"
        assert fragment.find(attrs={"data-announce": True}).get_text(strip=True) == "You’re marked for today, at 10:00"

    def test_without_htmx(self, cast: SimpleNamespace, as_: Callable, url: str) -> None:
        answer = as_(cast.student).post(url, follow=True)
        assert (answer.redirect_chain[0], answer.status_code) == (("/", 302), 200)
        assert "Your attendance is recorded." in answer.text
        assert "You’re marked for today, at 10:00" in answer.text

    @pytest.mark.parametrize("htmx", [True, False])
    def test_twice(self, cast: SimpleNamespace, as_: Callable, url: str, htmx: bool) -> None:
        answers = [as_(cast.student, htmx=htmx).post(url).status_code for _ in range(2)]
        assert answers == ([200, 200] if htmx else [302, 302])
        assert DailyRecord.objects.count() == 1

    @pytest.mark.parametrize("day", ["2026-11-21", "2026-11-23"])
    def test_another_day(self, cast: SimpleNamespace, as_: Callable, day: str) -> None:
        url = f"/attendance/{cast.enrolled.pk}/days/{day}/"
        fragment = as_(cast.student, htmx=True).post(url)
        alert = BeautifulSoup(fragment.text, "html.parser").find(role="alert")
        assert (fragment.status_code, alert.get_text()) == (
            422,
            "This page is from another day. Reload it to mark today’s attendance.",
        )
        assert "This page is from another day." in as_(cast.student).post(url, follow=True).text
        assert not DailyRecord.objects.exists()

    @pytest.mark.parametrize("day", ["2026-02-30", "2026-11-2", "today"])
    def test_no_day(self, cast: SimpleNamespace, as_: Callable, day: str) -> None:
        assert as_(cast.student).post(f"/attendance/{cast.enrolled.pk}/days/{day}/").status_code == 404

    def test_only_for_oneself(self, cast: SimpleNamespace, as_: Callable, url: str) -> None:
        people = (cast.student2, cast.mentor, cast.sre, cast.nobody)
        assert [as_(person, htmx=True).post(url).status_code for person in people] == [404, 403, 403, 403]
        assert not DailyRecord.objects.exists()

    def test_an_expired_session(self, cast: SimpleNamespace, url: str) -> None:
        headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/dashboard/student/"}
        answer = Client(headers=headers).post(url)
        assert answer["HX-Redirect"] == "/accounts/login/?next=%2Fdashboard%2Fstudent%2F"
        assert Client().post(url).status_code == 302

    def test_a_forged_form(self, cast: SimpleNamespace, url: str) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(cast.student)
        assert client.post(url).status_code == 403
        assert not DailyRecord.objects.exists()

    def test_what_it_costs(
        self, cast: SimpleNamespace, as_: Callable, url: str, django_assert_num_queries: Callable
    ) -> None:
        client = as_(cast.student, htmx=True)
        # Session, person, student with window; savepoint, record, event, request, task, release.
        with django_assert_num_queries(8):
            client.post(url)


class TestHistory:
    def test_a_month(self, cast: SimpleNamespace, as_: Callable) -> None:
        attended(cast.enrolled, "PPAEL", date(2026, 11, 3))
        page = as_(cast.student).get(f"/attendance/{cast.enrolled.pk}/?month=2026-10-17")
        assert [(r.on.day, r.status) for r in page.context["records"]] == [(31, "present"), (30, "present")]
        assert (page.context["previous"], page.context["following"]) == (date(2026, 9, 1), date(2026, 11, 1))
        page = as_(cast.student).get(f"/attendance/{cast.enrolled.pk}/")
        assert [(r.on.day, r.status) for r in page.context["records"]] == [(3, "late"), (2, "excused"), (1, "absent")]
        assert (page.context["attended"], page.context["following"]) == (1, None)
        summary = page.context["summary"]
        assert (summary.streak, summary.best_streak, summary.percent) == (1, 2, 75)

    @pytest.mark.parametrize(
        ("month", "status", "first"),
        [
            ("2030-01-01", 200, date(2026, 11, 1)),
            ("0001-01-01", 200, date(2000, 1, 1)),
            ("nonsense", 200, date(2026, 11, 1)),
            ("2026-13-01", 404, None),
        ],
    )
    def test_whatever_month_is_asked_for(
        self, cast: SimpleNamespace, as_: Callable, month: str, status: int, first: date | None
    ) -> None:
        answer = as_(cast.student).get(f"/attendance/{cast.enrolled.pk}/?month={month}")
        assert (answer.status_code, answer.context.get("first")) == (status, first)

    def test_the_own_one_is_found(self, cast: SimpleNamespace, as_: Callable) -> None:
        assert as_(cast.student).get("/attendance/")["Location"] == f"/attendance/{cast.enrolled.pk}/"
        cast.enrolled.access = "revoked"
        cast.enrolled.save(update_fields=["access"])
        assert as_(cast.student).get("/attendance/").status_code == 200


class TestCorrecting:
    def test_it_shows_what_was_there_before(self, cast: SimpleNamespace, as_: Callable) -> None:
        url = f"/attendance/{cast.enrolled.pk}/correct/"
        posted = {"on": "2026-11-21", "status": "excused", "reason": "Ill, with a note"}
        answer = as_(cast.sre).post(url, posted)
        assert (answer.status_code, answer["Location"]) == (302, f"/students/{cast.enrolled.pk}/")
        assert list(DailyRecord.objects.values_list("on", "status", "reason", "corrected_by")) == [
            (date(2026, 11, 21), "excused", "Ill, with a note", cast.sre.pk)
        ]
        assert "Ill, with a note" in as_(cast.sre).get(url).text

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"reason": ""}, "This field is required."),
            ({"status": "asleep"}, "Select a valid choice."),
            ({"on": "2026-11-23"}, "That day has not come yet."),
            ({"on": "31.12."}, "Enter a valid date."),
            ({"reason": "x" * 251}, "at most 250 characters"),
        ],
    )
    def test_wrong_input(self, cast: SimpleNamespace, as_: Callable, wrong: dict, sentence: str) -> None:
        posted = {"on": "2026-11-21", "status": "present", "reason": "Was there"} | wrong
        answer = as_(cast.sre).post(f"/attendance/{cast.enrolled.pk}/correct/", posted)
        page = BeautifulSoup(answer.text, "html.parser")
        assert (answer.status_code, sentence in page.main.get_text()) == (422, True)
        assert page.find(attrs={"name": "reason"}).get("value", "") == posted["reason"]
        assert not DailyRecord.objects.exists()


class TestWindow:
    URL = "/missions/{}/attendance/"
    POSTED = {
        "weekdays": ["1", "7"],
        "opens_at": "09:00",
        "late_after": "12:00",
        "closes_at": "18:00",
        "grace": "5",
        "mentors_until_days": "2",
        "streak_days": "7",
    }

    def test_it_is_set(self, cast: SimpleNamespace, as_: Callable) -> None:
        for _ in range(2):
            assert as_(cast.manager).post(self.URL.format(cast.mission.pk), self.POSTED).status_code == 302
        assert list(
            AttendancePolicy.objects.values_list("mission", "weekdays", "opens_at", "late_after", "closes_at")
        ) == [(cast.mission.pk, [1, 7], time(9), time(12), time(18))]

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"opens_at": "13:00"}, "The window must open before it turns late"),
            ({"closes_at": "11:00"}, "turn late before it closes"),
            ({"opens_at": "25:00"}, "Enter a valid time."),
            ({"weekdays": []}, "This field is required."),
            ({"weekdays": ["9"]}, "Select a valid choice."),
        ],
    )
    def test_wrong_input(self, cast: SimpleNamespace, as_: Callable, wrong: dict, sentence: str) -> None:
        answer = as_(cast.manager).post(self.URL.format(cast.mission.pk), self.POSTED | wrong)
        assert (answer.status_code, sentence in answer.text) == (422, True)
        assert not AttendancePolicy.objects.exists()


class TestHolidays:
    def test_naming_a_day_again_gives_it_the_new_title(self, cast: SimpleNamespace, as_: Callable) -> None:
        url = f"/batches/{cast.batch.pk}/holidays/"
        for title in ("Victory Day", "Bijoy Dibosh"):
            assert as_(cast.manager).post(url, {"on": "2026-12-16", "title": title})["Location"] == url
        assert list(Holiday.objects.values_list("batch", "on", "title")) == [
            (cast.batch.pk, date(2026, 12, 16), "Bijoy Dibosh")
        ]
        assert "Bijoy Dibosh" in as_(cast.manager).get(url).text

    def test_wrong_input(self, cast: SimpleNamespace, as_: Callable) -> None:
        answer = as_(cast.manager).post(f"/batches/{cast.batch.pk}/holidays/", {"on": "16/16", "title": "Victory Day"})
        assert (answer.status_code, "Enter a valid date." in answer.text, "Victory Day" in answer.text) == (
            422,
            True,
            True,
        )
