"""Attendance over a period, one row a student, a mission or an enrollment in a batch."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet

from sms.accounts.models import User
from sms.attendance.models import DailyRecord
from sms.attendance.queries.asked import Period, Tally, asked_days, there_during, with_tally
from sms.attendance.queries.daily import visible_to
from sms.attendance.queries.grid import GridCell, cells_of, tally_of
from sms.core import clock
from sms.programme import queries as programme
from sms.programme.choices import BatchStatus, MissionStatus
from sms.programme.models import Batch, Enrollment, Mission, MissionEnrollment

# The longest run of absences. Excused days stand outside of the row: they neither break nor lengthen it.
LONGEST_ABSENCES = """
WITH counted AS (
    SELECT mission_enrollment_id, status = 'absent' AS is_absent,
           row_number() OVER (PARTITION BY mission_enrollment_id ORDER BY "on")
         - row_number() OVER (PARTITION BY mission_enrollment_id, status = 'absent' ORDER BY "on") AS run
    FROM attendance_dailyrecord
    WHERE mission_enrollment_id = ANY(%s) AND "on" BETWEEN %s AND %s AND status <> 'excused'
), runs AS (
    SELECT mission_enrollment_id, count(*) AS days FROM counted WHERE is_absent GROUP BY mission_enrollment_id, run
)
SELECT mission_enrollment_id, max(days) FROM runs GROUP BY mission_enrollment_id
"""


def students_report(user: User, mission: Mission, period: Period) -> QuerySet[MissionEnrollment]:
    """The students of the mission in the period whom the person may see, with their tally."""
    students = programme.visible_to(user).filter(there_during(period), mission=mission)
    return with_tally(students, asked=asked_days([mission], period), within=period).order_by(
        "enrollment__student__name", "pk"
    )


def batch_report(user: User, batch: Batch, period: Period) -> QuerySet[Enrollment]:
    """Each student of the batch once, over all of its missions."""
    missions = list(batch.missions.select_related("batch"))
    seen = programme.enrollments_visible_to(user).filter(
        Q(ended_on=None) | Q(ended_on__gte=period.since), batch=batch, started_on__lte=period.until
    )
    rows = with_tally(seen, asked=asked_days(missions, period), within=period, spell="mission_enrollments__")
    return rows.order_by("student__name", "pk")


def missions_report(batch: Batch, period: Period) -> QuerySet[Mission]:
    """Each mission of the batch, over all of its students."""
    missions = batch.missions.select_related("batch")
    asked = asked_days(list(missions), period)
    return with_tally(missions, asked=asked, within=period, spell="mission_enrollments__").order_by("order", "pk")


def missions_today() -> QuerySet[Mission]:
    """The running missions, each with its tally of the present day in its own timezone."""
    missions = list(
        Mission.objects.filter(status=MissionStatus.ACTIVE, batch__status=BatchStatus.ACTIVE).select_related("batch")
    )
    todays = {mission.pk: clock.today(mission.batch.zone) for mission in missions}
    asked, within = {}, Q(pk__in=[])
    for on in sorted(set(todays.values())):
        same = [mission for mission in missions if todays[mission.pk] == on]
        asked |= asked_days(same, Period(on, on))
        within |= Q(pk__in=[mission.pk for mission in same], mission_enrollments__daily_records__on=on)
    rows = Mission.objects.filter(pk__in=todays).select_related("batch")
    return with_tally(rows, asked=asked, within=within, spell="mission_enrollments__").order_by("batch", "order", "pk")


def add_longest_absences(students: Iterable[MissionEnrollment], period: Period) -> None:
    """Gives each student `longest_absence`, in days in a row. One query."""
    students = list(students)
    with connection.cursor() as cursor:
        cursor.execute(LONGEST_ABSENCES, [[student.pk for student in students], period.since, period.until])
        longest = dict(cursor.fetchall())
    for student in students:
        student.longest_absence = longest.get(student.pk, 0)


@dataclass(frozen=True)
class ReportDay:
    """A day of one student: what became of it, and the record if there is one."""

    cell: GridCell
    record: DailyRecord | None


@dataclass(frozen=True)
class StudentReport:
    days: list[ReportDay]
    tally: Tally
    asked: int
    longest_absence: int


def report_of(student: MissionEnrollment, period: Period) -> StudentReport:
    """The days of one student on which something was asked for or recorded."""
    records = {record.on: record for record in student.daily_records.filter(period.holds("on"))}
    asked = set(asked_days([student.mission], period)[student.mission_id])
    cells = cells_of(student, {on: record.status for on, record in records.items()}, asked, period)
    add_longest_absences([student], period)
    return StudentReport(
        [ReportDay(cell, records.get(cell.on)) for cell in cells if cell.status not in ("off", "away")],
        tally_of(cell.status for cell in cells),
        asked=sum(on >= student.joined_on and (student.left_on is None or on < student.left_on) for on in asked),
        longest_absence=student.longest_absence,
    )


def records_of(user: User) -> QuerySet[DailyRecord]:
    """The records that the person may see, the latest day first, with the people behind them."""
    return (
        visible_to(user)
        .select_related("mission_enrollment__enrollment__student", "mission_enrollment__mission__batch")
        .order_by("-on", "mission_enrollment__enrollment__student__name", "pk")
    )
