"""A student's own tap: what it records, when it is refused, and that it is harmless twice."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from sms.attendance.actions import add_holiday, close_day, record_day, set_policy, submit_attendance
from sms.attendance.choices import DayKind, DayStatus
from sms.attendance.models import DailyRecord
from sms.audit.models import Event
from sms.core.problems import Refused
from sms.points.actions import take_requests
from sms.points.models import RecalculationRequest
from sms.programme.choices import Access, MissionStatus
from sms.programme.models import MissionEnrollment
from tests.conftest import build_cast

DHAKA = ZoneInfo("Asia/Dhaka")
SUNDAY = date(2026, 11, 22)


def at(hour: int, minute: int = 0, second: int = 0, on: date = SUNDAY) -> datetime:
    return datetime(on.year, on.month, on.day, hour, minute, second, tzinfo=DHAKA)


def submit(student: MissionEnrollment, on: date = SUNDAY, *, is_holiday: bool = False) -> object:
    return submit_attendance(actor=student.enrollment.student, mission_enrollment=student, on=on, is_holiday=is_holiday)


def written(student: MissionEnrollment) -> tuple[list, list, int]:
    """(records, audit events, requests) of a student."""
    return (
        list(student.daily_records.values_list("on", "status", "kind", "submitted_at")),
        list(Event.objects.filter(verb="submitted attendance in").values_list("actor_id", "subject_id", "data")),
        RecalculationRequest.objects.filter(mission_enrollment=student).count(),
    )


def written_once(cast: SimpleNamespace, moment: datetime, status: str = "present", kind: str = "regular") -> tuple:
    event = (cast.student.pk, cast.mission.pk, {"on": "2026-11-22", "status": status})
    return [(SUNDAY, status, kind, moment)], [event], 1


@pytest.mark.parametrize(("hour", "status"), [(8, "present"), (19, "present"), (20, "late"), (23, "late")])
def test_the_window_decides(cast: SimpleNamespace, frozen: Callable, hour: int, status: str) -> None:
    with frozen(at(hour)):
        submitted = submit(cast.enrolled)
    assert (submitted.is_new, submitted.record.status, submitted.record.pk) == (
        True, status, cast.enrolled.daily_records.get().pk,
    )  # fmt: skip
    assert written(cast.enrolled) == written_once(cast, at(hour), status)


def test_twice_changes_nothing(cast: SimpleNamespace, frozen: Callable) -> None:
    with frozen(at(10)):
        first = submit(cast.enrolled)
    with frozen(at(21)):
        second = submit(cast.enrolled)
    assert (second.is_new, second.record) == (False, first.record)
    assert written(cast.enrolled) == written_once(cast, at(10))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (MissionStatus.UPCOMING, DayKind.ORIENTATION),
        (MissionStatus.ACTIVE, DayKind.REGULAR),
        (MissionStatus.COMPLETED, DayKind.REVISION),
    ],
)
def test_the_kind_follows_the_mission(cast: SimpleNamespace, frozen: Callable, status: str, kind: str) -> None:
    cast.enrolled.mission.status = status
    with frozen(at(10)):
        submit(cast.enrolled)
    assert written(cast.enrolled) == written_once(cast, at(10), kind=kind)


@pytest.mark.parametrize(
    ("moment", "on", "sentence"),
    [
        (at(7, 59, 59), SUNDAY, "Attendance opens at 08:00."),
        (at(23, 59), SUNDAY, "Attendance closed at 23:59. Ask your mentor or SRE if you were there."),
        (at(10), SUNDAY - timedelta(days=1), "This page is from another day. Reload it to mark today’s attendance."),
        (at(10), SUNDAY + timedelta(days=1), "This page is from another day. Reload it to mark today’s attendance."),
        (at(10, on=date(2026, 11, 20)), date(2026, 11, 20), "There is no attendance on Friday 20 November."),
    ],
)
def test_outside_of_the_window(
    cast: SimpleNamespace, frozen: Callable, moment: datetime, on: date, sentence: str
) -> None:
    with frozen(moment), pytest.raises(Refused) as refusal:
        submit(cast.enrolled, on)
    assert (refusal.value.sentence, written(cast.enrolled)) == (sentence, ([], [], 0))


def test_a_holiday_asks_for_nothing(cast: SimpleNamespace, frozen: Callable) -> None:
    with frozen(at(10)), pytest.raises(Refused, match="There is no attendance on Sunday 22 November"):
        submit(cast.enrolled, is_holiday=True)
    assert written(cast.enrolled) == ([], [], 0)


@pytest.mark.parametrize("access", [Access.RESTRICTED, Access.REVOKED])
def test_limited_access(cast: SimpleNamespace, frozen: Callable, access: str) -> None:
    cast.enrolled.access = access
    with frozen(at(10)), pytest.raises(Refused, match="Your access to this mission is limited"):
        submit(cast.enrolled)
    assert written(cast.enrolled) == ([], [], 0)


def test_an_archived_mission(cast: SimpleNamespace, frozen: Callable) -> None:
    cast.enrolled.mission.status = MissionStatus.ARCHIVED
    with frozen(at(10)), pytest.raises(Refused, match="archived"):
        submit(cast.enrolled)


def test_the_absence_of_a_day_that_was_being_closed_gives_way(cast: SimpleNamespace, frozen: Callable) -> None:
    with frozen(at(23, 58, 59)):
        assert close_day(mission=cast.mission, on=SUNDAY) == 2
        submitted = submit(cast.enrolled)
    assert (submitted.is_new, submitted.record.status) == (True, DayStatus.LATE)
    assert cast.enrolled.daily_records.get().status == DayStatus.LATE


def test_an_absence_that_staff_wrote_does_not_give_way(cast: SimpleNamespace, frozen: Callable) -> None:
    record = DailyRecord.objects.create(
        mission_enrollment=cast.enrolled, on=SUNDAY, status=DayStatus.ABSENT, corrected_by=cast.sre, reason="Not there"
    )
    with frozen(at(10)):
        assert submit(cast.enrolled).is_new is False
    record.refresh_from_db()
    assert (record.status, record.submitted_at) == (DayStatus.ABSENT, None)


@pytest.mark.django_db(transaction=True)
def test_fifty_taps_at_once_are_one(at_once: Callable, ordinary_morning: datetime) -> None:
    cast = build_cast()
    results = at_once(lambda _n: submit(cast.enrolled), range(50))
    assert sorted(result.is_new for result in results) == [False] * 49 + [True]
    assert len({result.record.pk for result in results}) == 1
    assert written(cast.enrolled) == written_once(cast, ordinary_morning)
    while take_requests():
        pass
    assert list(cast.enrolled.ledger_entries.values_list("reference", "points")) == [("2026-11-22", 10)]


@pytest.mark.django_db(transaction=True)
def test_submissions_win_against_the_close_of_the_day(at_once: Callable, ordinary_morning: datetime) -> None:
    cast = build_cast()
    students = {"first": cast.enrolled, "second": cast.enrolled2}

    def act(who: str) -> object:
        return submit(students[who]) if who in students else close_day(mission=cast.mission, on=SUNDAY)

    at_once(act, ["first", "close", "second", "close again"])
    assert list(DailyRecord.objects.values_list("on", "status")) == [(SUNDAY, "present")] * 2


def test_in_bulk_the_window_decides_too(cast: SimpleNamespace, frozen: Callable) -> None:
    with frozen(at(22)):
        counted = record_day(
            actor=None, mission=cast.mission, on=SUNDAY, submitted={cast.enrolled.pk: at(9), cast.enrolled2.pk: at(7)}
        )
    assert counted == 1
    assert list(DailyRecord.objects.values_list("mission_enrollment", "status")) == [(cast.enrolled.pk, "present")]


def test_the_policy_and_holidays_of_the_mission_hold(cast: SimpleNamespace, as_: Callable, frozen: Callable) -> None:
    """Through the view, which looks them up."""
    policy = {"weekdays": [7], "opens_at": time(9), "late_after": time(9, 30), "closes_at": time(10)}
    set_policy(actor=cast.manager, mission=cast.mission, **policy)
    url = f"/attendance/{cast.enrolled.pk}/days/2026-11-22/"
    with frozen(at(9, 45)):
        assert "It counts as late" in as_(cast.student, htmx=True).post(url).text
        add_holiday(actor=cast.manager, batch=cast.batch, on=SUNDAY, title="Day of rest")
        answer = as_(cast.student2, htmx=True).post(url.replace(str(cast.enrolled.pk), str(cast.enrolled2.pk)))
    assert (answer.status_code, "There is no attendance on Sunday 22 November." in answer.text) == (422, True)
