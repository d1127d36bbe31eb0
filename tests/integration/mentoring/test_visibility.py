"""Visibility follows at once, and a mentor can find out nothing about the students of others."""

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import get_objects_for_user

from sms.authorization import grants
from sms.mentoring import plan, queries
from sms.mentoring.actions import assign_pairs, end_pairs, reassign, remove_pairs
from sms.programme.models import MissionEnrollment
from sms.programme.queries import visible_to
from tests.factories import MissionEnrollmentFactory, MissionFactory, StudentFactory

HOME = "/dashboard/mentor/"


def sees(client: Client, student: MissionEnrollment) -> bool:
    """On the list and on the student's own pages, which must agree."""
    on_list = student.student.name in client.get(HOME).text
    statuses = {
        client.get(url).status_code
        for url in (f"/students/{student.pk}/", f"/attendance/{student.pk}/", f"/points/{student.pk}/")
    }
    assert statuses == ({200} if on_list else {404})
    return on_list


def test_on_the_very_next_request(cast: SimpleNamespace, react: SimpleNamespace, as_: Callable) -> None:
    old, new = as_(cast.mentor), as_(cast.mentor2)
    student = react.students[0]
    seen = [(sees(old, student), sees(new, student))]
    assign_pairs(actor=cast.sre, pairs=[(cast.mentor.pk, student.pk)])
    seen.append((sees(old, student), sees(new, student)))
    to = list(queries.with_load(queries.mentors().filter(pk=cast.mentor2.pk)))
    chosen = queries.guided_by(cast.mentor).filter(pk=student.pk)
    shown = plan.handover(mentor=cast.mentor, students=chosen, to=to)
    reassign(actor=cast.sre, mentor=cast.mentor, students=chosen, to=to, fingerprint=shown.fingerprint)
    seen.append((sees(old, student), sees(new, student)))
    end_pairs(actor=cast.sre, pairs=[(cast.mentor2.pk, student.pk)])
    seen.append((sees(old, student), sees(new, student)))
    assign_pairs(actor=cast.sre, pairs=[(cast.mentor.pk, student.pk)])
    remove_pairs(actor=cast.sre, pairs=[(cast.mentor.pk, student.pk)])
    seen.append((sees(old, student), sees(new, student)))
    assert seen == [(False, False), (True, False), (False, True), (False, False), (False, False)]


def test_the_same_student_in_another_mission_is_another_matter(
    cast: SimpleNamespace, react: SimpleNamespace, as_: Callable
) -> None:
    elsewhere = MissionEnrollmentFactory(mission=react.mission, student=cast.student)
    assert as_(cast.mentor).get(f"/students/{elsewhere.pk}/").status_code == 404
    assert "React from the start" not in as_(cast.mentor).get(f"/students/{cast.enrolled.pk}/").text


@pytest.fixture
def secret(cast: SimpleNamespace) -> MissionEnrollment:
    """Somebody else's student, whose every word would be told from any other."""
    person = StudentFactory(name="Zulfiqar Quixote", email="zulfiqar@quixote.example", phone="+8801999888777")
    person.student_profile.student_id = "QX-4711"
    person.student_profile.save()
    mission = MissionFactory(batch=cast.batch, title="Kubernetes", code="k8s")
    student = MissionEnrollmentFactory(mission=mission, student=person)
    assign_pairs(actor=None, pairs=[(cast.mentor2.pk, student.pk)])
    return student


pytestmark = pytest.mark.usefixtures("ordinary_morning")

LEAKS = ("Zulfiqar", "Quixote", "quixote", "QX-4711", "999888777", "Kubernetes")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=Zulfiqar",
        "q=zulfiqar@quixote.example",
        "q=QX-4711",
        "mission={mission}",
        "label=critical",
        "label=on_track",
        "per_page=100",
        "page=2",
        "sort=-student",
        "sort=points",
        "mentorless=true",
        "mission__batch={batch}",
        "enrollment__student={student}",
        "pk={pk}",
    ],
)
@pytest.mark.parametrize("form", ["page", "fragment", "csv"])
def test_nothing_is_told_by_search_filter_export_or_count(
    cast: SimpleNamespace, secret: MissionEnrollment, as_: Callable, query: str, form: str
) -> None:
    words = {
        "mission": secret.mission_id,
        "batch": cast.batch.pk,
        "student": secret.student.pk,
        "pk": secret.pk,
    }
    asked = query.format(**words)
    client = as_(cast.mentor, htmx=form == "fragment")

    def answer() -> str:
        url = f"{HOME}?{asked}" + ("&_export=csv" if form == "csv" else "")
        response = client.get(url, headers={"HX-Target": "list"} if form == "fragment" else {})
        if response.streaming:
            return b"".join(response.streaming_content).decode()
        text = re.sub(
            r'(csrf-token" content|csrfmiddlewaretoken" value|nonce)="[^"]+"|\d{4}-\d\d-\d\dT[\d:.+]+',
            "",
            response.text,
        )
        return text.replace(asked, "").replace(asked.partition("=")[2].replace("@", "%40"), "")

    with_secret = answer()
    assert [word for word in LEAKS if word in with_secret and word not in asked] == []
    # Whether the student exists makes no difference to anything that the mentor is shown.
    end_pairs(actor=None, pairs=[(cast.mentor2.pk, secret.pk)])
    secret.mentor_assignments.all().delete()
    secret.delete()
    assert answer() == with_secret


def test_a_list_costs_the_same_however_many_students_others_have(
    cast: SimpleNamespace, react: SimpleNamespace, as_: Callable
) -> None:
    client = as_(cast.mentor)
    client.get(HOME)
    with CaptureQueriesContext(connection) as before:
        client.get(HOME)
    others = [MissionEnrollmentFactory(mission=react.mission).pk for _ in range(10)]
    assign_pairs(actor=None, pairs=[(cast.mentor2.pk, key) for key in others])
    with CaptureQueriesContext(connection) as after:
        client.get(HOME)

    def shapes(queries_: CaptureQueriesContext) -> list[str]:
        return [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries_]

    assert shapes(after) == shapes(before)


def test_the_grants_lead_to_the_students_not_the_students_to_the_grants(
    cast: SimpleNamespace, react: SimpleNamespace
) -> None:
    """The reason for the join in grants.granted_to: it has to stand first, before the tables of the list."""
    sql = str(grants.granted_to(cast.mentor, MissionEnrollment.objects.select_related("enrollment__student")).query)
    joined = re.findall(r'JOIN "(\w+)"', sql)
    assert joined[0] == "authorization_missionenrollmentgrant"


def test_it_sees_what_guardian_sees(cast: SimpleNamespace, react: SimpleNamespace) -> None:
    assign_pairs(actor=None, pairs=[(cast.mentor.pk, key) for key in react.keys[::2]])
    for mentor in (cast.mentor, cast.mentor2, react.small, cast.student):
        by_guardian = get_objects_for_user(
            mentor,
            grants.PERMISSION,
            MissionEnrollment.objects.all(),
            use_groups=False,
            accept_global_perms=False,
            with_superuser=False,
        )
        ours = list(grants.granted_to(mentor, MissionEnrollment.objects.all()))
        assert (len(ours), set(ours)) == (len(by_guardian), set(by_guardian))
    assert visible_to(cast.mentor).count() == 4
