import logging

import pytest

from sms.developer.log_handler import ErrorRecordHandler


@pytest.fixture(autouse=True)
def _nothing_waits_to_be_written() -> None:
    """Errors of tests inside a transaction wait for an end that never comes; they must not turn up in the next test."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, ErrorRecordHandler):
            handler._waiting.clear()
