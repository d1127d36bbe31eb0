"""Keeps errors in the database, where developers see them."""

import logging
import traceback

MESSAGE_LIMIT = 500


class ErrorRecordHandler(logging.Handler):
    """Writes an ErrorRecord for each error that is logged.

    Never raises: where the database is what failed, the line on standard error must do.
    """

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._write(record)
        except Exception:  # the handler is the last in the chain, nothing else could report it
            self.handleError(record)

    def _write(self, record: logging.LogRecord) -> None:
        from django.apps import apps
        from django.db import connection, transaction

        if not apps.models_ready or record.name.startswith("django.db") or connection.in_atomic_block:
            return
        from sms.core import clock
        from sms.developer.models import ErrorRecord

        request = getattr(record, "request", None)
        with transaction.atomic():
            ErrorRecord.objects.create(
                at=clock.now(),
                logger=record.name,
                message=record.getMessage()[:MESSAGE_LIMIT],
                route=getattr(getattr(request, "resolver_match", None), "route", "") or "",
                traceback="".join(traceback.format_exception(*record.exc_info)) if record.exc_info else "",
            )
