"""What is locked or long past stays as it is, and holidays withdraw the absences of their day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from sms.attendance.actions import (
    add_holiday,
    close_due_days,
    correct_attendance,
    move_lock,
    remove_holiday,
    remove_records,
    set_policy,
    set_records,
)
from sms.attendance.models import ClosedDays, DailyRecord
from sms.audit.models import Event
from sms.core import clock
from sms.core.problems import Refused
from sms.points.models import RecalculationRequest
from sms.programme.actions import change_access
from tests.conftest import build_cast
from tests.factories import DailyRecordFactory
from tests.integration.data_exchange.helpers import messages, planned

SUNDAY = date(2026, 11, 22)
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def correct(actor: object, student: object, on: date = SUNDAY) -> DailyRecord:
    student.mission.refresh_from_db()
    return correct_attendance(actor=actor, mission_enrollment=student, on=on, status="excused", reason="Ill")


def test_a_locked_day_is_for_managers_and_admins(cast: SimpleNamespace) -> None:
    DailyRecordFactory(mission_enrollment=cast.enrolled, on=SUNDAY, status="absent")
    move_lock(actor=cast.manager, mission=cast.mission, until=SUNDAY, reason="Reported to the ministry")
    acts = (
        lambda actor: correct(actor, cast.enrolled),
        lambda actor: set_records(actor=actor, rows=[(cast.enrolled.pk, SUNDAY, "absent", "Seen")]),
        lambda actor: remove_records(actor=actor, keys=[(cast.enrolled.pk, SUNDAY)]),
    )
    for act in acts:
        with pytest.raises(Refused, match="22 November 2026 is locked: ask a manager or an admin to change it"):
            act(cast.sre)
    assert cast.enrolled.daily_records.get().status == "absent"
    for act in acts:
        act(cast.manager)
    assert not cast.enrolled.daily_records.exists()
    moved = Event.objects.get(verb="moved the lock of attendance in")
    assert moved.data == {"before": None, "after": "2026-11-22", "reason": "Reported to the ministry"}


def test_an_import_says_which_rows_are_locked_and_passes_over_what_stays(cast: SimpleNamespace) -> None:
    DailyRecordFactory(mission_enrollment=cast.enrolled2, on=SUNDAY, status="absent")
    move_lock(actor=cast.manager, mission=cast.mission, until=SUNDAY, reason="Reported")
    run = planned(
        "attendance",
        """
        email,batch,mission,date,status,reason
        student@example.com,batch-12,js,2026-11-22,excused,Ill
        student2@example.com,batch-12,js,2026-11-22,absent,
        """,
        actor=cast.sre,
    )
    assert messages(run) == [
        (2, "date", "22 November 2026 is locked: ask a manager or an admin to change it."),
    ]


@pytest.mark.parametrize(("days_ago", "is_free"), [(0, True), (3, True), (4, False)])
def test_corrections_have_their_time(cast: SimpleNamespace, days_ago: int, is_free: bool) -> None:
    set_policy(actor=None, mission=cast.mission, corrections_until_days=3)
    on = SUNDAY - days_ago * DAY
    if is_free:
        correct(cast.sre, cast.enrolled, on)
    else:
        with pytest.raises(Refused, match="too long ago to be changed"):
            correct(cast.sre, cast.enrolled, on)
        correct(cast.admin, cast.enrolled, on)


def test_mentors_correct_where_the_mission_lets_them(cast: SimpleNamespace, as_: Callable) -> None:
    form = {"on": "2026-11-22", "status": "excused", "reason": "Ill"}
    own, other = (f"/attendance/{student.pk}/correct/" for student in (cast.enrolled, cast.enrolled2))
    refused = as_(cast.mentor).post(own, form)
    assert (refused.status_code, "Mentors do not correct days" in refused.text) == (422, True)
    set_policy(actor=None, mission=cast.mission, mentors_may_correct=True, mentors_until_days=1)
    assert as_(cast.mentor).post(own, form).status_code == 302
    assert as_(cast.mentor).post(own, form | {"on": "2026-11-20"}).status_code == 422
    assert as_(cast.mentor).post(other, form).status_code == 404
    assert DailyRecord.objects.count() == 1


def test_a_holiday_withdraws_absences_and_gives_them_back(cast: SimpleNamespace, frozen: Callable) -> None:
    DailyRecordFactory(mission_enrollment=cast.enrolled2, on=SUNDAY, status="present")
    with frozen(datetime(2026, 12, 20, 4, tzinfo=UTC)):
        ClosedDays.objects.create(mission=cast.mission, through=date(2026, 12, 19))
        DailyRecordFactory(mission_enrollment=cast.enrolled, on=SUNDAY, status="absent")
        added = add_holiday(actor=cast.manager, batch=cast.batch, on=SUNDAY, title="Day of rest")
        assert added.withdrawn == 1
        assert list(DailyRecord.objects.values_list("mission_enrollment", "status")) == [(cast.enrolled2.pk, "present")]
        assert RecalculationRequest.objects.filter(mission_enrollment=cast.enrolled).exists()
        remove_holiday(actor=cast.manager, holiday=added.holiday)
        close_due_days()
    assert cast.enrolled.daily_records.get(on=SUNDAY).status == "absent"


def test_after_a_downtime_of_any_length_no_day_is_left_out(cast: SimpleNamespace, frozen: Callable) -> None:
    with frozen(datetime(2026, 11, 22, 18, tzinfo=UTC)):
        close_due_days()
    with frozen(datetime(2026, 12, 31, 18, tzinfo=UTC)):
        close_due_days()
        last = min(cast.mission.ends_on, clock.today(cast.batch.zone))
        assert close_due_days() == 0
    days = {SUNDAY + n * DAY for n in range((last - SUNDAY).days + 1)}
    asked = {on for on in days if on.isoweekday() != 5}
    assert set(cast.enrolled.daily_records.filter(on__gte=SUNDAY).values_list("on", flat=True)) == asked
    with frozen(datetime(2026, 11, 25, 18, tzinfo=UTC)):
        assert close_due_days() == 0
    assert cast.mission.closed_days.through == max(asked)


def test_days_without_full_access_are_nobodys_absence(cast: SimpleNamespace, frozen: Callable) -> None:
    def change(day: int, access: str) -> None:
        with frozen(datetime(2026, 11, day, 4, tzinfo=UTC)):
            change_access(actor=cast.sre, mission_enrollments=[cast.enrolled], access=access, reason="Fee")

    change(16, "restricted")
    change(18, "full")
    with frozen(datetime(2026, 11, 19, 4, tzinfo=UTC)):
        close_due_days()
    absent = cast.enrolled.daily_records.filter(on__gte=date(2026, 11, 15)).order_by("on")
    assert [record.on.day for record in absent] == [15, 18]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_correct_one_day_the_later_wins_and_both_are_readable(at_once: Callable) -> None:
    cast = build_cast()

    def act(actor: object) -> None:
        correct_attendance(
            actor=actor, mission_enrollment=cast.enrolled, on=SUNDAY, status="excused", reason=actor.name
        )

    at_once(act, [cast.sre, cast.sre2])
    first, second = Event.objects.filter(verb="corrected the attendance of").order_by("pk")
    assert (first.data["before"], second.data["before"]) == (None, "excused")
    assert cast.enrolled.daily_records.get().reason == second.actor_name
