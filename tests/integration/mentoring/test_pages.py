"""The roster, a mentor's page, capacities, and the page of a mission."""

import csv
import io
import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sms.accounts.models import User
from sms.audit.models import Event
from sms.authorization.actions import deactivate_person, set_roles
from sms.mentoring import queries
from sms.mentoring.actions import assign_pairs, end_pairs, set_capacity
from sms.mentoring.choices import Fullness
from sms.mentoring.models import USUAL_CAPACITY, MentorCapacity
from tests.factories import MissionEnrollmentFactory, MissionFactory


def rows_of(response: object) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


class TestLoad:
    def load_of(self, mentor: User, **options: object) -> tuple[int, int]:
        found = queries.with_load(User.objects.filter(pk=mentor.pk), **options).get()
        return found.load, found.capacity

    def test_counts_students_who_take_part_in_running_missions(
        self, cast: SimpleNamespace, react: SimpleNamespace
    ) -> None:
        assign_pairs(actor=None, pairs=[(cast.mentor.pk, key) for key in react.keys])
        assert self.load_of(cast.mentor) == (6, USUAL_CAPACITY)
        react.students[0].access = "revoked"
        react.students[0].save(update_fields=["access"])
        User.objects.filter(pk=react.students[1].student.pk).update(is_active=False)
        end_pairs(actor=cast.sre, pairs=[(cast.mentor.pk, react.keys[2])])
        assert self.load_of(cast.mentor) == (3, USUAL_CAPACITY)
        for status in ("upcoming", "completed", "archived"):
            react.mission.status = status
            react.mission.save(update_fields=["status"])
            assert self.load_of(cast.mentor) == (1, USUAL_CAPACITY)
            assert self.load_of(cast.mentor, of=react.mission) == (3, USUAL_CAPACITY)
        cast.batch.status = "archived"
        cast.batch.save(update_fields=["status"])
        assert self.load_of(cast.mentor) == (0, USUAL_CAPACITY)

    def test_in_the_mission(self, cast: SimpleNamespace, react: SimpleNamespace) -> None:
        assign_pairs(actor=None, pairs=[(cast.mentor.pk, key) for key in react.keys[:2]])
        [sadia] = queries.guiding(react.mission)
        assert (sadia, sadia.in_mission, sadia.load, sadia.share) == (cast.mentor, 2, 3, 10.0)

    @pytest.mark.parametrize(
        ("load", "capacity", "said"),
        [
            (2, 1, Fullness.OVER),
            (2, 2, Fullness.FULL),
            (2, 3, Fullness.ROOM),
            (2, 4, Fullness.ROOM),
            (2, 5, Fullness.UNDER),
            (0, 0, Fullness.FULL),
        ],
    )
    def test_the_filter_says_what_the_badge_says(
        self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable, load: int, capacity: int, said: Fullness
    ) -> None:
        set_capacity(actor=cast.manager, mentor=react.small, students=capacity)
        assign_pairs(actor=None, pairs=[(react.small.pk, key) for key in react.keys[:load]])
        client = as_(cast.manager)
        shown = {
            value: [row["State"] for row in rows_of(client.get(f"/mentors/?load={value}&q=zara&_export=csv"))]
            for value in Fullness.values
        }
        assert shown == {value: [said.label] if value == said else [] for value in Fullness.values}


class TestRoster:
    def test_what_it_shows(self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable) -> None:
        assign_pairs(actor=None, pairs=[(react.small.pk, key) for key in react.keys[:3]])
        assign_pairs(actor=None, pairs=[(react.small.pk, cast.enrolled.pk)])
        rows = rows_of(as_(cast.manager).get("/mentors/?_export=csv&sort=-share"))
        assert rows[0] == {
            "Mentor": "Zara Small",
            "State": "over capacity",
            "Students in running missions": "4",
            "Capacity": "2",
            "Of capacity": "200.0",
            "Missions": "JavaScript basics 1, React from the start 3",
        }
        assert [row["Mentor"] for row in rows] == ["Zara Small", "Sadia Karim", "Imran Kabir"]
        page = as_(cast.manager).get("/mentors/")
        assert re.search(r'class="badge bad">over capacity', page.text)
        assert re.search(r"Zara Small</a></th>.*?<td class=\"bar-chart-value\">4 of 2</td>", page.text, re.DOTALL)
        assert "2 students of running missions have no mentor." in page.text

    def test_of_one_mission(self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable) -> None:
        assign_pairs(actor=None, pairs=[(react.small.pk, react.keys[0])])
        rows = rows_of(as_(cast.manager).get(f"/mentors/?mission={react.mission.pk}&_export=csv"))
        assert [row["Mentor"] for row in rows] == ["Zara Small"]

    @pytest.mark.parametrize(("how", "state"), [("deactivated", "cannot sign in"), ("role", "not a mentor now")])
    def test_who_guides_no_longer_stays_as_long_as_they_hold_students(
        self, cast: SimpleNamespace, as_: Callable, how: str, state: str
    ) -> None:
        if how == "deactivated":
            deactivate_person(actor=cast.admin, user=cast.mentor)
        else:
            set_roles(actor=cast.admin, user=cast.mentor, role_keys=["sre"])
        [row] = rows_of(as_(cast.manager).get("/mentors/?q=sadia&_export=csv"))
        assert (row["State"], row["Students in running missions"]) == (state, "1")
        page = as_(cast.manager).get(f"/mentors/{cast.mentor.pk}/")
        assert "This mentor guides nobody now" in page.text
        assert "1 student of a running mission has no mentor." in as_(cast.manager).get("/mentors/").text
        assert "Arif Rahman" in as_(cast.manager).get("/students/?mentorless=true").text
        assert "not a mentor now" in as_(cast.manager).get(f"/students/{cast.enrolled.pk}/").text
        end_pairs(actor=cast.manager, pairs=[(cast.mentor.pk, cast.enrolled.pk)])
        assert rows_of(as_(cast.manager).get("/mentors/?q=sadia&_export=csv")) == []

    def test_the_count_on_the_managers_home_leads_to_the_students(
        self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable
    ) -> None:
        deactivate_person(actor=cast.admin, user=cast.mentor)
        home = as_(cast.manager).get("/dashboard/manager/")
        assert (home.context["numbers"].mentorless, home.context["mentorless_url"]) == (6, "/students/?mentorless=true")
        listed = as_(cast.manager).get(home.context["mentorless_url"])
        assert {row.record for row in listed.context["table"].page.object_list} == {cast.enrolled, *react.students}


class TestOneMentor:
    def test_students_by_mission_and_history(
        self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable
    ) -> None:
        assign_pairs(actor=None, pairs=[(cast.mentor.pk, key) for key in react.keys])
        end_pairs(
            actor=cast.sre, pairs=[(cast.mentor.pk, key) for key in react.keys[:2]], reason="Wanted another mentor"
        )
        client, url = as_(cast.manager), f"/mentors/{cast.mentor.pk}/"
        page = client.get(url)
        assert [(tab["label"], tab.get("count")) for tab in page.context["tabs"]] == [
            ("All", None),
            ("JavaScript basics", 1),
            ("React from the start", 3),
        ]
        [act] = page.context["acts"]
        assert (act["title"], act["detail"]) == (
            "2 students · React from the start",
            "Batch 12 · Nusrat Rahman · Wanted another mentor",
        )
        of_react = rows_of(client.get(f"{url}?mission={react.mission.pk}&_export=csv"))
        assert [row["Student"] for row in of_react] == ["Nila C", "Nila D", "Nila E"]
        past = rows_of(client.get(f"{url}history/?_export=csv"))
        assert [(row["Student"], row["Ended by"], row["Reason"]) for row in past] == [
            ("Nila A", "Nusrat Rahman", "Wanted another mentor"),
            ("Nila B", "Nusrat Rahman", "Wanted another mentor"),
        ]

    @pytest.mark.parametrize("page", ["", "history/", "capacity/", "reassign/"])
    def test_who_never_was_a_mentor_has_no_page(self, cast: SimpleNamespace, as_: Callable, page: str) -> None:
        assert as_(cast.manager).get(f"/mentors/{cast.student.pk}/{page}").status_code == 404

    def test_who_was_one_keeps_the_page(self, cast: SimpleNamespace, as_: Callable) -> None:
        set_roles(actor=cast.admin, user=cast.mentor, role_keys=[])
        end_pairs(actor=cast.sre, pairs=[(cast.mentor.pk, cast.enrolled.pk)])
        assert as_(cast.manager).get(f"/mentors/{cast.mentor.pk}/").status_code == 200

    def test_whoever_may_assign_but_not_see_students_sees_none(
        self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable
    ) -> None:
        """A custom role: the pages are open to it, and hold nobody."""
        cast.manager.groups.get().permissions.remove(
            *cast.manager.groups.get().permissions.filter(codename="view_all_students")
        )
        assign_pairs(actor=None, pairs=[(cast.mentor.pk, react.keys[0])])
        end_pairs(actor=None, pairs=[(cast.mentor.pk, react.keys[0])])
        client = as_(cast.manager)
        for url in (
            f"/mentors/{cast.mentor.pk}/",
            f"/mentors/{cast.mentor.pk}/history/",
            f"/mentors/{cast.mentor.pk}/reassign/",
            f"/missions/{react.mission.pk}/mentors/",
            f"/missions/{react.mission.pk}/mentors/distribute/?whom=all&mentors={cast.mentor.pk}",
        ):
            text = client.get(url).text
            assert (url, [name for name in ("Arif", "Nila") if name in text]) == (url, [])
        assert client.get(f"/missions/{react.mission.pk}/mentors/distribute/").context["plan"].assigned == 0


class TestCapacity:
    def test_is_set_and_told_of_once(self, cast: SimpleNamespace, as_: Callable) -> None:
        url = f"/mentors/{cast.mentor.pk}/capacity/"
        for _ in range(2):
            assert as_(cast.sre).post(url, {"students": "12"}).status_code == 302
        assert MentorCapacity.objects.get().students == 12
        as_(cast.manager).post(url, {"students": "0"})
        told = Event.objects.filter(verb="set the capacity of").order_by("pk").values_list("actor_name", "data")
        assert list(told) == [
            ("Nusrat Rahman", {"from": None, "to": 12}),
            ("Mahmuda Manager", {"from": 12, "to": 0}),
        ]

    @pytest.mark.parametrize("entered", ["-1", "1001", "many", ""])
    def test_nonsense(self, cast: SimpleNamespace, as_: Callable, entered: str) -> None:
        answer = as_(cast.sre).post(f"/mentors/{cast.mentor.pk}/capacity/", {"students": entered})
        assert (answer.status_code, MentorCapacity.objects.exists()) == (422, False)

    @pytest.mark.django_db(transaction=True)
    def test_two_at_once(self, cast: SimpleNamespace, at_once: Callable) -> None:
        at_once(lambda n: set_capacity(actor=cast.sre, mentor=cast.mentor, students=n), [5, 6])
        assert MentorCapacity.objects.get().students in (5, 6)
        last = Event.objects.filter(verb="set the capacity of").order_by("pk").last()
        assert last.data["to"] == MentorCapacity.objects.get().students


class TestMission:
    def test_numbers_and_filters(self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable) -> None:
        assign_pairs(actor=None, pairs=[(react.small.pk, key) for key in react.keys[:3]])
        client, url = as_(cast.sre), f"/missions/{react.mission.pk}/mentors/"
        page = client.get(url)
        assert (page.context["students"], page.context["mentorless"]) == (5, 2)
        assert [(mentor.name, mentor.in_mission, full) for mentor, full in page.context["here"]] == [
            ("Zara Small", 3, Fullness.OVER)
        ]
        for query, names in {
            "mentorless=true": ["Nila D", "Nila E"],
            "mentorless=false": ["Nila A", "Nila B", "Nila C"],
            f"guided_by={react.small.pk}&q=b": ["Nila B"],
        }.items():
            assert [row["Student"] for row in rows_of(client.get(f"{url}?{query}&_export=csv"))] == names

    def test_the_cost_does_not_grow_with_students_and_mentors(
        self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable
    ) -> None:
        client, url = as_(cast.sre), f"/missions/{react.mission.pk}/mentors/distribute/"
        client.get(url)
        with CaptureQueriesContext(connection) as few:
            client.get(url)
        assign_pairs(actor=None, pairs=[(cast.mentor.pk, react.keys[0]), (cast.mentor2.pk, react.keys[1])])
        for _ in range(5):
            MissionEnrollmentFactory(mission=react.mission)
        with CaptureQueriesContext(connection) as many:
            client.get(url)
        assert len(many) == len(few)

    def test_a_mission_that_is_not_there(self, cast: SimpleNamespace, as_: Callable) -> None:
        assert as_(cast.sre).get("/missions/0/mentors/").status_code == 404

    def test_an_upcoming_mission_is_shared_out_before_it_runs(self, cast: SimpleNamespace, as_: Callable) -> None:
        mission = MissionFactory(batch=cast.batch, status="upcoming")
        MissionEnrollmentFactory(mission=mission)
        page = as_(cast.sre).get(f"/missions/{mission.pk}/mentors/distribute/")
        assert page.context["plan"].assigned == 1
