"""A tap without a network: kept, shown, sent once, and decided about when it came too late."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from sms.attendance.models import DailyRecord, LateTap
from tests.conftest import ORDINARY_MORNING
from tests.e2e.conftest import session_of

NEXT_MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 07:00 in Dhaka: closed, and not open yet
KEPT = re.compile(r"Kept on this phone at \d\d:\d\d\. It is sent as soon as you are online\.")
HOME = "/dashboard/student/"

KNOWS_THE_PERSON = "keptTaps.person().then((person) => Boolean(person))"
HOLDS = "keptTaps.all().then((taps) => taps.length)"


@pytest.fixture(autouse=True)
def _morning(ordinary_morning: datetime, worker: None) -> None:
    """An open window."""


@pytest.fixture
def at_home(cast: SimpleNamespace, visit: Callable) -> Iterator[Page]:
    """The student's home after a visit with a network: the worker is there and the device knows what it needs.

    The clock of the browser is the real one, which is days off the server's: as that of many a phone.
    """
    page = visit(cast.student)
    page.goto(HOME)
    until(page, "Boolean(navigator.serviceWorker.controller)")
    until(page, KNOWS_THE_PERSON)
    yield page
    forget_the_network(visit.complaints)


@pytest.fixture
def without_worker(cast: SimpleNamespace, visit: Callable) -> Iterator[Page]:
    """The same in a browser that has no service workers; the page's clock stands beside the server's."""
    page = visit(cast.student)
    page.add_init_script("delete Navigator.prototype.serviceWorker")
    page.clock.install(time=ORDINARY_MORNING)
    page.goto(HOME)
    until(page, KNOWS_THE_PERSON)
    yield page
    forget_the_network(visit.complaints)


def forget_the_network(complaints: list[str]) -> None:
    """The browser and htmx report each request that the missing network refused."""
    known = ("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "status of 503")
    complaints[:] = [complaint for complaint in complaints if not any(text in complaint for text in known)]


def until(page: Page, expression: str, seconds: float = 10) -> None:
    """Polls, as the policy of the site lets no page evaluate text, which Playwright's own way of waiting does."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        time.sleep(0.05)


def tap(page: Page) -> None:
    page.get_by_role("button", name="I’m here today").click()


def test_kept_through_a_reload_and_sent_once(at_home: Page) -> None:
    at_home.context.set_offline(True)
    tap(at_home)
    note = at_home.get_by_role("status").filter(has_text=KEPT)
    expect(note).to_be_visible()
    expect(at_home.get_by_role("button", name="I’m here today")).to_be_hidden()
    at_home.reload()
    expect(at_home.get_by_role("heading", name="You are offline")).to_be_visible()
    expect(at_home.get_by_role("heading", name="JavaScript basics")).to_be_visible()
    expect(note).to_be_visible()
    assert not DailyRecord.objects.exists()
    at_home.context.set_offline(False)
    expect(at_home.locator(".hero").get_by_text("You’re marked for today, at 10:00")).to_be_visible()
    assert at_home.evaluate(HOLDS) == 0
    assert DailyRecord.objects.count() == 1


def test_a_page_opened_without_a_network_takes_the_tap_once(at_home: Page) -> None:
    """Two tabs, each tapped: the offline page, and the home as it was loaded before."""
    other = at_home.context.new_page()
    at_home.context.set_offline(True)
    other.goto(HOME)
    tap(other)
    expect(other.get_by_text(KEPT)).to_be_visible()
    tap(at_home)
    expect(at_home.get_by_text(KEPT)).to_be_visible()
    assert at_home.evaluate(HOLDS) == 1
    at_home.context.set_offline(False)
    for page in (at_home, other):
        expect(page.locator(".hero").get_by_text("You’re marked for today, at 10:00")).to_be_visible()
    assert DailyRecord.objects.count() == 1


def test_a_request_that_gets_lost_is_kept_and_tried_again(without_worker: Page) -> None:
    """The browser believes in a network, but the site cannot be reached: no event says when it can."""
    without_worker.route("**/days/**", lambda route: route.abort("internetdisconnected"))
    without_worker.route("**/attendance/taps/", lambda route: route.fulfill(status=503))
    tap(without_worker)
    expect(without_worker.get_by_text(KEPT)).to_be_visible()
    assert without_worker.evaluate(HOLDS) == 1
    without_worker.unroute("**/attendance/taps/")
    without_worker.clock.fast_forward("01:00")
    expect(without_worker.locator(".hero").get_by_text("You’re marked for today, at 10:00")).to_be_visible()
    assert DailyRecord.objects.count() == 1


def test_after_the_window_somebody_decides(
    without_worker: Page, cast: SimpleNamespace, visit: Callable, frozen: Callable
) -> None:
    without_worker.context.set_offline(True)
    tap(without_worker)
    expect(without_worker.get_by_text(KEPT)).to_be_visible()
    with frozen(NEXT_MORNING):
        without_worker.clock.set_system_time(NEXT_MORNING)
        without_worker.context.set_offline(False)
        expect(
            without_worker.locator(".hero").get_by_text("Your tap of Sunday 22 November arrived late.")
        ).to_be_visible()
        without_worker.reload()
        expect(without_worker.get_by_text("Sunday 22 November, tapped at 10:00")).to_be_visible()
        expect(without_worker.get_by_text("in review")).to_be_visible()
        staff = visit(cast.sre)
        staff.goto("/attendance/taps/review/")
        staff.get_by_role("checkbox", name="Choose the one on this page").check()
        staff.get_by_role("button", name="Accept").click()
        staff.get_by_label("Answer").fill("The power was cut in your street")
        staff.get_by_role("button", name="Accept").click()
        expect(staff.get_by_text("1 tap is accepted.")).to_be_visible()
        without_worker.reload()
        expect(without_worker.get_by_text("The power was cut in your street")).to_be_visible()
    assert DailyRecord.objects.get().status == "present"
    assert LateTap.objects.get().state == "accepted"


def test_nobody_else_sends_it(at_home: Page, cast: SimpleNamespace, site: str) -> None:
    """Signed out in between: the next person neither sees the tap nor sends it, and it waits for its own."""
    at_home.context.set_offline(True)
    tap(at_home)
    expect(at_home.get_by_text(KEPT)).to_be_visible()
    at_home.context.clear_cookies(name="session")
    at_home.context.set_offline(False)
    expect(at_home.get_by_text("Sign in again and it is sent.")).to_be_visible()
    at_home.reload()
    expect(at_home.get_by_text("Your attendance is kept on this phone. Sign in and it is sent.")).to_be_visible()
    assert not at_home.evaluate(KNOWS_THE_PERSON)
    sign_in(at_home, cast.student2, site)
    expect(at_home.get_by_role("button", name="I’m here today")).to_be_visible()
    until(at_home, KNOWS_THE_PERSON)
    expect(at_home.get_by_text("Kept on this phone")).to_have_count(0)
    assert at_home.evaluate(HOLDS) == 1
    assert not DailyRecord.objects.exists()
    sign_in(at_home, cast.student, site)
    expect(at_home.locator(".hero").get_by_text("You’re marked for today, at 10:00")).to_be_visible()
    assert DailyRecord.objects.get().mission_enrollment == cast.enrolled


def sign_in(page: Page, user: object, site: str) -> None:
    page.context.add_cookies([{"name": "session", "value": session_of(user), "url": site}])
    page.goto(HOME)
