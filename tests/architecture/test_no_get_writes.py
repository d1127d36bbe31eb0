"""Opening an address changes nothing: no statement that writes, but for the bookkeeping of sessions."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.urls import NoReverseMatch, reverse

from tests.architecture.addresses import PEOPLE, Ask, addresses, our_addresses

pytestmark = pytest.mark.django_db

WRITES = re.compile(
    r"\b(INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|TRUNCATE|COPY|ALTER|CREATE|DROP)\b\s+\"?(\w+)", re.IGNORECASE
)
# Where the word is no statement of its own: a lock, and the second half of an upsert.
NO_STATEMENT = re.compile(r"\b(FOR (NO KEY )?|DO )UPDATE\b", re.IGNORECASE)

BOOKKEEPING = {
    "django_session": "the session itself: messages, the time it ends",
    "cache": "counts of rate limits, and what is kept to be faster",
}


@contextmanager
def written_tables() -> Iterator[list[str]]:
    """The tables that statements within write to, bookkeeping left out."""
    tables: list[str] = []

    def watch(execute: Callable, sql: str, params: object, many: bool, context: object) -> object:
        tables.extend(tables_written_by(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield tables


def tables_written_by(sql: str) -> list[str]:
    return [table for _verb, table in WRITES.findall(NO_STATEMENT.sub("", str(sql))) if table not in BOOKKEEPING]


@pytest.mark.parametrize("name", our_addresses())
def test_opening_writes_nothing(ask: Ask, name: str) -> None:
    for person in (*PEOPLE, "nobody"):
        for htmx in (False, True):
            with written_tables() as tables:
                ask("get", name, person, htmx=htmx)
            assert not tables, f"GET {name} as {person} writes to {tables}: write on POST only (@require_POST)."


@pytest.mark.parametrize("person", ["student", "nobody"])
def test_opening_pages_of_allauth_writes_nothing(ask: Ask, person: str) -> None:
    client = ask.clients[person]
    for address in addresses():
        if address.is_ours:
            continue
        try:
            url = reverse(address.name)
        except NoReverseMatch:
            continue  # it needs the key of a mail
        with written_tables() as tables:
            client.get(url)
        assert not tables, f"GET {url} writes to {tables}"


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ('INSERT INTO "points_ledgerentry" (id) VALUES (1)', ["points_ledgerentry"]),
        ('UPDATE "accounts_user" SET name = %s', ["accounts_user"]),
        ("WITH gone AS (DELETE FROM outreach_callentry RETURNING id) SELECT 1", ["outreach_callentry"]),
        ('SELECT 1 FROM "a" FOR UPDATE OF "a"', []),
        ('SELECT 1 FROM "a" ORDER BY 1 FOR NO KEY UPDATE SKIP LOCKED', []),
        ("INSERT INTO cache (cache_key) VALUES (1) ON CONFLICT (cache_key) DO UPDATE SET value = 1", []),
        ('UPDATE "django_session" SET expire_date = %s', []),
        ('SELECT "last_update" FROM "a"', []),
    ],
)
def test_the_guard_tells_writing_from_reading(sql: str, tables: list[str]) -> None:
    assert tables_written_by(sql) == tables


def test_the_guard_sees_a_write(ask: Ask) -> None:
    with written_tables() as tables:
        ask("post", "attendance:daily-record", "student")
    assert {"attendance_dailyrecord", "audit_event", "points_recalculationrequest"} <= set(tables)
