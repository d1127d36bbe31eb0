"""An archived batch is out of daily work: not in lists, home pages and calls. It stays readable by its address."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from sms.attendance.actions import submit_attendance
from sms.core.problems import Refused
from sms.outreach.actions import take_next
from sms.outreach.choices import Outcome
from sms.outreach.models import Call, FollowUp
from sms.outreach.queries import open_follow_ups, takeable, waiting_list
from sms.programme.actions import move_batch
from sms.programme.choices import BatchStatus
from sms.programme.models import MissionEnrollment
from tests.conftest import ORDINARY_MORNING
from tests.factories import AssignmentFactory, CallEntryFactory, MissionEnrollmentFactory, MissionFactory, guided_by

pytestmark = pytest.mark.usefixtures("ordinary_morning")


@pytest.fixture
def archived(cast: SimpleNamespace) -> SimpleNamespace:
    """Batch 12, with work and a student to be called, is archived; another batch runs."""
    move_batch(actor=cast.manager, batch=cast.batch, to=BatchStatus.ARCHIVED)
    cast.work = AssignmentFactory(mission=cast.mission, title="Old work")
    cast.entry = CallEntryFactory(mission_enrollment=cast.enrolled)
    cast.running = guided_by(
        cast.mentor, MissionEnrollmentFactory(mission=MissionFactory(title="Running mission", batch__title="Batch 13"))
    )
    return cast


def text_of(answer: object) -> str:
    return BeautifulSoup(answer.text, "html.parser").find("main").get_text(" ", strip=True)


OLD = ("Batch 12", "JavaScript basics", "Arif Rahman", "Old work")


@pytest.mark.parametrize(
    ("person", "url", "still_there"),
    [
        ("manager", "/batches/", "Batch 13"),
        ("manager", "/missions/", "Running mission"),
        ("manager", "/students/", "Running mission"),
        ("manager", "/dashboard/manager/", "Running mission"),
        ("manager", "/assignments/", "No assignments yet"),
        ("sre", "/dashboard/sre/", ""),
        ("sre", "/calls/", "Nobody waits"),
        ("sre", "/risk/", ""),
        ("mentor", "/dashboard/mentor/", "Running mission"),
        ("student", "/dashboard/student/", "No active mission"),
        ("student", "/assignments/", "No assignments yet"),
    ],
)
def test_daily_pages_do_not_show_it(
    archived: SimpleNamespace, as_: Callable, person: str, url: str, still_there: str
) -> None:
    text = text_of(as_(getattr(archived, person)).get(url)).replace("Hello Arif", "")
    assert still_there in text
    assert [word for word in OLD if word in text] == []


@pytest.mark.parametrize(
    ("person", "url", "word"),
    [
        ("manager", "/batches/?status=archived", "Batch 12"),
        ("manager", "/batches/{batch}/", "This batch is archived"),
        ("manager", "/batches/{batch}/students/", "Arif Rahman"),
        ("manager", "/missions/?batch={batch}", "JavaScript basics"),
        ("manager", "/missions/{mission}/", "Old work"),
        ("manager", "/students/?mission={mission}", "Arif Rahman"),
        ("manager", "/students/?batch={batch}", "Arif Rahman"),
        ("manager", "/students/{enrolled}/", "Arif Rahman"),
        ("sre", "/assignments/?mission={mission}", "Old work"),
        ("mentor", "/students/{enrolled}/", "Arif Rahman"),
        ("mentor", "/dashboard/mentor/?mission={mission}", "Arif Rahman"),
        ("student", "/attendance/{enrolled}/", "JavaScript basics"),
    ],
)
def test_its_history_stays_readable(archived: SimpleNamespace, as_: Callable, person: str, url: str, word: str) -> None:
    keys = {"batch": archived.batch.pk, "mission": archived.mission.pk, "enrolled": archived.enrolled.pk}
    answer = as_(getattr(archived, person)).get(url.format(**keys))
    assert (answer.status_code, word in text_of(answer)) == (200, True)


def test_asking_for_it_shows_nobody_more(archived: SimpleNamespace, as_: Callable) -> None:
    """The exception for an address that names it stays inside of what the person may see."""
    text = text_of(as_(archived.mentor2).get(f"/dashboard/mentor/?mission={archived.running.mission_id}"))
    assert "Running mission" not in text
    text = text_of(as_(archived.mentor2).get(f"/dashboard/mentor/?mission={archived.mission.pk}"))
    assert ("Tanvir Hasan" in text, "Arif Rahman" in text) == (True, False)


def test_nobody_is_called_from_it(archived: SimpleNamespace) -> None:
    entry = CallEntryFactory(mission_enrollment=archived.enrolled2)
    call = Call.objects.create(entry=entry, caller=archived.sre, started_at=ORDINARY_MORNING, outcome=Outcome.PICKED)
    FollowUp.objects.create(call=call, owner=archived.sre, due_at=ORDINARY_MORNING)
    assert (list(takeable()), list(waiting_list(archived.sre)), take_next(actor=archived.sre)) == ([], [], None)
    assert list(open_follow_ups(archived.sre)) == []


def test_it_takes_no_attendance(archived: SimpleNamespace) -> None:
    student = MissionEnrollment.objects.select_related("mission__batch").get(pk=archived.enrolled.pk)
    with pytest.raises(Refused, match="archived and takes no attendance"):
        submit_attendance(
            actor=archived.student, mission_enrollment=student, on=ORDINARY_MORNING.date(), is_holiday=False
        )


def test_bringing_it_back_undoes_all_of_it(archived: SimpleNamespace, as_: Callable) -> None:
    as_(archived.manager).post(f"/batches/{archived.batch.pk}/status/", {"to": "active"})
    assert "Batch 12" in text_of(as_(archived.manager).get("/batches/"))
    assert list(takeable()) == [archived.entry]
    assert "JavaScript basics" in text_of(as_(archived.student).get("/dashboard/student/"))
