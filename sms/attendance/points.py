"""The points that daily attendance gives: registered with the points app."""

from datetime import date

from django.db.models import CharField, DecimalField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from sms.attendance.choices import ATTENDED, DayStatus
from sms.attendance.models import DailyRecord
from sms.points.models import LedgerEntry
from sms.points.sources import Kind, PointsSource
from sms.programme.models import MissionEnrollment

PREFIX = "attendance."


def events(mission_enrollments: QuerySet[MissionEnrollment]) -> QuerySet:
    """One event for each day attended."""
    return DailyRecord.objects.filter(mission_enrollment__in=mission_enrollments, status__in=ATTENDED).annotate(
        reference=Cast(F("on"), CharField()),
        kind_key=Concat(Value(PREFIX), F("status")),
        day=F("on"),
        amount=Value(1, DecimalField()),
        by=F("corrected_by"),
    )


def explain(entry: LedgerEntry) -> str:
    status = DayStatus(entry.kind.removeprefix(PREFIX)).label
    return f"{date_format(date.fromisoformat(entry.reference), 'l j F')}: {status}"


DAILY_ATTENDANCE = PointsSource(
    key="attendance.day",
    kinds={
        PREFIX + DayStatus.PRESENT: Kind(_("Present on a day"), 10),
        PREFIX + DayStatus.LATE: Kind(_("Late on a day"), 5),
    },
    events=events,
    explain=explain,
    title=_("Attendance day by day"),
)
