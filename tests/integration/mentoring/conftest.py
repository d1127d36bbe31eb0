"""The mail server that really listens, and a mission to share out."""

from types import SimpleNamespace

import pytest

from sms.mentoring.models import MentorCapacity
from tests.factories import MissionEnrollmentFactory, MissionFactory, StudentFactory, UserFactory
from tests.integration.accounts.conftest import mailbox, queue_works_at_once

__all__ = ["mailbox", "queue_works_at_once"]


@pytest.fixture
def react(cast: SimpleNamespace) -> SimpleNamespace:
    """A second active mission: five students without a mentor, and a third mentor who can hold two."""
    mission = MissionFactory(batch=cast.batch, code="react", title="React from the start")
    students = [
        MissionEnrollmentFactory(mission=mission, student=StudentFactory(name=f"Nila {letter}")) for letter in "ABCDE"
    ]
    small = UserFactory(name="Zara Small", email="zara@example.com", roles=("mentor",))
    MentorCapacity.objects.create(mentor=small, students=2)
    return SimpleNamespace(mission=mission, students=students, keys=[student.pk for student in students], small=small)
