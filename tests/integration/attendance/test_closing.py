"""Days that are over become absences, once, for those who were asked."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from sms.attendance.actions import add_holiday, close_day, close_due_days, set_policy
from sms.attendance.choices import DayStatus
from sms.attendance.models import DailyRecord
from sms.audit.models import Event
from sms.points.models import RecalculationRequest
from sms.programme.choices import Access, BatchStatus, MissionStatus
from tests.conftest import build_cast
from tests.factories import DailyRecordFactory, EnrollmentFactory, MissionEnrollmentFactory, StudentFactory

SUNDAY = date(2026, 11, 22)
AFTER_THE_CLOSE = datetime(2026, 11, 22, 17, 59, tzinfo=UTC)  # 23:59 in Dhaka


@pytest.fixture(autouse=True)
def _after_the_close(frozen: Callable) -> object:
    with frozen(AFTER_THE_CLOSE):
        yield


@pytest.fixture
def today_only(cast: SimpleNamespace) -> SimpleNamespace:
    """A mission that began today, so that no older day is to be closed."""
    cast.mission.starts_on = SUNDAY
    cast.mission.save(update_fields=["starts_on"])
    return cast


def absences() -> list[tuple]:
    return sorted(DailyRecord.objects.filter(status=DayStatus.ABSENT).values_list("mission_enrollment", "on"))


def test_whoever_has_no_record_is_absent(today_only: SimpleNamespace) -> None:
    DailyRecordFactory(mission_enrollment=today_only.enrolled2, on=SUNDAY, status=DayStatus.EXCUSED)
    assert (close_due_days(), close_due_days()) == (1, 0)
    assert absences() == [(today_only.enrolled.pk, SUNDAY)]
    event = Event.objects.get(verb="closed the day of")
    assert (event.actor_name, event.data) == ("The system", {"on": "2026-11-22", "absent": 1})
    assert list(RecalculationRequest.objects.values_list("mission_enrollment", flat=True)) == [today_only.enrolled.pk]


def test_not_before_the_window_is_over(today_only: SimpleNamespace, frozen: Callable) -> None:
    with frozen(AFTER_THE_CLOSE - timedelta(seconds=1)):
        assert close_due_days() == 0


@pytest.mark.parametrize("status", [MissionStatus.UPCOMING, MissionStatus.COMPLETED, MissionStatus.ARCHIVED])
def test_only_active_missions_ask(today_only: SimpleNamespace, status: str) -> None:
    today_only.mission.status = status
    today_only.mission.save(update_fields=["status"])
    assert close_due_days() == 0


def test_only_active_batches_ask(today_only: SimpleNamespace) -> None:
    today_only.batch.status = BatchStatus.COMPLETED
    today_only.batch.save(update_fields=["status"])
    assert close_due_days() == 0


def test_after_a_downtime_it_catches_up(cast: SimpleNamespace) -> None:
    """Fourteen days back, but for Fridays and a holiday."""
    add_holiday(actor=None, batch=cast.batch, on=date(2026, 11, 16), title="Day of rest")
    DailyRecordFactory(mission_enrollment=cast.enrolled, on=date(2026, 11, 18))
    days = [date(2026, 11, day) for day in (8, 9, 10, 11, 12, 14, 15, 17, 18, 19, 21, 22)]
    assert close_due_days() == 2 * len(days) - 1
    own = [(cast.enrolled.pk, on) for on in days if on.day != 18]
    assert absences() == sorted(own + [(cast.enrolled2.pk, on) for on in days])


def test_a_mission_is_asked_between_its_own_dates(cast: SimpleNamespace) -> None:
    cast.mission.starts_on, cast.mission.ends_on = date(2026, 11, 18), date(2026, 11, 19)
    cast.mission.save(update_fields=["starts_on", "ends_on"])
    assert close_due_days() == 4
    assert {on for _pk, on in absences()} == {date(2026, 11, 18), date(2026, 11, 19)}


def test_the_days_of_the_policy_are_asked(cast: SimpleNamespace) -> None:
    set_policy(actor=None, mission=cast.mission, weekdays=[7])
    close_due_days()
    assert {on for _pk, on in absences()} == {date(2026, 11, 8), date(2026, 11, 15), SUNDAY}


def test_who_is_not_asked(today_only: SimpleNamespace) -> None:
    """Those who joined later, left, cannot submit or may not sign in."""
    mission, batch = today_only.mission, today_only.batch
    revoked = MissionEnrollmentFactory(mission=mission, access=Access.REVOKED)
    restricted = MissionEnrollmentFactory(mission=mission, access=Access.RESTRICTED)
    away = MissionEnrollmentFactory(mission=mission, student=StudentFactory(is_active=False))
    spells = {
        "tomorrow": (SUNDAY + timedelta(days=1), None),
        "today": (SUNDAY, None),
        "left today": (date(2026, 11, 1), SUNDAY),
        "left tomorrow": (date(2026, 11, 1), SUNDAY + timedelta(days=1)),
    }
    joined = {
        name: MissionEnrollmentFactory(mission=mission, joined_on=joined_on, left_on=left_on)
        for name, (joined_on, left_on) in spells.items()
    }
    joined["left the batch today"] = MissionEnrollmentFactory(
        mission=mission, enrollment=EnrollmentFactory(batch=batch, ended_on=SUNDAY)
    )
    close_due_days()
    absent = {pk for pk, _on in absences()}
    assert absent == {
        today_only.enrolled.pk,
        today_only.enrolled2.pk,
        joined["today"].pk,
        joined["left tomorrow"].pk,
    }
    assert not absent & {revoked.pk, restricted.pk, away.pk}


@pytest.mark.django_db(transaction=True)
def test_two_workers_write_each_absence_once(at_once: Callable) -> None:
    cast = build_cast()
    counts = at_once(lambda _n: close_day(mission=cast.mission, on=SUNDAY), range(4))
    assert sorted(counts) == [0, 0, 0, 2]
    assert Event.objects.filter(verb="closed the day of").count() == 1
    assert RecalculationRequest.objects.count() == 2
