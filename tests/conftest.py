"""The fixed cast of every test, and a clock that stands still where a test asks for it."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from threading import Barrier
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.test import Client

from sms.authorization import roles
from sms.core import clock
from tests.factories import (
    BatchFactory,
    MissionEnrollmentFactory,
    MissionFactory,
    StudentFactory,
    UserFactory,
    guided_by,
)

# A Sunday, 10:00 in Dhaka: an ordinary day with an open window.
ORDINARY_MORNING = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture
def frozen() -> Callable[[datetime], AbstractContextManager[None]]:
    """`with frozen(moment): …`"""
    return clock.frozen_at


@pytest.fixture
def ordinary_morning() -> Iterator[datetime]:
    with clock.frozen_at(ORDINARY_MORNING):
        yield ORDINARY_MORNING


@pytest.fixture
def cast(db: None) -> SimpleNamespace:
    return build_cast()


def build_cast() -> SimpleNamespace:
    """One person for each role, and a second one where roles must not see each other's.

    `student` is guided by `mentor`, `student2` by `mentor2`, both in the same active mission.
    """
    people = SimpleNamespace(
        admin=UserFactory(name="Ayesha Admin", email="admin@example.com", roles=(roles.ADMIN,)),
        developer=UserFactory(name="Dipu Developer", email="developer@example.com", roles=(roles.DEVELOPER,)),
        manager=UserFactory(name="Mahmuda Manager", email="manager@example.com", roles=(roles.MANAGER,)),
        sre=UserFactory(name="Nusrat Rahman", email="sre@example.com", roles=(roles.SRE,)),
        sre2=UserFactory(name="Sohel Rana", email="sre2@example.com", roles=(roles.SRE,)),
        mentor=UserFactory(name="Sadia Karim", email="mentor@example.com", roles=(roles.MENTOR,)),
        mentor2=UserFactory(name="Imran Kabir", email="mentor2@example.com", roles=(roles.MENTOR,)),
        student=StudentFactory(name="Arif Rahman", email="student@example.com"),
        student2=StudentFactory(name="Tanvir Hasan", email="student2@example.com"),
        nobody=UserFactory(name="Waiting Wasim", email="waiting@example.com"),
    )
    people.batch = BatchFactory(code="batch-12", title="Batch 12")
    people.mission = MissionFactory(batch=people.batch, code="js", title="JavaScript basics")
    people.enrolled = guided_by(people.mentor, MissionEnrollmentFactory(mission=people.mission, student=people.student))
    people.enrolled2 = guided_by(
        people.mentor2, MissionEnrollmentFactory(mission=people.mission, student=people.student2)
    )
    return people


@contextmanager
def rolled_back() -> Iterator[None]:
    """What happens within is undone, as when the process dies before the commit."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def as_(client: Client) -> Callable[..., Client]:
    """`as_(cast.mentor).get(…)`: a client signed in as somebody, with HTMX headers when `htmx=True`."""

    def sign_in(user: object, *, htmx: bool = False) -> Client:
        signed_in = Client(headers={"HX-Request": "true"} if htmx else {})
        if user is not None:
            signed_in.force_login(user)
        return signed_in

    return sign_in


@pytest.fixture
def at_once() -> Callable[..., list]:
    """`at_once(function, arguments)`: calls it in as many threads as there are arguments, all at the same moment.

    Each thread has a connection of its own, so the test needs `django_db(transaction=True)`. Returns the
    results in the order of the arguments; an exception in a thread is raised here.
    """

    def run(function: Callable, arguments: Iterable) -> list:
        arguments = list(arguments)
        start = Barrier(len(arguments))

        def call(argument: object) -> object:
            try:
                start.wait(10)
                return function(argument)
            finally:
                connection.close()

        with ThreadPoolExecutor(len(arguments)) as pool:
            return list(pool.map(call, arguments))

    return run
