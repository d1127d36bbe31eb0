"""Joining and leaving: both spells stay, none overlaps, and what hangs on a mission enrollment follows."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from sms.attendance.actions import close_day
from sms.attendance.queries import own_on
from sms.audit.models import Event
from sms.authorization import grants
from sms.core.problems import Refused
from sms.mentoring.models import MentorAssignment
from sms.mentoring.queries import mentorless, open_pairs
from sms.outreach.queries import takeable, waiting_list
from sms.programme.actions import enroll, join_mission, leave_batch, leave_missions
from sms.programme.models import Enrollment, MissionEnrollment
from sms.programme.queries import own, visible_to
from tests.conftest import ORDINARY_MORNING, build_cast
from tests.factories import (
    CallEntryFactory,
    DailyRecordFactory,
    EnrollmentFactory,
    MissionEnrollmentFactory,
    MissionFactory,
    StudentFactory,
)

TODAY = ORDINARY_MORNING.date()
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def events(verb: str) -> list[tuple]:
    return list(Event.objects.filter(verb=verb).order_by("pk").values_list("subject_label", "data"))


class TestLeavingAMission:
    def test_the_spell_ends_and_stays(self, cast: SimpleNamespace) -> None:
        DailyRecordFactory(mission_enrollment=cast.enrolled, on=TODAY - DAY)
        for count in (1, 0):
            assert leave_missions(actor=cast.sre, mission_enrollments=[cast.enrolled], reason="Took a job") == count
        left = MissionEnrollment.objects.get(pk=cast.enrolled.pk)
        assert (left.left_on, left.daily_records.count(), left.enrollment.ended_on) == (TODAY, 1, None)
        assert events("took out of the mission") == [("Arif Rahman · JavaScript basics", {"reason": "Took a job"})]

    def test_the_mentors_lose_the_student_at_once(self, cast: SimpleNamespace) -> None:
        leave_missions(actor=cast.sre, mission_enrollments=[cast.enrolled])
        assert list(visible_to(cast.mentor)) == []
        assert grants.all_pairs() == open_pairs() == {(cast.mentor2.pk, cast.enrolled2.pk)}
        assert MentorAssignment.objects.get(mentor=cast.mentor).ended_at == ORDINARY_MORNING

    def test_what_asked_for_them_no_longer_does(self, cast: SimpleNamespace) -> None:
        CallEntryFactory(mission_enrollment=cast.enrolled)
        leave_missions(actor=cast.sre, mission_enrollments=[cast.enrolled])
        assert own_on(cast.student, cast.enrolled.pk, TODAY) is None
        assert list(own(cast.student)) == []
        assert close_day(mission=cast.mission, on=TODAY) == 1
        assert close_day(mission=cast.mission, on=TODAY - DAY) == 2
        assert (list(takeable()), list(waiting_list(cast.sre)), list(mentorless())) == ([], [], [])

    def test_a_day_in_the_past(self, cast: SimpleNamespace) -> None:
        leave_missions(actor=cast.sre, mission_enrollments=[cast.enrolled], on=TODAY - 3 * DAY)
        assert MissionEnrollment.objects.get(pk=cast.enrolled.pk).left_on == TODAY - 3 * DAY

    def test_not_before_the_first_day(self, cast: SimpleNamespace) -> None:
        ahead = MissionEnrollmentFactory(mission=cast.mission, joined_on=TODAY + 5 * DAY)
        leave_missions(actor=cast.sre, mission_enrollments=[ahead])
        assert MissionEnrollment.objects.get(pk=ahead.pk).left_on == TODAY + 5 * DAY

    def test_not_in_the_future(self, cast: SimpleNamespace) -> None:
        with pytest.raises(Refused, match="That day has not come yet"):
            leave_missions(actor=cast.sre, mission_enrollments=[cast.enrolled], on=TODAY + DAY)
        assert list(own(cast.student)) == [cast.enrolled]

    def test_the_number_of_statements_does_not_grow(self, cast: SimpleNamespace) -> None:
        def statements(count: int) -> int:
            students = [MissionEnrollmentFactory(mission=cast.mission) for _ in range(count)]
            with CaptureQueriesContext(connection) as captured:
                leave_missions(actor=cast.sre, mission_enrollments=students)
            return len(captured)

        assert statements(1) == statements(7)


class TestRejoining:
    def test_both_spells_are_kept(self, cast: SimpleNamespace) -> None:
        leave_missions(actor=cast.sre, mission_enrollments=[cast.enrolled], on=TODAY - 5 * DAY)
        [new] = join_mission(actor=cast.sre, enrollments=[cast.enrolled.enrollment], mission=cast.mission)
        [same] = join_mission(actor=cast.sre, enrollments=[cast.enrolled.enrollment], mission=cast.mission)
        assert same == new != cast.enrolled
        spells = cast.enrolled.enrollment.mission_enrollments.order_by("joined_on").values_list("joined_on", "left_on")
        assert list(spells) == [(cast.enrolled.joined_on, TODAY - 5 * DAY), (TODAY, None)]
        assert list(own(cast.student)) == [new]
        assert list(visible_to(cast.mentor)) == [], "The mentor of the old spell is not given the new one."

    def test_spells_do_not_overlap(self, cast: SimpleNamespace) -> None:
        leave_missions(actor=cast.sre, mission_enrollments=[cast.enrolled])
        with pytest.raises(Refused, match="Arif Rahman left “JavaScript basics” after 21 Nov"):
            join_mission(
                actor=cast.sre,
                enrollments=[cast.enrolled.enrollment],
                mission=cast.mission,
                on=TODAY - DAY,
            )
        leave_batch(actor=cast.sre, enrollments=[cast.enrolled.enrollment])
        with pytest.raises(Refused, match="left “Batch 12”"):
            enroll(actor=cast.sre, students=[cast.student], batch=cast.batch, on=TODAY - DAY)
        [again] = enroll(actor=cast.sre, students=[cast.student], batch=cast.batch)
        with pytest.raises(Refused, match="left “JavaScript basics”"):
            join_mission(actor=cast.sre, enrollments=[again], mission=cast.mission, on=TODAY - DAY)

    def test_who_left_the_batch_joins_nothing(self, cast: SimpleNamespace) -> None:
        enrollments = [cast.enrolled.enrollment, cast.enrolled2.enrollment]
        leave_batch(actor=cast.sre, enrollments=enrollments)
        with pytest.raises(Refused, match="Arif Rahman and Tanvir Hasan left the batch"):
            join_mission(actor=cast.sre, enrollments=enrollments, mission=cast.mission)


class TestLeavingABatch:
    def test_it_leaves_the_missions_too(self, cast: SimpleNamespace) -> None:
        second = MissionEnrollmentFactory(mission=MissionFactory(batch=cast.batch), student=cast.student)
        for count in (1, 0):
            assert leave_batch(actor=cast.sre, enrollments=[cast.enrolled.enrollment], reason="Moved away") == count
        enrollment = Enrollment.objects.get(pk=cast.enrolled.enrollment_id)
        assert enrollment.ended_on == TODAY
        assert list(enrollment.mission_enrollments.values_list("left_on", flat=True)) == [TODAY, TODAY]
        assert grants.all_pairs() == open_pairs()
        assert events("ended the enrollment of") == [("Arif Rahman · Batch 12", {"reason": "Moved away"})]
        assert len(events("took out of the mission")) == 2
        assert second.mission in {m.mission for m in visible_to(cast.sre)}, "Staff read what was."

    def test_a_spell_that_is_over_keeps_its_day(self, cast: SimpleNamespace) -> None:
        leave_missions(actor=cast.sre, mission_enrollments=[cast.enrolled], on=TODAY - 9 * DAY)
        leave_batch(actor=cast.sre, enrollments=[cast.enrolled.enrollment])
        assert MissionEnrollment.objects.get(pk=cast.enrolled.pk).left_on == TODAY - 9 * DAY

    def test_coming_back_is_a_new_enrollment(self, cast: SimpleNamespace) -> None:
        old = cast.enrolled.enrollment
        leave_batch(actor=cast.sre, enrollments=[old], on=date(2026, 11, 1))
        [new] = enroll(actor=cast.sre, students=[cast.student], batch=cast.batch)
        [joined] = join_mission(actor=cast.sre, enrollments=[new], mission=cast.mission)
        assert list(cast.student.enrollments.order_by("pk").values_list("pk", "ended_on")) == [
            (old.pk, date(2026, 11, 1)),
            (new.pk, None),
        ]
        assert list(own(cast.student)) == [joined]


class TestTheDatabase:
    """It refuses an open mission enrollment beneath an ended enrollment, whoever writes."""

    def refuses(self, write: Callable[[], object]) -> None:
        with pytest.raises(IntegrityError, match="enrollment"), transaction.atomic():
            write()

    def test_ending_the_enrollment_alone(self, cast: SimpleNamespace) -> None:
        self.refuses(lambda: Enrollment.objects.update(ended_on=TODAY))

    def test_joining_by_an_ended_one(self, cast: SimpleNamespace) -> None:
        over = EnrollmentFactory(batch=cast.batch, ended_on=TODAY)
        fields = {"enrollment": over, "mission": cast.mission, "joined_on": TODAY}
        self.refuses(lambda: MissionEnrollment.objects.create(**fields))
        assert MissionEnrollment.objects.create(**fields, left_on=TODAY).pk

    def test_opening_again_beneath_an_ended_one(self, cast: SimpleNamespace) -> None:
        leave_batch(actor=cast.sre, enrollments=[cast.enrolled.enrollment])
        self.refuses(lambda: MissionEnrollment.objects.update(left_on=None))

    def test_two_open_spells(self, cast: SimpleNamespace) -> None:
        self.refuses(
            lambda: MissionEnrollment.objects.create(
                enrollment=cast.enrolled.enrollment, mission=cast.mission, joined_on=TODAY
            )
        )

    def test_an_end_before_the_beginning(self, cast: SimpleNamespace) -> None:
        self.refuses(lambda: MissionEnrollment.objects.update(left_on=date(2020, 1, 1)))


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_joining_and_leaving(self, at_once: Callable) -> None:
        """Whoever comes first, nobody is in a mission of a batch that they left."""
        cast = build_cast()
        missions = [MissionFactory(batch=cast.batch) for _ in range(3)]
        enrollment = cast.enrolled.enrollment

        def act(mission: object) -> str:
            try:
                if mission is None:
                    leave_batch(actor=cast.sre, enrollments=[enrollment])
                else:
                    join_mission(actor=cast.sre, enrollments=[enrollment], mission=mission)
            except Refused as refusal:
                return refusal.sentence
            return ""

        answers = at_once(act, [missions[0], None, missions[1], missions[2]])
        assert answers[1] == ""
        assert {answer[:27] for answer in answers} <= {"", "Arif Rahman left the batch."}
        assert not MissionEnrollment.objects.filter(enrollment=enrollment, left_on=None).exists()

    def test_enrolling_the_same_students(self, at_once: Callable) -> None:
        cast = build_cast()
        students = [StudentFactory() for _ in range(5)]

        def act(_n: int) -> set[int]:
            enrollments = enroll(actor=cast.sre, students=students, batch=cast.batch)
            joined = join_mission(actor=cast.sre, enrollments=enrollments, mission=cast.mission)
            return {each.pk for each in joined}

        answers = at_once(act, range(4))
        assert all(answer == answers[0] for answer in answers)
        assert (Enrollment.objects.count(), MissionEnrollment.objects.count()) == (7, 7)

    def test_leaving_twice(self, at_once: Callable) -> None:
        cast = build_cast()
        counts = at_once(lambda _n: leave_missions(actor=cast.sre, mission_enrollments=[cast.enrolled]), range(4))
        assert sorted(counts) == [0, 0, 0, 1]
        assert len(events("took out of the mission")) == 1
