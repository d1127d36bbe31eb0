"""A real browser on a real server, with a real worker beside it.

The server and the worker run in threads of the test's process, so that a test can hold the clock.
Chromium is Debian's where it is there, and Playwright's own elsewhere (`make browser`).
"""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.db import connections
from huey.contrib.djhuey import HUEY
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from sms.accounts.models import User

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

HARMLESS = (
    "status of 422",  # a refused form, which Chromium reports like a missing file
    "htmx:sendAbort",  # a filter changed again before its answer came
    "htmx:afterRequest",  # and the end of that aborted request
)

# Playwright keeps an event loop on this thread; the database is used from it all the same.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e" in item.nodeid:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """Works off the queue, as the consumer does but in a thread that shares the test's clock."""
    stop = threading.Event()
    thread = threading.Thread(target=work_until, args=(stop,), name="worker")
    thread.start()
    yield
    stop.set()
    thread.join(timeout=10)


def work_until(stop: threading.Event) -> None:
    try:
        while not stop.is_set():
            task = HUEY.dequeue()
            if task is not None:
                HUEY.execute(task)
    finally:
        HUEY.storage.close()
        connections.close_all()


@pytest.fixture
def site(transactional_db: None, cast: SimpleNamespace, live_server: Any, settings: Any) -> str:
    """The address of the running site, with the fixed cast in its database."""
    settings.ALLOWED_HOSTS = ["*"]
    cache.clear()  # what the last test used up of the rate limits; the table is nobody's model
    return live_server.url


class Visitor:
    """Opens pages as somebody, and fails the test on any script error or refused resource."""

    def __init__(self, browser: Browser, site: str) -> None:
        self.browser = browser
        self.site = site
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def __call__(
        self,
        user: User | None,
        *,
        javascript: bool = True,
        size: dict[str, int] = PHONE,
        theme: str = "light",
        bypass_csp: bool = False,
    ) -> Page:
        context = self.browser.new_context(
            viewport=size,
            java_script_enabled=javascript,
            base_url=self.site,
            color_scheme=theme,
            reduced_motion="reduce",
            bypass_csp=bypass_csp,
        )
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        if user:
            context.add_cookies(
                [{"name": django_settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": self.site}]
            )
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note)
        return page

    def _note(self, message: Any) -> None:
        if message.type == "error" and not any(harmless in message.text for harmless in HARMLESS):
            self.complaints.append(message.text)

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    visitor = Visitor(browser, site)
    yield visitor
    visitor.close()
    assert visitor.complaints == [], visitor.complaints


def session_of(user: User) -> str:
    """The key of a signed-in session."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = django_settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    # As after entering the password just now, which the pages of the second step ask for.
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time(), "email": user.email}]
    session.save()
    return session.session_key


# What depends on how a page looks, and what only a wide page shows: tables with their heads, and names in the sidebar.
OF_APPEARANCE = {
    "runOnly": {
        "type": "rule",
        "values": [
            "button-name", "color-contrast", "empty-table-header", "label", "link-in-text-block", "link-name",
            "scrollable-region-focusable", "target-size", "th-has-data-cells",
        ],
    }
}  # fmt: skip


def findings(page: Page, path: str) -> list[str]:
    """What axe finds on a page, and whether it is wider than a phone, a tablet or a desktop.

    All rules as the page is opened; those of appearance once more in the dark and on a desktop.
    """
    page.goto(path)
    size = page.viewport_size
    found = violations(page, path, {})
    for width in (390, 768, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if too_wide > 0:
            found.append(f"{path} at {width} px is {too_wide} px too wide")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.goto(path)  # Chromium leaves some colours of a page as they were when the scheme changes beneath it
    found += violations(page, f"{path} in the dark", OF_APPEARANCE)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(size)
    return found


def violations(page: Page, title: str, options: dict[str, Any]) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [f"{title}: {violation['id']}: {violation['nodes'][0]['html'][:160]}" for violation in found]
