"""Deleting what was made by mistake: only where nothing would be lost."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sms.audit.models import Event
from sms.core.problems import Refused
from sms.mentoring.actions import assign_mentor, end_assignments_of
from sms.points.actions import request_recalculation
from sms.points.models import LedgerEntry
from sms.programme.actions import change_access, remove_enrollments, remove_mission_enrollments
from sms.programme.models import AccessChange, Enrollment, MissionEnrollment
from sms.programme.queries import enrollments_in_use, mission_enrollments_in_use
from tests.factories import CallEntryFactory, DailyRecordFactory, MissionEnrollmentFactory

pytestmark = pytest.mark.usefixtures("ordinary_morning")


@pytest.fixture
def newcomer(cast: SimpleNamespace) -> MissionEnrollment:
    return MissionEnrollmentFactory(mission=cast.mission)


def test_what_nothing_refers_to(cast: SimpleNamespace, newcomer: MissionEnrollment) -> None:
    change_access(actor=cast.sre, mission_enrollments=[newcomer], access="restricted", reason="Mistake")
    request_recalculation([newcomer.pk])
    label = str(newcomer)
    remove_mission_enrollments(actor=cast.sre, mission_enrollments=[newcomer])
    remove_enrollments(actor=cast.sre, enrollments=[newcomer.enrollment])
    assert not MissionEnrollment.objects.filter(pk=newcomer.pk).exists()
    assert not Enrollment.objects.filter(pk=newcomer.enrollment_id).exists()
    assert (AccessChange.objects.count(), MissionEnrollment.objects.count()) == (0, 2)
    assert Event.objects.filter(verb="removed from the mission").get().subject_label == label


USES = {
    "attendance": lambda cast, student: DailyRecordFactory(mission_enrollment=student),
    "points": lambda cast, student: LedgerEntry.objects.create(
        mission_enrollment=student, source="manual", reference="1", kind="manual", points=5, cause="recorded",
        created_at="2026-11-22T00:00Z",
    ),
    "call": lambda cast, student: CallEntryFactory(mission_enrollment=student),
    "mentor": lambda cast, student: assign_mentor(
        actor=cast.sre, mentor=cast.mentor, mission_enrollments=[student]
    ),
    "former mentor": lambda cast, student: (
        assign_mentor(actor=cast.sre, mentor=cast.mentor, mission_enrollments=[student]),
        end_assignments_of(actor=cast.sre, mission_enrollment_ids=[student.pk]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("use", USES)
def test_what_is_in_use(cast: SimpleNamespace, newcomer: MissionEnrollment, use: str) -> None:
    other = MissionEnrollmentFactory(mission=cast.mission)
    USES[use](cast, newcomer)
    assert mission_enrollments_in_use([newcomer.pk, other.pk]) == {newcomer.pk}
    with pytest.raises(Refused, match=f"^{newcomer.student.name} · JavaScript basics cannot be removed"):
        remove_mission_enrollments(actor=cast.sre, mission_enrollments=[newcomer, other])
    assert MissionEnrollment.objects.filter(pk__in=[newcomer.pk, other.pk]).count() == 2


def test_an_enrollment_with_missions_is_in_use(cast: SimpleNamespace, newcomer: MissionEnrollment) -> None:
    assert enrollments_in_use([newcomer.enrollment_id]) == {newcomer.enrollment_id}
    with pytest.raises(Refused, match="cannot be removed"):
        remove_enrollments(actor=cast.sre, enrollments=[newcomer.enrollment])


def test_asking_costs_the_same_for_many(cast: SimpleNamespace) -> None:
    def statements(pks: list[int]) -> int:
        with CaptureQueriesContext(connection) as captured:
            mission_enrollments_in_use(pks)
        return len(captured)

    assert statements([1]) == statements(list(range(50)))
