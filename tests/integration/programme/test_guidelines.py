"""Guidelines of a mission: who writes them, who reads them, and that they are only text."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from sms.audit.models import Event
from sms.programme.actions import set_guidelines
from sms.programme.models import Guidelines
from tests.factories import MissionEnrollmentFactory, MissionFactory, StudentFactory

ATTACK = "**Ask** <script>alert(1)</script> [x](javascript:alert(1)) ![x](https://evil.example/x.png)"
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def url_of(cast: SimpleNamespace) -> str:
    return f"/missions/{cast.mission.pk}/guidelines/"


def guidelines_on(answer: object) -> str:
    block = BeautifulSoup(answer.text, "html.parser").find(class_="guidelines")
    return block.get_text(" ", strip=True) if block else ""


def test_saved_once_and_read_by_students(cast: SimpleNamespace, as_: Callable) -> None:
    for _ in range(2):
        answer = as_(cast.manager).post(url_of(cast), {"do": "Ask **early**", "dont": "Copy"})
        assert answer["Location"] == f"/missions/{cast.mission.pk}/"
    assert Event.objects.filter(verb="changed the guidelines of").count() == 1
    for person, url in (
        (cast.student, "/dashboard/student/"),
        (cast.manager, f"/missions/{cast.mission.pk}/"),
        (cast.sre, f"/missions/{cast.mission.pk}/"),
    ):
        assert guidelines_on(as_(person).get(url)) == "Do Ask early Don’t Copy"


def test_students_of_other_missions_do_not_read_them(cast: SimpleNamespace, as_: Callable) -> None:
    set_guidelines(actor=None, mission=cast.mission, do="Our secret", dont="")
    other = StudentFactory()
    MissionEnrollmentFactory(mission=MissionFactory(batch=cast.batch), student=other)
    assert "Our secret" not in as_(other).get("/dashboard/student/").text


@pytest.mark.parametrize("htmx", [True, False])
def test_a_preview_writes_nothing(cast: SimpleNamespace, as_: Callable, htmx: bool) -> None:
    headers = {"HX-Target": "preview"} if htmx else {}
    answer = as_(cast.manager, htmx=htmx).post(
        url_of(cast), {"do": "Ask **early**", "dont": "", "preview": "1"}, headers=headers
    )
    assert (answer.status_code, guidelines_on(answer), "<form" in answer.text) == (200, "Do Ask early", not htmx)
    assert Guidelines.objects.count() == 0


def test_attacks_are_text_everywhere(cast: SimpleNamespace, as_: Callable) -> None:
    preview = as_(cast.manager).post(url_of(cast), {"do": ATTACK, "dont": ATTACK, "preview": "1"})
    set_guidelines(actor=cast.manager, mission=cast.mission, do=ATTACK, dont=ATTACK)
    pages = [
        preview,
        as_(cast.manager).get(url_of(cast)),
        as_(cast.manager).get(f"/missions/{cast.mission.pk}/"),
        as_(cast.student).get("/dashboard/student/"),
    ]
    for page in pages:
        block = BeautifulSoup(page.text, "html.parser").find(class_="guidelines")
        assert "<script>alert(1)</script>" in block.get_text()
        assert not block.find_all(["script", "img"])
        assert {link["href"] for link in block("a")} == {"https://evil.example/x.png"}
        assert "<script>alert" not in page.text


def test_too_long(cast: SimpleNamespace, as_: Callable) -> None:
    answer = as_(cast.manager).post(url_of(cast), {"do": "x" * 4001, "dont": ""})
    assert (answer.status_code, Guidelines.objects.count()) == (422, 0)
