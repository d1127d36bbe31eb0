"""Building the programme: each act with its event, its refusals, and what doing it twice means."""

from datetime import date
from types import SimpleNamespace

import pytest

from sms.audit.models import Event
from sms.core.problems import Refused
from sms.programme.actions import (
    create_batch,
    create_mission,
    edit_batch,
    edit_mission,
    enroll,
    join_mission,
    leave_batch,
    move_batch,
    move_mission,
)
from sms.programme.choices import BATCH_MOVES, MISSION_MOVES, BatchStatus, MissionStatus
from sms.programme.models import Batch, Enrollment, Mission, MissionEnrollment
from sms.programme.queries import batches, missions, own
from tests.factories import BatchFactory, MissionEnrollmentFactory, MissionFactory, StudentFactory

DATES = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 6, 30)}
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def last_event() -> tuple:
    event = Event.objects.latest("pk")
    return event.actor_id, event.verb, event.subject_label, event.data


def test_creating(cast: SimpleNamespace) -> None:
    batch = create_batch(actor=cast.manager, code="b13", title="Batch 13", **DATES)
    assert (batch.status, batch.timezone) == (BatchStatus.DRAFT, "Asia/Dhaka")
    assert last_event() == (cast.manager.pk, "created the batch", "Batch 13", {})
    mission = create_mission(actor=cast.manager, batch=batch, code="git", title="Git", **DATES)
    assert (mission.status, mission.order) == (MissionStatus.UPCOMING, 1)
    assert last_event() == (cast.manager.pk, "created the mission", "Git", {})


def test_codes_are_taken_once(cast: SimpleNamespace) -> None:
    with pytest.raises(Refused, match="A batch with the code batch-12 exists already"):
        create_batch(actor=cast.manager, code="batch-12", title="Twice", **DATES)
    with pytest.raises(Refused, match="This batch has a mission with the code js already"):
        create_mission(actor=cast.manager, batch=cast.batch, code="js", title="Twice", **DATES)
    create_mission(actor=cast.manager, batch=BatchFactory(), code="js", title="Elsewhere", **DATES)
    assert (Batch.objects.count(), Mission.objects.count()) == (2, 2)


def test_editing_tells_what_changed(cast: SimpleNamespace) -> None:
    edit_batch(actor=cast.manager, batch=cast.batch, title="Batch Twelve", code="batch-12")
    assert last_event() == (cast.manager.pk, "edited the batch", "Batch Twelve", {"fields": ["title"]})
    edit_mission(actor=cast.manager, mission=cast.mission, order=2000)
    assert last_event()[1:] == ("edited the mission", "JavaScript basics", {"fields": ["order"]})
    before = Event.objects.count()
    edit_mission(actor=cast.manager, mission=cast.mission, order=2000)
    assert Event.objects.count() == before


def test_editing_to_what_cannot_be_changes_nothing(cast: SimpleNamespace) -> None:
    MissionFactory(batch=cast.batch, code="git")
    with pytest.raises(Refused, match="Nothing was changed"):
        edit_mission(actor=cast.manager, mission=cast.mission, code="git", title="New")
    with pytest.raises(Refused, match="Nothing was changed"):
        edit_batch(actor=cast.manager, batch=cast.batch, ends_on=date(2020, 1, 1))
    stored = Mission.objects.get(pk=cast.mission.pk)
    assert (stored.code, stored.title) == ("js", "JavaScript basics")


def legal(moves: dict, states: type) -> list[tuple[str, str, bool]]:
    return [(start, end, end in moves[start]) for start in states for end in states if start != end]


@pytest.mark.parametrize(("start", "end", "is_legal"), legal(BATCH_MOVES, BatchStatus))
def test_a_batch_moves_as_the_table_says(cast: SimpleNamespace, start: str, end: str, is_legal: bool) -> None:
    batch = BatchFactory(status=start)
    if is_legal:
        move_batch(actor=cast.manager, batch=batch, to=end)
        assert last_event()[3] == {"from": start, "to": end}
    else:
        with pytest.raises(Refused, match=f"This is {start} and cannot become {end}"):
            move_batch(actor=cast.manager, batch=batch, to=end)
    assert Batch.objects.get(pk=batch.pk).status == (end if is_legal else start)


@pytest.mark.parametrize(("start", "end", "is_legal"), legal(MISSION_MOVES, MissionStatus))
def test_a_mission_moves_as_the_table_says(cast: SimpleNamespace, start: str, end: str, is_legal: bool) -> None:
    mission = MissionFactory(batch=cast.batch, status=start)
    if is_legal:
        move_mission(actor=cast.manager, mission=mission, to=end)
    else:
        with pytest.raises(Refused):
            move_mission(actor=cast.manager, mission=mission, to=end)
    assert Mission.objects.get(pk=mission.pk).status == (end if is_legal else start)


def test_moving_to_where_it_stands_does_nothing(cast: SimpleNamespace) -> None:
    before = Event.objects.count()
    move_batch(actor=cast.manager, batch=cast.batch, to=BatchStatus.ACTIVE)
    assert Event.objects.count() == before


def test_enrolling_and_joining_twice_adds_nothing(cast: SimpleNamespace) -> None:
    students = [StudentFactory(), StudentFactory()]
    for _ in range(2):
        enrollments = enroll(actor=cast.manager, students=[*students, cast.student], batch=cast.batch)
        joined = join_mission(actor=cast.manager, enrollments=enrollments, mission=cast.mission)
    assert {enrollment.student_id for enrollment in enrollments} == {s.pk for s in (*students, cast.student)}
    assert {enrollment.started_on for enrollment in enrollments if enrollment.student in students} == {
        date(2026, 11, 22)
    }
    assert (len(joined), Enrollment.objects.count(), MissionEnrollment.objects.count()) == (3, 4, 4)


def test_who_left_can_come_again(cast: SimpleNamespace) -> None:
    old = cast.enrolled.enrollment
    leave_batch(actor=cast.manager, enrollments=[old], on=date(2026, 11, 1))
    [new] = enroll(actor=cast.manager, students=[cast.student], batch=cast.batch)
    assert (new.pk != old.pk, new.ended_on) == (True, None)


def test_only_students_of_the_batch_join_its_missions(cast: SimpleNamespace) -> None:
    elsewhere = MissionFactory()
    with pytest.raises(Refused, match="Only students of the same batch"):
        join_mission(actor=cast.manager, enrollments=[cast.enrolled.enrollment], mission=elsewhere)
    assert elsewhere.mission_enrollments.count() == 0


def test_the_numbers_of_the_lists(cast: SimpleNamespace) -> None:
    """They count who is here now, and not one person twice for two missions."""
    MissionEnrollmentFactory(mission=MissionFactory(batch=cast.batch), student=cast.student)
    left = MissionEnrollmentFactory(mission=cast.mission)
    leave_batch(actor=cast.manager, enrollments=[left.enrollment])
    assert [(b.mission_count, b.student_count) for b in batches()] == [(2, 2)]
    assert sorted(mission.student_count for mission in missions()) == [1, 2]


def test_own_missions_leave_out_what_is_over(cast: SimpleNamespace) -> None:
    assert list(own(cast.student)) == [cast.enrolled]
    cast.enrolled.access = "revoked"
    cast.enrolled.save(update_fields=["access"])
    assert list(own(cast.student)) == []
