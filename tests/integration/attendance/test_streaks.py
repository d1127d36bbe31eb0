"""Days in a row give a bonus at each multiple; days of rest and excused days are passed over."""

from datetime import date
from types import SimpleNamespace

import pytest

from sms.attendance.actions import set_policy
from sms.points.actions import recalculate
from sms.points.models import LedgerEntry, RecalculationRequest
from tests.factories import attended

SUNDAY = date(2026, 11, 22)
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def bonuses(cast: SimpleNamespace) -> list[tuple]:
    recalculate(cast.mission.mission_enrollments.all())
    return list(
        LedgerEntry.objects.filter(source="attendance.streak", mission_enrollment=cast.enrolled)
        .order_by("pk")
        .values_list("reference", "points")
    )


@pytest.mark.parametrize(
    ("days", "streak_days", "expected"),
    [
        ("PPPPPP", 7, []),
        ("PPPPPPP", 7, [("2026-11-22", 10)]),
        ("PLPEPLP", 3, [("2026-11-18", 10), ("2026-11-22", 10)]),
        ("PPAPP", 3, []),
        ("PPP-EP", 4, [("2026-11-22", 10)]),
        ("PPPP", 0, []),
    ],
)
def test_at_each_multiple(cast: SimpleNamespace, days: str, streak_days: int, expected: list) -> None:
    set_policy(actor=None, mission=cast.mission, streak_days=streak_days)
    attended(cast.enrolled2, "AAAAAAA", SUNDAY)  # somebody else's absences break nothing
    attended(cast.enrolled, days, SUNDAY)
    assert bonuses(cast) == expected
    assert bonuses(cast) == expected


def test_an_absence_takes_the_bonus_back(cast: SimpleNamespace) -> None:
    set_policy(actor=None, mission=cast.mission, streak_days=3)
    attended(cast.enrolled, "PPP", SUNDAY)
    assert bonuses(cast) == [("2026-11-22", 10)]
    cast.enrolled.daily_records.filter(on=date(2026, 11, 21)).update(status="absent")
    assert [points for _day, points in bonuses(cast)] == [10, -10]


def test_another_length_is_counted_anew(cast: SimpleNamespace) -> None:
    set_policy(actor=None, mission=cast.mission, grace=5)
    assert not RecalculationRequest.objects.exists()
    set_policy(actor=None, mission=cast.mission, streak_days=3)
    assert RecalculationRequest.objects.filter(mission_enrollment=cast.enrolled).exists()
