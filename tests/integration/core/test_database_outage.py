"""The database goes away and comes back under a running site."""

import signal

import psycopg
import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError

from sms.core.errors import is_database_unavailable
from tests.integration.core.served_site import ServedSite, wait_for

SOME_SESSION = "session=" + "a" * 32


@pytest.mark.slow
def test_a_dead_database_gives_503_and_recovers_without_a_restart(site: ServedSite) -> None:
    assert site.get("/", SOME_SESSION)[0] == 302
    web_server = site.process_with("granian").pid

    site.postmaster().send_signal(signal.SIGINT)
    wait_for(lambda: site.get("/", SOME_SESSION)[0] == 503, site)
    status, headers, page = site.get("/", SOME_SESSION)
    assert (status, headers["retry-after"], "<!doctype html>" in page.lower()) == (503, "5", True)

    # The keeper starts it again after a second; the web server is the same process.
    wait_for(lambda: site.get("/", SOME_SESSION)[0] == 302, site)
    assert site.process_with("granian").pid == web_server


def caused_by(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "unavailable"),
    [
        (OperationalError("connection refused"), True),
        (InterfaceError("connection already closed"), True),
        (caused_by(OperationalError(), psycopg.errors.AdminShutdown()), True),
        (caused_by(OperationalError(), psycopg.errors.CannotConnectNow()), True),
        (caused_by(OperationalError(), psycopg.errors.TooManyConnections()), True),
        (caused_by(ValueError(), OperationalError("connection refused")), True),
        (caused_by(OperationalError(), psycopg.errors.DeadlockDetected()), False),
        (caused_by(OperationalError(), psycopg.errors.QueryCanceled()), False),
        (IntegrityError("duplicate key"), False),
        (DataError("out of range"), False),
        (ValueError("ours"), False),
        (None, False),
    ],
)
def test_only_a_lost_connection_counts_as_unavailable(error: Exception | None, unavailable: bool) -> None:
    assert is_database_unavailable(error) is unavailable
