"""How far an import is, told while its transaction is still open, and asked whether to go on.

What a transaction writes nobody sees before it ends, so the worker tells by a connection of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from sms.data_exchange.models import ImportRun

TELL = """
UPDATE data_exchange_importprogress SET done = %s, total = GREATEST(total, %s)
WHERE run_id = %s RETURNING cancel_requested
"""


class Cancelled(Exception):
    """The person asked to stop; nothing of the transaction stays."""


class Reporter:
    """Called with the number of rows done. Raises Cancelled once that is asked for."""

    def __init__(self, beside: object, run: ImportRun, total: int) -> None:
        self.beside = beside
        self.run = run
        self.total = total

    def __call__(self, done: int) -> None:
        with self.beside.cursor() as cursor:
            cursor.execute(TELL, [done, self.total, self.run.pk])
            told = cursor.fetchone()
        if told and told[0]:
            raise Cancelled


@contextmanager
def reporting(run: ImportRun, total: int) -> Iterator[Reporter]:
    beside = connection.copy()
    try:
        reporter = Reporter(beside, run, total)
        reporter(0)
        yield reporter
    finally:
        beside.close()
