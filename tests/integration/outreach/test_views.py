"""Calling in the browser: with and without HTMX, posted twice, and with wrong input."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from sms.outreach.actions import log_call, take_next
from sms.outreach.choices import LEASE, Outcome
from sms.outreach.models import Call, CallEntry, FollowUp
from tests.conftest import ORDINARY_MORNING
from tests.factories import CallEntryFactory, attended

pytestmark = pytest.mark.usefixtures("ordinary_morning")


@pytest.fixture
def held(cast: SimpleNamespace) -> CallEntry:
    """The student whom `sre` has on the phone; another one waits."""
    CallEntryFactory(mission_enrollment=cast.enrolled, priority=3)
    CallEntryFactory(mission_enrollment=cast.enrolled2, priority=1)
    return take_next(actor=cast.sre)


def test_next_leads_to_the_card(cast: SimpleNamespace, as_: Callable) -> None:
    entry = CallEntryFactory(mission_enrollment=cast.enrolled)
    answer = as_(cast.sre).post("/calls/next/")
    assert (answer.status_code, answer["Location"]) == (302, f"/calls/{entry.pk}/")
    fragment = as_(cast.sre, htmx=True).post("/calls/next/")
    assert (fragment.status_code, fragment["HX-Push-Url"]) == (200, f"/calls/{entry.pk}/")
    assert BeautifulSoup(fragment.text, "html.parser").find(id="call-card").h2.get_text(strip=True) == "Arif Rahman"


def test_nobody_waits(cast: SimpleNamespace, as_: Callable) -> None:
    answer = as_(cast.sre).post("/calls/next/", follow=True)
    assert "Nobody waits for a call now." in answer.text
    assert as_(cast.sre, htmx=True).post("/calls/next/")["HX-Redirect"] == "/calls/"


def test_the_card_shows_what_is_needed(cast: SimpleNamespace, as_: Callable, held: CallEntry) -> None:
    attended(cast.enrolled, "PPPPPPPPPPAAAA", ORDINARY_MORNING.date())
    page = BeautifulSoup(as_(cast.sre).get(f"/calls/{held.pk}/").text, "html.parser")
    card = page.find(id="call-card")
    assert card.find("a", href=f"tel:{cast.student.phone}")
    assert [reason.get_text() for reason in card.find(class_="reasons")("li")] == [
        "Absent 4 days in a row, last present Wed 18 Nov",
        "Attendance 71 % in the last 14 days",
    ]
    assert "Sadia Karim" in card.get_text()


def test_logging_goes_on_to_the_next(cast: SimpleNamespace, as_: Callable, held: CallEntry) -> None:
    fragment = as_(cast.sre, htmx=True).post(held.get_absolute_url(), {"outcome": "picked", "notes": "Will come"})
    assert (fragment.status_code, "Tanvir Hasan" in fragment.text) == (200, True)
    assert list(Call.objects.values_list("entry", "caller", "outcome", "notes")) == [
        (held.pk, cast.sre.pk, "picked", "Will come")
    ]


def test_without_htmx_too(cast: SimpleNamespace, as_: Callable, held: CallEntry) -> None:
    other = CallEntry.objects.exclude(pk=held.pk).get()
    answer = as_(cast.sre).post(held.get_absolute_url(), {"outcome": "no_answer"})
    assert (answer.status_code, answer["Location"]) == (302, f"/calls/{other.pk}/")


@pytest.mark.parametrize("htmx", [True, False])
def test_logged_twice_is_refused_and_keeps_the_notes(
    cast: SimpleNamespace, as_: Callable, held: CallEntry, htmx: bool
) -> None:
    log_call(actor=cast.sre, entry=held, outcome=Outcome.PICKED)
    answer = as_(cast.sre, htmx=htmx).post(held.get_absolute_url(), {"outcome": "busy", "notes": "Again"})
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422
    assert "This call is no longer yours" in page.find(role="alert").get_text()
    assert page.find("textarea").get_text().strip() == "Again"
    assert Call.objects.count() == 1


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("posted", "field", "sentence"),
    [
        ({}, "outcome", "This field is required."),
        ({"outcome": "sang"}, "outcome", "Select a valid choice."),
        ({"outcome": "reschedule"}, "follow_up_at", "Say when to call back."),
        ({"outcome": "picked", "follow_up_at": "2026-11-22T09:59"}, "follow_up_at", "That time is over."),
        ({"outcome": "picked", "follow_up_at": "soon"}, "follow_up_at", "Enter a valid date/time."),
        ({"outcome": "picked", "notes": "x" * 4001}, "notes", "at most 4000 characters"),
    ],
)
def test_wrong_input(
    cast: SimpleNamespace, as_: Callable, held: CallEntry, posted: dict, field: str, sentence: str, htmx: bool
) -> None:
    posted = {"notes": "Kept", **posted}
    answer = as_(cast.sre, htmx=htmx).post(held.get_absolute_url(), posted)
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422
    errors = page.find(id=f"id_{field}_error") or page.find(attrs={"name": field}).find_parent(class_="field")
    assert sentence in errors.get_text()
    assert page.find("textarea").get_text().strip() == posted["notes"]
    assert (Call.objects.count(), CallEntry.objects.get(pk=held.pk).leased_by) == (0, cast.sre)


def test_a_time_is_read_in_the_timezone_of_the_caller(cast: SimpleNamespace, as_: Callable, held: CallEntry) -> None:
    as_(cast.sre).post(held.get_absolute_url(), {"outcome": "picked", "follow_up_at": "2026-11-22T12:00"})
    assert FollowUp.objects.get().due_at == ORDINARY_MORNING + timedelta(hours=2)


def test_the_card_is_for_who_holds_it(cast: SimpleNamespace, as_: Callable, held: CallEntry, frozen: Callable) -> None:
    answer = as_(cast.sre2).get(held.get_absolute_url(), follow=True)
    assert "This student is not on your phone." in answer.text
    with frozen(ORDINARY_MORNING + LEASE):
        assert as_(cast.sre).get(held.get_absolute_url()).status_code == 302


def test_giving_back(cast: SimpleNamespace, as_: Callable, held: CallEntry) -> None:
    for _ in range(2):
        answer = as_(cast.sre).post(f"/calls/{held.pk}/release/")
        assert (answer.status_code, answer["Location"]) == (302, "/calls/")
    assert CallEntry.objects.get(pk=held.pk).leased_by is None


@pytest.mark.parametrize(
    ("posted", "names"),
    [
        ({}, {"Arif Rahman", "Tanvir Hasan"}),
        ({"label": "critical"}, {"Arif Rahman"}),
        ({"q": "tanvir"}, {"Tanvir Hasan"}),
        ({"q": "tanvir", "label": "critical"}, set()),
    ],
)
def test_all_who_match_come_onto_the_list(cast: SimpleNamespace, as_: Callable, posted: dict, names: set[str]) -> None:
    attended(cast.enrolled, "PPPPAAAAAA", ORDINARY_MORNING.date())
    attended(cast.enrolled2, "PPPPPPPPAA", ORDINARY_MORNING.date())
    as_(cast.sre).post("/calls/list/", posted)
    assert {entry.mission_enrollment.student.name for entry in CallEntry.objects.all()} == names


def test_the_button_takes_the_filters_along(cast: SimpleNamespace, as_: Callable) -> None:
    """With htmx as they are now, without scripts as they were when the page was drawn."""
    attended(cast.enrolled, "AAAAA", ORDINARY_MORNING.date())
    page = BeautifulSoup(as_(cast.sre).get("/risk/?label=critical&q=arif").text, "html.parser")
    form = page.find("form", action="/calls/list/")
    assert form["hx-include"] == "#list-filter"
    assert page.find(id="list-filter").find("input", attrs={"name": "q"})["value"] == "arif"
    assert {field["name"]: field["value"] for field in form.noscript("input")} == {"label": "critical", "q": "arif"}


def test_a_promise_is_finished_by_its_owner(cast: SimpleNamespace, as_: Callable, held: CallEntry) -> None:
    log_call(actor=cast.sre, entry=held, outcome=Outcome.PICKED, follow_up_at=ORDINARY_MORNING + LEASE)
    url = f"/follow-ups/{FollowUp.objects.get().pk}/finish/"
    assert as_(cast.sre2).post(url).status_code == 404
    assert [as_(cast.sre).post(url).status_code for _ in range(2)] == [302, 404]


def test_an_expired_session_leads_to_the_sign_in(cast: SimpleNamespace, held: CallEntry) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver/calls/{held.pk}/"}
    answer = Client(headers=headers).post(held.get_absolute_url(), {"outcome": "picked"})
    assert answer["HX-Redirect"] == f"/accounts/login/?next=%2Fcalls%2F{held.pk}%2F"
    assert Call.objects.count() == 0
