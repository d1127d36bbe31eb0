"""Staff set a day by hand; what was there before stays readable."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from sms.attendance.actions import correct_attendance
from sms.attendance.choices import DayStatus
from sms.attendance.models import DailyRecord
from sms.audit.models import Event
from sms.core.problems import Refused
from sms.points.models import RecalculationRequest
from tests.factories import DailyRecordFactory

SUNDAY = date(2026, 11, 22)
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def correct(
    cast: SimpleNamespace, on: date = SUNDAY, status: str = "present", reason: str = "Was there"
) -> DailyRecord:
    return correct_attendance(actor=cast.sre, mission_enrollment=cast.enrolled, on=on, status=status, reason=reason)


def stored(cast: SimpleNamespace) -> list[tuple]:
    return list(cast.enrolled.daily_records.values_list("pk", "on", "status", "reason", "corrected_by"))


def test_a_record_changes_and_keeps_its_history(cast: SimpleNamespace) -> None:
    record = DailyRecordFactory(mission_enrollment=cast.enrolled, on=SUNDAY, status=DayStatus.ABSENT)
    correct(cast)
    correct(cast, status="excused", reason="Ill after all")
    assert stored(cast) == [(record.pk, SUNDAY, "excused", "Ill after all", cast.sre.pk)]
    events = Event.objects.filter(verb="corrected the attendance of").order_by("pk")
    assert [(event.actor_id, event.subject_id, event.data) for event in events] == [
        (cast.sre.pk, cast.enrolled.pk, {"on": "2026-11-22", "before": "absent", "after": "present", "reason": "Was there"}),
        (cast.sre.pk, cast.enrolled.pk, {"on": "2026-11-22", "before": "present", "after": "excused", "reason": "Ill after all"}),
    ]  # fmt: skip
    assert RecalculationRequest.objects.filter(mission_enrollment=cast.enrolled).count() == 2


def test_a_day_without_a_record_gets_one(cast: SimpleNamespace) -> None:
    record = correct(cast, on=SUNDAY - timedelta(days=3))
    assert stored(cast) == [(record.pk, SUNDAY - timedelta(days=3), "present", "Was there", cast.sre.pk)]


def test_a_day_to_come_is_refused(cast: SimpleNamespace) -> None:
    with pytest.raises(Refused, match="has not come yet"):
        correct(cast, on=SUNDAY + timedelta(days=1))
    assert stored(cast) == []
