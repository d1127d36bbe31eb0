"""The bonus for attending so many days in a row: registered with the points app beside the days themselves."""

from datetime import date

from django.db.models import BigIntegerField, CharField, DecimalField, F, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.attendance.models import STREAK_DAYS, DailyRecord
from sms.points.models import LedgerEntry
from sms.points.sources import Kind, PointsSource
from sms.programme.models import MissionEnrollment

KIND = "attendance.streak"

# A run is what lies between two absences. Days that are excused, and days of rest, which have no record, are not there.
# Windows stand on windows here, which a queryset cannot say; only the records of these students are looked at.
COMPLETE = """
SELECT place.id
FROM (
    SELECT run.id, run.streak_days,
           ROW_NUMBER() OVER (PARTITION BY run.mission_enrollment_id, run.absences ORDER BY run."on") AS position
    FROM (
        SELECT record.id, record.mission_enrollment_id, record."on", record.status,
               COALESCE(policy.streak_days, %s) AS streak_days,
               COUNT(*) FILTER (WHERE record.status = 'absent')
                   OVER (PARTITION BY record.mission_enrollment_id ORDER BY record."on") AS absences
        FROM attendance_dailyrecord record
        JOIN programme_missionenrollment taking_part ON taking_part.id = record.mission_enrollment_id
        LEFT JOIN attendance_attendancepolicy policy ON policy.mission_id = taking_part.mission_id
        WHERE record.status <> 'excused' AND record.mission_enrollment_id IN ({scope})
    ) AS run
    WHERE run.status IN ('present', 'late')
) AS place
WHERE place.streak_days > 0 AND MOD(place.position, NULLIF(place.streak_days, 0)) = 0
"""


def events(mission_enrollments: QuerySet[MissionEnrollment]) -> QuerySet:
    """One event for each day on which a streak reached a multiple of the mission's number of days."""
    scope, parameters = mission_enrollments.order_by().values("pk").query.sql_with_params()
    complete = RawSQL(COMPLETE.format(scope=scope), [STREAK_DAYS, *parameters])  # noqa: S611 (values are parameters)
    return DailyRecord.objects.filter(pk__in=complete).annotate(
        reference=Cast(F("on"), CharField()),
        kind_key=Value(KIND, CharField()),
        day=F("on"),
        amount=Value(1, DecimalField()),
        by=Cast(Value(None), BigIntegerField()),
    )


def explain(entry: LedgerEntry) -> str:
    return _("Days in a row, up to %(day)s") % {"day": date_format(date.fromisoformat(entry.reference), "l j F")}


STREAK = PointsSource(
    key="attendance.streak",
    kinds={KIND: Kind(gettext_lazy("So many days in a row"), 10)},
    events=events,
    explain=explain,
)
