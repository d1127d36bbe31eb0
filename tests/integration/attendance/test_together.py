"""What days, holidays, excuses, kept taps, marks and meetings do to each other."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from sms.attendance import actions, queries
from sms.attendance.choices import Whom
from sms.attendance.models import BulkMark, DailyRecord, ExcuseRequest, MeetingRecord
from sms.core.problems import Refused
from tests.factories import DailyRecordFactory, MeetingFactory, MissionEnrollmentFactory

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
