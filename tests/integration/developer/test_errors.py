"""Errors that are logged are kept, in every state that the database may be in."""

import logging

import pytest
from django.db import DatabaseError, connection, transaction

from sms.core import clock
from sms.developer import log_handler
from sms.developer.log_handler import ErrorRecordHandler
from sms.developer.models import ErrorRecord

ERRORS = "/developer/errors/"


@pytest.fixture
def log():
    """A logger with a handler of the kind that the site has."""
    logger = logging.getLogger("tests.errors")
    handler = ErrorRecordHandler(logging.ERROR)
    logger.addHandler(handler)
    logger.propagate = False
    logger.handler = handler
    yield logger
    logger.removeHandler(handler)


@pytest.mark.django_db(transaction=True)
def test_an_error_is_kept_with_its_traceback(log):
    fail_and_log(log, "It broke for %s", "reasons")
    kept = ErrorRecord.objects.get()
    assert (kept.logger, kept.message, kept.route) == ("tests.errors", "It broke for reasons", "")
    assert kept.traceback.endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.django_db(transaction=True)
def test_what_is_no_error_is_not_kept(log):
    log.warning("Hm")
    assert ErrorRecord.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_error_inside_a_transaction_is_kept_after_its_rollback(log):
    logging.getLogger().addHandler(log.handler)
    try:
        with transaction.atomic():
            log.error("Inside")
            transaction.set_rollback(True)
        assert ErrorRecord.objects.count() == 0
        log_handler.write_waiting_errors()  # at the end of every request and job
    finally:
        logging.getLogger().removeHandler(log.handler)
    assert [record.message for record in ErrorRecord.objects.all()] == ["Inside"]


@pytest.mark.django_db(transaction=True)
def test_an_error_inside_a_broken_transaction_comes_with_the_next_one(log):
    with transaction.atomic(), connection.cursor() as cursor:
        try:
            cursor.execute("SELECT no_such_column")
        except DatabaseError:
            log.exception("First")
        transaction.set_rollback(True)
    log.error("Second")
    assert [record.message for record in ErrorRecord.objects.order_by("pk")] == ["First", "Second"]


@pytest.mark.django_db(transaction=True)
def test_the_page_of_an_error_that_a_view_raised(cast, as_, monkeypatch):
    monkeypatch.setattr("sms.developer.views.gallery", lambda: 1 / 0)
    client = as_(cast.developer)
    client.raise_request_exception = False
    assert client.get("/developer/components/").status_code == 500
    kept = ErrorRecord.objects.get()
    assert (kept.message, kept.route) == ("Internal Server Error: /developer/components/", "developer/components/")
    page = client.get(kept.get_absolute_url())
    assert "ZeroDivisionError: division by zero" in page.text
    assert "developer/components/" in page.text


@pytest.mark.django_db(transaction=True)
def test_no_addresses_phones_or_rows_are_kept(log):
    log.error("DETAIL: Key (email)=(arif@example.com) exists\nfor arif@example.com, +880 1712 345678\0")
    assert ErrorRecord.objects.get().message == "DETAIL: (left out)\nfor (address), (phone)"


@pytest.mark.django_db(transaction=True)
def test_length_and_number_are_limited(log, monkeypatch):
    monkeypatch.setattr(log_handler, "MOST_A_MINUTE", 3)
    for _ in range(5):
        log.error("x" * 9_000)
    assert [len(record.message) for record in ErrorRecord.objects.all()] == [500] * 3


def test_a_database_that_is_away_is_left_alone_for_a_while(log, monkeypatch, capsys):
    """No database mark: pytest-django refuses every query, as a database that is away would."""
    log.error("First")
    log.error("Second")
    assert capsys.readouterr().err.count("An error was not kept in the database: RuntimeError") == 1


@pytest.mark.django_db(transaction=True)
def test_an_error_while_writing_is_not_written_again(log, monkeypatch):
    def fail(*_args: object, **_options: object) -> None:
        log.error("From the writing itself")
        raise DatabaseError

    with monkeypatch.context() as broken:
        broken.setattr(ErrorRecord.objects, "bulk_create", fail)
        log.error("First")
    assert ErrorRecord.objects.count() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_any_number(cast, as_, django_assert_num_queries, rows):
    for number in range(rows):
        ErrorRecord.objects.create(at=clock.now(), logger="django.request", message=f"Error {number}", traceback="…")
    client = as_(cast.developer)
    with django_assert_num_queries(LIST_QUERIES):
        page = client.get(ERRORS)
    assert page.text.count("django.request") == rows


LIST_QUERIES = 5


def test_search(cast, as_):
    for word in ("apple", "pear"):
        ErrorRecord.objects.create(at=clock.now(), logger="x", message=f"No {word}")
    page = as_(cast.developer).get(ERRORS, {"q": "pear"})
    assert "No pear" in page.text
    assert "No apple" not in page.text


def fail_and_log(log: logging.Logger, message: str, *args: object) -> None:
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        log.exception(message, *args)
