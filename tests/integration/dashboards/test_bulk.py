"""Bulk actions on the list of students: who is meant, what they lead to, and who may."""

from collections.abc import Callable
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from sms.authorization.models import Role
from sms.data_exchange import actions
from sms.data_exchange.choices import Origin, RunState
from sms.data_exchange.models import ImportRun
from sms.mentoring.models import MentorAssignment
from sms.programme.models import MissionEnrollment
from tests.factories import MissionEnrollmentFactory, MissionFactory, StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ordinary_morning")]


def bulk(**query: object) -> str:
    return f"{reverse('dashboards:students-bulk')}?{urlencode(query, doseq=True)}"


def the_planned() -> ImportRun:
    run = ImportRun.objects.get()
    actions.plan(run_id=run.pk)
    run.refresh_from_db()
    return run


def keys_of(run: ImportRun) -> list[str]:
    return list(run.rows.order_by("line").values_list("key", flat=True))


def test_the_list_offers_what_the_person_may_do(cast: SimpleNamespace, as_: Callable) -> None:
    for person in (cast.sre, cast.manager):
        text = as_(person).get(reverse("dashboards:students")).text
        assert all(f'value="{key}"' in text for key in ("assign", "enroll", "access", "export"))
        assert f'name="_rows" value="{cast.enrolled.pk}"' in text
    assert "_rows" not in as_(cast.mentor).get(reverse("dashboards:mentor-home")).text


def test_chosen_students_get_a_mentor_after_a_preview(cast: SimpleNamespace, as_: Callable) -> None:
    client = as_(cast.manager)
    url = bulk(_do="assign", _rows=[cast.enrolled.pk])
    page = client.get(url).text
    assert "1 student, as you chose from the list" in page
    assert "Arif Rahman" in page
    assert "Tanvir Hasan" not in page
    response = client.post(url, {"mentor": cast.mentor2.pk})
    run = the_planned()
    assert response["Location"] == run.get_absolute_url()
    assert (run.state, run.origin, run.title, run.new) == (RunState.PLANNED, Origin.LIST, "Assign Imran Kabir", 1)
    assert not MentorAssignment.objects.filter(mentor=cast.mentor2, mission_enrollment=cast.enrolled).exists()
    client.post(reverse("data_exchange:confirm", args=[run.pk]))
    actions.apply(run_id=run.pk)
    assert MentorAssignment.objects.filter(
        mentor=cast.mentor2, mission_enrollment=cast.enrolled, ended_at=None
    ).exists()


def test_all_that_match_are_more_than_the_page_shows(cast: SimpleNamespace, as_: Callable) -> None:
    for _number in range(30):
        MissionEnrollmentFactory(mission=cast.mission)
    MissionEnrollmentFactory(mission=MissionFactory(batch=cast.batch, code="css"))
    client = as_(cast.sre)
    assert "Choose all 32 that match" in client.get(f"/students/?mission={cast.mission.pk}").text
    url = bulk(_do="access", _scope="matching", mission=cast.mission.pk)
    assert "32 students, as you chose from the list" in client.get(url).text
    client.post(url, {"access": "restricted", "reason": "Fees are open"})
    run = the_planned()
    assert (run.changed, run.rejected, run.title) == (32, 0, "Access restricted: Fees are open")


def test_the_search_counts_too(cast: SimpleNamespace, as_: Callable) -> None:
    as_(cast.sre).post(bulk(_do="access", _scope="matching", q="Tanvir"), {"access": "revoked", "reason": "Left"})
    assert keys_of(the_planned()) == ["student2@example.com · batch-12 · js"]


def test_students_join_another_mission_once(cast: SimpleNamespace, as_: Callable) -> None:
    css = MissionFactory(batch=cast.batch, code="css")
    also = MissionEnrollmentFactory(mission=MissionFactory(batch=cast.batch, code="html"), student=cast.student)
    as_(cast.manager).post(bulk(_do="enroll", _rows=[cast.enrolled.pk, also.pk]), {"mission": css.pk})
    run = the_planned()
    assert (run.new, keys_of(run)) == (1, ["student@example.com · batch-12 · css"])


def test_what_the_person_does_not_see_they_cannot_choose(cast: SimpleNamespace, as_: Callable) -> None:
    """A student who has left the batch is in no list of students any more."""
    gone = MissionEnrollmentFactory(mission=cast.mission, student=StudentFactory(email="gone@example.com"))
    today = cast.batch.starts_on
    MissionEnrollment.objects.filter(pk=gone.pk).update(joined_on=today, left_on=today)
    type(gone.enrollment).objects.filter(pk=gone.enrollment_id).update(started_on=today, ended_on=today)
    client = as_(cast.sre)
    assert client.get(bulk(_do="access", _rows=[gone.pk]))["Location"] == reverse("dashboards:students")
    client.post(bulk(_do="access", _rows=[gone.pk, cast.enrolled.pk]), {"access": "revoked", "reason": "Left"})
    assert keys_of(the_planned()) == ["student@example.com · batch-12 · js"]


@pytest.mark.parametrize("query", [{}, {"_do": "access"}, {"_do": "access", "_rows": ["x", "99999999", "9" * 40]}])
def test_nobody_chosen_leads_back_to_the_list(cast: SimpleNamespace, as_: Callable, query: dict) -> None:
    assert as_(cast.sre).get(bulk(**query))["Location"] == reverse("dashboards:students")
    assert not ImportRun.objects.exists()


def test_a_reason_is_needed(cast: SimpleNamespace, as_: Callable) -> None:
    response = as_(cast.sre).post(bulk(_do="access", _rows=[cast.enrolled.pk]), {"access": "revoked"})
    assert response.status_code == 422
    assert 'value="revoked"' in response.text
    assert not ImportRun.objects.exists()


def test_others_may_not(cast: SimpleNamespace, as_: Callable) -> None:
    url = bulk(_do="access", _rows=[cast.enrolled.pk])
    for person in (cast.mentor, cast.student, cast.developer, cast.nobody):
        assert as_(person).get(url).status_code == 403
        assert as_(person).post(url, {"access": "revoked", "reason": "No"}).status_code == 403
    role = Role.objects.get(key="manager")
    role.group.permissions.remove(*role.group.permissions.filter(codename="manage_enrollments"))
    manager = as_(cast.manager)
    assert manager.get(url).status_code == 403
    assert 'value="access"' not in manager.get(reverse("dashboards:students")).text


def test_the_chosen_are_exported_with_the_columns_of_the_list(cast: SimpleNamespace, as_: Callable) -> None:
    response = as_(cast.manager).get(bulk(_do="export", _rows=[cast.enrolled.pk]))
    heading, *rows = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert heading.startswith("Student,Risk,")
    assert [row.split(",")[0] for row in rows] == ["Arif Rahman"]
    assert "@example.com" not in "".join(rows)
