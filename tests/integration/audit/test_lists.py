from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.db import DatabaseError, transaction

from sms.audit.actions import record
from sms.audit.devices import device
from sms.audit.models import Event
from sms.core import clock

NEW_YEAR_IN_DHAKA = datetime(2025, 12, 31, 18, 0, tzinfo=UTC)


@pytest.fixture
def events(cast) -> None:
    cache.clear()
    with clock.frozen_at(NEW_YEAR_IN_DHAKA):
        record(actor=cast.sre, verb="approved", subject=cast.student)
    with clock.frozen_at(datetime(2026, 1, 5, 4, 0, tzinfo=UTC)):
        record(actor=cast.manager, verb="edited", subject=cast.batch, data={"changed": ["title", "code"]})
        record(actor=None, verb="closed", subject=cast.batch)


def shown(response) -> list[str]:
    return [str(row.record) for row in response.context["table"].rows]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("who=mahmuda", ["Mahmuda Manager edited Batch 12"]),
        ("verb=approved", ["Nusrat Rahman approved Arif Rahman"]),
        ("kind=programme.batch&q=batch", ["The system closed Batch 12", "Mahmuda Manager edited Batch 12"]),
        ("since=2026-01-01&until=2026-01-01", ["Nusrat Rahman approved Arif Rahman"]),
        ("until=2025-12-31", []),
        (
            "since=2026-01-02&until=2026-01-05&sort=actor_name",
            ["Mahmuda Manager edited Batch 12", "The system closed Batch 12"],
        ),
        ("q=mahmuda batch", ["Mahmuda Manager edited Batch 12"]),
    ],
)
def test_events_are_found(cast, as_, events, query: str, found: list[str]) -> None:
    assert shown(as_(cast.admin).get(f"/audit/?{query}")) == found


@pytest.mark.parametrize(
    "query", ["since=yesterday", "since=0001-01-01", "until=9999-12-31", "verb=none", "actor=x", "page=99", "sort=none"]
)
def test_odd_filters_do_no_harm(cast, as_, events, query: str) -> None:
    assert as_(cast.admin).get(f"/audit/?{query}").status_code in (200, 404)


def test_details_are_read_in_words(cast, as_, events) -> None:
    assert "changed: title, code" in as_(cast.admin).get("/audit/?who=mahmuda").content.decode()


def test_the_events_of_a_person_are_linked(cast, as_, events) -> None:
    assert shown(as_(cast.admin).get(f"/audit/?kind=accounts.user&subject={cast.student.pk}&verb=approved")) == [
        "Nusrat Rahman approved Arif Rahman"
    ]


def test_attempts_for_an_unknown_address_are_not_acts_of_the_system(cast, as_, client) -> None:
    cache.clear()
    client.post("/accounts/login/", {"login": "stranger@example.com", "password": "x"})
    page = as_(cast.admin).get("/audit/sign-ins/?verb=failed+to+sign+in").content.decode()

    assert "stranger@example.com" in page
    assert "The system" not in page
    assert "wrong password" in page


def test_sign_ins_show_only_sign_ins_and_their_origin(cast, as_, events) -> None:
    admin = as_(cast.admin)
    response = admin.get("/audit/sign-ins/")

    assert {row.record.verb for row in response.context["table"].rows} == {"signed in"}


def test_the_export_has_the_words_and_no_formula(cast, as_, events) -> None:
    record(actor=cast.admin, verb="edited", subject=None, data={"title": "=1+1"})
    text = b"".join(as_(cast.admin).get("/audit/?verb=edited&_export=csv").streaming_content).decode("utf-8-sig")

    assert text.splitlines()[0] == "Who,What,To what,Details,When"
    assert 'Mahmuda Manager,edited,Batch 12,"changed: title, code",2026-01-05 10:00:00+06:00' in text
    assert ",=1+1" not in text


@pytest.mark.parametrize("path", ["/audit/", "/audit/sign-ins/"])
@pytest.mark.parametrize("role", ["developer", "manager", "sre", "mentor", "student", "nobody"])
def test_the_lists_are_for_those_who_may_read_them(cast, as_, role: str, path: str) -> None:
    assert as_(getattr(cast, role)).get(path).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("path", "verb"), [("/audit/", "edited"), ("/audit/sign-ins/", "failed to sign in")])
def test_a_list_costs_the_same_for_one_and_for_three(
    cast, as_, django_assert_num_queries, rows: int, path: str, verb: str
) -> None:
    cache.clear()
    for _event in range(rows):
        record(actor=cast.sre, verb=verb, subject=cast.student)
    client = as_(cast.admin)
    client.get(f"{path}?verb={verb}")

    with django_assert_num_queries(QUERIES[path]):
        assert client.get(f"{path}?verb={verb}", headers=REFRESH).context["total"] == rows


QUERIES = {"/audit/": 5, "/audit/sign-ins/": 4}
REFRESH = {"HX-Request": "true", "HX-Target": "list"}


def test_nothing_is_changed_or_deleted(cast, events) -> None:
    for forbidden in (lambda: Event.objects.update(verb="x"), lambda: Event.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            forbidden()


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        ("curl/8.0", "curl/8.0"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_named(agent: str, words: str) -> None:
    assert device(agent) == words
