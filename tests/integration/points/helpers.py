"""Entries without an event behind them."""

from sms.core import clock
from sms.points.models import LedgerEntry
from sms.programme.models import MissionEnrollment


def book(mission_enrollment: MissionEnrollment, points: int) -> LedgerEntry:
    return LedgerEntry.objects.create(
        mission_enrollment=mission_enrollment,
        source="attendance.day",
        reference="2026-11-22",
        kind="attendance.present",
        points=points,
        cause="recorded",
        created_at=clock.now(),
    )
