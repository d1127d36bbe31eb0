"""One scene for all sweeps of a module: they ask thousands of questions and leave nothing behind."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from sms.core import clock
from tests.architecture.addresses import Ask, scene_of
from tests.conftest import ORDINARY_MORNING, build_cast


@pytest.fixture(scope="module")
def ask(django_db_setup: None, django_db_blocker: object) -> Iterator[Ask]:
    with django_db_blocker.unblock(), clock.frozen_at(ORDINARY_MORNING), transaction.atomic():
        yield Ask(scene_of(build_cast()))
        transaction.set_rollback(True)
