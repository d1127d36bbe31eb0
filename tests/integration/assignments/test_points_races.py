"""What staff do while points are recalculated leaves one legal state, and the ledger says that one."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from types import SimpleNamespace

import pytest
from django.db import transaction

from sms.assignments.actions import grant_extensions, hand_in, revoke_extensions, verify_submission
from sms.assignments.models import Extension, Submission
from sms.core.clock import frozen_at
from sms.data_exchange.kinds import KINDS
from sms.points.actions import recalculate, take_requests
from sms.points.models import LedgerEntry, RecalculationRequest
from sms.points.recalculation import count_differences
from sms.programme.models import MissionEnrollment
from tests.conftest import ORDINARY_MORNING as NOW
from tests.factories import AssignmentFactory

DAY = timedelta(days=1)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("ordinary_morning")]


@pytest.mark.parametrize("is_verified", [True, False])
def test_an_extension_during_a_recalculation(cast: SimpleNamespace, at_once: Callable, is_verified: bool) -> None:
    work = AssignmentFactory(mission=cast.mission, opens_at=NOW - 9 * DAY, due_at=NOW - 2 * DAY, late_share=50)
    with frozen_at(NOW - DAY):
        hand_in(
            actor=cast.student, mission_enrollment=cast.enrolled, assignment=work, link="https://x.org/1", file=None
        )
    submission, students = Submission.objects.get(), MissionEnrollment.objects.filter(pk=cast.enrolled.pk)
    if is_verified:
        verify_submission(actor=cast.sre, submission=submission)
    more = [(cast.enrolled.pk, work.pk, NOW + DAY, "Ill")]
    acts = [
        lambda: grant_extensions(actor=cast.sre, rows=more),
        lambda: recalculate(students),
        take_requests,
        lambda: grant_extensions(actor=cast.manager, rows=more),
        lambda: verify_submission(actor=cast.mentor, submission=submission),
        take_requests,
    ]
    at_once(lambda act: act(), acts)
    take_requests()
    assert (Extension.objects.filter(revoked_at=None).count(), RecalculationRequest.objects.count()) == (1, 0)
    booked = LedgerEntry.objects.filter(source="assignments.handing_in")
    assert sum(booked.values_list("points", flat=True)) == 10, "on time, whatever was booked in between"
    assert count_differences(students) == 0

    at_once(
        lambda act: act(), [lambda: revoke_extensions(actor=cast.sre, keys=[(cast.enrolled.pk, work.pk)]), *acts[1:3]]
    )
    take_requests()
    late = booked.last()
    assert (sum(booked.values_list("points", flat=True)), late.kind) == (3, "assignments.late")
    assert count_differences(students) == 0


def test_more_time_by_file_and_by_hand_wait_for_each_other(cast: SimpleNamespace, at_once: Callable) -> None:
    """In one order, so that neither fails."""
    work = AssignmentFactory(mission=cast.mission, code="one", opens_at=NOW - 9 * DAY, due_at=NOW - 2 * DAY)
    grant_extensions(actor=cast.sre, rows=[(cast.enrolled.pk, work.pk, NOW, "Ill")])
    has_begun = Event()

    def by_file() -> None:
        with transaction.atomic():
            KINDS["extensions"](cast.sre).current([("student@example.com", "batch-12", "js", "one")], lock=True)
            has_begun.set()
            time.sleep(0.3)
            grant_extensions(actor=cast.sre, rows=[(cast.enrolled.pk, work.pk, NOW + DAY, "By file")])

    def by_hand() -> None:
        assert has_begun.wait(5)
        grant_extensions(actor=cast.mentor, rows=[(cast.enrolled.pk, work.pk, NOW + 2 * DAY, "By hand")])

    at_once(lambda act: act(), [by_file, by_hand])
    assert list(Extension.objects.filter(revoked_at=None).values_list("reason", flat=True)) == ["By hand"]
