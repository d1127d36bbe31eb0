"""What days, holidays, excuses, kept taps, marks and meetings do to each other."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.urls import reverse

from sms.attendance import actions, codes, queries
from sms.attendance.choices import Whom
from sms.attendance.models import BulkMark, DailyRecord, ExcuseRequest, MeetingRecord
from sms.core.problems import Refused
from sms.points.actions import take_requests
from sms.points.models import RecalculationRequest
from tests.factories import DailyRecordFactory, LateTapFactory, MeetingFactory, MissionEnrollmentFactory, StudentFactory

FRIDAY, SATURDAY, SUNDAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)
EVENING = datetime(2026, 11, 22, 18, tzinfo=UTC)  # midnight in Dhaka: the day is closed


@pytest.fixture(autouse=True)
def _evening(frozen: Callable) -> Iterator[None]:
    with frozen(EVENING - timedelta(seconds=1)):
        yield


def days_of(cast: SimpleNamespace) -> dict[date, str]:
    return dict(DailyRecord.objects.filter(mission_enrollment=cast.enrolled).values_list("on", "status"))


# --- Closing


def test_a_holiday_that_is_added_while_days_are_being_closed_stays_free(cast: SimpleNamespace) -> None:
    actions.add_holiday(actor=None, batch=cast.batch, on=SUNDAY, title="Victory Day")
    assert actions.close_day(mission=cast.mission, on=SUNDAY) == 0


def test_a_new_day_of_the_week_is_asked_from_now_on(cast: SimpleNamespace) -> None:
    """Fridays that have passed asked nobody; who joins after the fact is asked as everyone else was."""
    actions.close_due_days()
    actions.set_policy(actor=None, mission=cast.mission, weekdays=[1, 2, 3, 4, 5, 6, 7])
    assert actions.close_due_days() == 0
    joined = MissionEnrollmentFactory(mission=cast.mission, joined_on=FRIDAY)
    assert actions.close_due_days() == 2
    assert set(joined.daily_records.values_list("on", flat=True)) == {SATURDAY, SUNDAY}


# --- Taking a mark back


def excuse_of(cast: SimpleNamespace) -> ExcuseRequest:
    return actions.ask_for_excuse(
        actor=cast.student, mission_enrollment=cast.enrolled, first=SUNDAY, last=SUNDAY, reason="Fever"
    )


def decide(cast: SimpleNamespace, request: ExcuseRequest, state: str = "granted") -> None:
    actions.decide_excuses(actor=cast.sre, requests=[request.pk], state=state, answer="Yes")


def mark(cast: SimpleNamespace, status: str = "present") -> BulkMark:
    plan = queries.plan_of_mark(cast.sre, cast.mission, on=SUNDAY, status=status, whom=Whom.ALL)
    return actions.mark_many(
        actor=cast.sre, mission=cast.mission, plan=plan, reason="Outage", fingerprint=plan.fingerprint
    )


def test_an_excuse_granted_since_the_mark_counts_when_it_is_taken_back(cast: SimpleNamespace) -> None:
    DailyRecordFactory(mission_enrollment=cast.enrolled, on=SUNDAY, status="absent")
    made, request = mark(cast), excuse_of(cast)
    decide(cast, request)
    assert days_of(cast) == {SUNDAY: "present"}
    actions.undo_mark(actor=cast.sre, mark=made)
    assert days_of(cast) == {SUNDAY: "excused"}
    actions.withdraw_excuse(actor=cast.sre, request=request, reason="Was there")
    assert days_of(cast) == {SUNDAY: "absent"}


def test_an_excuse_withdrawn_since_the_mark_does_not_come_back(cast: SimpleNamespace) -> None:
    DailyRecordFactory(mission_enrollment=cast.enrolled, on=SUNDAY, status="absent")
    request = excuse_of(cast)
    decide(cast, request)
    made = mark(cast)
    actions.withdraw_excuse(actor=cast.sre, request=request, reason="Was there")
    actions.undo_mark(actor=cast.sre, mark=made)
    assert days_of(cast) == {SUNDAY: "absent"}


def test_no_absence_comes_back_on_a_holiday(cast: SimpleNamespace) -> None:
    DailyRecordFactory(mission_enrollment=cast.enrolled, on=SUNDAY, status="absent")
    made = mark(cast)
    actions.add_holiday(actor=None, batch=cast.batch, on=SUNDAY, title="Victory Day")
    actions.undo_mark(actor=cast.sre, mark=made)
    assert days_of(cast) == {}


# --- Meetings


def test_a_locked_day_is_locked_for_its_meetings_too(cast: SimpleNamespace) -> None:
    meeting = MeetingFactory(mission=cast.mission, host=cast.sre, state="open")
    actions.submit_meeting(
        actor=cast.student,
        meeting=meeting,
        mission_enrollment=cast.enrolled,
        code=codes.code_at(meeting.secret, EVENING - timedelta(seconds=1)),
    )
    actions.move_lock(actor=cast.manager, mission=cast.mission, until=SUNDAY, reason="Paid out")
    rows = {(meeting.pk, cast.enrolled.pk): actions.Was("absent")}
    for refused in (
        lambda: actions.correct_meeting_record(
            actor=cast.sre, meeting=meeting, mission_enrollment=cast.enrolled, status="absent", reason="Left"
        ),
        lambda: actions.set_meeting_records(actor=cast.sre, rows=rows),
        lambda: actions.remove_meeting_records(actor=cast.sre, keys=rows),
    ):
        with pytest.raises(Refused, match="22 November 2026 is locked"):
            refused()
    actions.correct_meeting_record(
        actor=cast.manager, meeting=meeting, mission_enrollment=cast.enrolled, status="absent", reason="Left"
    )
    assert MeetingRecord.objects.get().status == "absent"


def test_points_of_a_meeting_follow_when_it_is_moved(cast: SimpleNamespace) -> None:
    meeting = MeetingFactory(mission=cast.mission, way="link", state="open")
    actions.submit_meeting(actor=cast.student, meeting=meeting, mission_enrollment=cast.enrolled)
    take_requests()
    actions.edit_meeting(actor=cast.sre, meeting=meeting, title="Another title")
    assert not RecalculationRequest.objects.exists()
    actions.edit_meeting(actor=cast.sre, meeting=meeting, starts_at=meeting.starts_at - timedelta(minutes=30))
    assert RecalculationRequest.objects.get().mission_enrollment == cast.enrolled


def test_nobody_corrects_their_own_meeting_or_marks_their_own_day(cast: SimpleNamespace) -> None:
    meeting = MeetingFactory(mission=cast.mission, host=cast.sre, state="open")
    own = MissionEnrollmentFactory(mission=cast.mission, student=cast.sre)
    with pytest.raises(Refused, match="by somebody else"):
        actions.correct_meeting_record(
            actor=cast.sre, meeting=meeting, mission_enrollment=own, status="present", reason="I was"
        )
    plan = queries.plan_of_mark(cast.sre, cast.mission, on=SUNDAY, status="present", whom=Whom.ALL)
    assert {change.mission_enrollment_id for change in plan.changes} == {cast.enrolled.pk, cast.enrolled2.pk}


def test_who_was_absent_is_not_told_that_they_are_recorded(cast: SimpleNamespace) -> None:
    meeting = MeetingFactory(mission=cast.mission, way="link", state="open")
    actions.close_meeting(actor=cast.sre, meeting=meeting)
    with pytest.raises(Refused, match="This meeting is closed"):
        actions.submit_meeting(actor=cast.student, meeting=meeting, mission_enrollment=cast.enrolled)


def test_an_excuse_holds_for_the_meetings_of_its_days(cast: SimpleNamespace) -> None:
    """Granted before the close or after it, until it is withdrawn; what staff set since stays."""
    early, late, corrected, other_day = (
        MeetingFactory(mission=cast.mission, way="link", state="open", starts_at=EVENING - timedelta(hours=hours))
        for hours in (5, 3, 2, 30)
    )
    for meeting in (early, corrected, other_day):
        actions.close_meeting(actor=cast.sre, meeting=meeting)
    request = excuse_of(cast)
    decide(cast, request)
    assert actions.close_meeting(actor=cast.sre, meeting=late) == 1, "the other student"
    actions.correct_meeting_record(
        actor=cast.sre, meeting=corrected, mission_enrollment=cast.enrolled, status="present", reason="Was there"
    )

    def stands() -> list[str]:
        found = dict(cast.enrolled.meeting_records.values_list("meeting", "status"))
        return [found[meeting.pk] for meeting in (early, late, corrected, other_day)]

    assert stands() == ["excused", "excused", "present", "absent"]
    assert {event.data["after"] for event in queries.meeting_corrections(cast.enrolled, early)} == {"excused"}
    actions.withdraw_excuse(actor=cast.sre, request=request, reason="Was seen elsewhere")
    assert stands() == ["absent", "absent", "present", "absent"]


# --- Pages


def test_the_page_of_a_student_tells_of_their_meetings_and_of_nobody_elses(
    cast: SimpleNamespace, as_: Callable
) -> None:
    for number, student in enumerate((cast.enrolled, cast.enrolled2)):
        meeting = MeetingFactory(
            mission=cast.mission, title=f"Hour {number}", starts_at=EVENING - timedelta(hours=2 + number)
        )
        MeetingRecord.objects.create(meeting=meeting, mission_enrollment=student, status="present", minutes=41)
    for person in (cast.mentor, cast.sre, cast.manager):
        page = as_(person).get(cast.enrolled.get_absolute_url()).text
        assert ("Hour 0" in page, "Hour 1" in page, "41 minutes present" in page) == (True, False, True)


def test_a_batch_is_reported_by_mentor(cast: SimpleNamespace, as_: Callable) -> None:
    address = reverse("attendance:batch-report", args=[cast.batch.pk])
    MissionEnrollmentFactory(mission=cast.mission, student=StudentFactory(name="Alone"))
    for mentor, names in ((cast.mentor.pk, ["Arif Rahman"]), ("none", ["Alone"])):
        rows = as_(cast.sre).get(address, {"mentor": mentor}).context["table"].rows
        assert [row.record.student.name for row in rows] == names


def test_a_tap_of_before_one_joined_is_refused(cast: SimpleNamespace) -> None:
    joined = MissionEnrollmentFactory(mission=cast.mission, joined_on=SUNDAY)
    yesterday = EVENING - timedelta(hours=30)
    answer = actions.receive_tap(
        actor=joined.student, mission_enrollment=joined, key=uuid4(), tapped_at=yesterday, sent_at=EVENING
    )
    assert (answer.outcome, answer.sentence) == ("refused", "You were not yet in this mission on Saturday 21 November.")


def test_kept_taps_are_told_in_the_time_of_their_day(cast: SimpleNamespace, as_: Callable) -> None:
    """10:00 of Sunday in Dhaka is still Saturday in New York."""
    LateTapFactory(mission_enrollment=cast.enrolled, claimed_at=datetime(2026, 11, 22, 4, tzinfo=UTC))
    cast.student.timezone = "America/New_York"
    cast.student.save()
    assert "Sunday 22 November, tapped at 10:00" in as_(cast.student).get("/dashboard/student/").text
