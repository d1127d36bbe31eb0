"""Keeps errors in the database, where developers see them.

The line on standard error is the record that always exists; this one is a convenience, and so it
gives way wherever it could do harm:

- it never raises, and what goes wrong while it writes is not logged again;
- inside a transaction it waits: a row written there could fail with it or vanish with its
  rollback. What waits is written at the next chance outside of one: another error, the end of the
  request or of the job, or of the process;
- after a failed write it leaves the database alone for a while, so that errors about a database
  that is away do not each wait for it;
- it takes a limited number a minute, and a limited length of each;
- it takes no request, only the route, and masks addresses and phone numbers in what an exception says.
"""

import logging
import re
import sys
import threading
import time
import traceback
from collections import deque
from datetime import UTC, datetime
from typing import Any

MESSAGE_LIMIT = 500
TRACEBACK_LIMIT = 8_000  # characters, of its end
MOST_A_MINUTE = 60
MOST_WAITING = 20  # for the end of one transaction
PAUSE_AFTER_FAILURE = 10.0  # seconds

PERSONAL = (
    (re.compile(r"^DETAIL:.*$", re.MULTILINE), "DETAIL: (left out)"),  # PostgreSQL quotes the row there
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "(address)"),
    (re.compile(r"\+\d[\d ]{7,16}\d"), "(phone)"),
    (re.compile("\0"), ""),  # not personal, but PostgreSQL stores no NUL
)


class ErrorRecordHandler(logging.Handler):
    def __init__(self, level: int = logging.NOTSET) -> None:
        super().__init__(level)
        self._thread = threading.local()
        self._minute, self._this_minute = 0, 0
        self._pause_until = 0.0

    def handle(self, record: logging.LogRecord) -> bool:
        """Without the lock of logging.Handler: a slow write of one thread must not stop the others."""
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if not self._writing and self._has_room():
                self._waiting.append(fields_of(record))
                self.flush()
        except Exception as error:
            self._report(error)

    def flush(self) -> None:
        """Writes what waits, unless this thread is inside a transaction. logging calls it when the process ends."""
        if self._writing or not self._waiting or time.monotonic() < self._pause_until:
            return
        self._thread.writing = True
        try:
            self._write()
        except Exception as error:
            self._pause_until = time.monotonic() + PAUSE_AFTER_FAILURE
            self._waiting.clear()
            self._report(error)
        finally:
            self._thread.writing = False

    def _write(self) -> None:
        from django.apps import apps
        from django.db import connection

        if not apps.models_ready or connection.in_atomic_block:
            return
        from sms.developer.models import ErrorRecord

        connection.close_if_unusable_or_obsolete()
        # Taken out first: should the process be stopped in between, a record is lost rather than written twice.
        records = [ErrorRecord(**self._waiting.popleft()) for _ in range(len(self._waiting))]
        ErrorRecord.objects.bulk_create(records)

    @property
    def _writing(self) -> bool:
        return getattr(self._thread, "writing", False)

    @property
    def _waiting(self) -> deque[dict[str, Any]]:
        if not hasattr(self._thread, "waiting"):
            self._thread.waiting = deque(maxlen=MOST_WAITING)
        return self._thread.waiting

    def _has_room(self) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._this_minute = minute, 0
        self._this_minute += 1
        return self._this_minute <= MOST_A_MINUTE

    def _report(self, error: Exception) -> None:
        """The error itself stands on standard error already; this says only that it stands nowhere else."""
        try:
            sys.stderr.write(f"An error was not kept in the database: {type(error).__name__}\n")
        except (OSError, ValueError, AttributeError):  # standard error is closed: nobody is left to tell
            pass


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """The columns of an ErrorRecord. Formatted at once: later the arguments may have changed."""
    route = getattr(getattr(getattr(record, "request", None), "resolver_match", None), "route", "")
    trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
    return {
        "at": datetime.fromtimestamp(record.created, UTC),
        "logger": record.name[:120],
        "message": without_personal_data(record.getMessage())[:MESSAGE_LIMIT],
        "route": (route or "")[:250],
        "traceback": without_personal_data(trace)[-TRACEBACK_LIMIT:],
    }


def without_personal_data(text: str) -> str:
    for pattern, replacement in PERSONAL:
        text = pattern.sub(replacement, text)
    return text


def write_waiting_errors(**_signal: object) -> None:
    """Has every handler of this kind write what waited for the end of a transaction."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, ErrorRecordHandler):
            handler.flush()
