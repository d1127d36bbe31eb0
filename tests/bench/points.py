"""Points at full size: recalculating a mission beside one hand-written statement for the same totals, from 3,000 to
100,000 students; what one student's event costs on the first day and after three hundred; and a rehearsal.

`main` prints one JSON object a figure, from a database of its own. The data is written by SQL, as much as a mission has
at its end: 90 days, 60 assignments, and points by hand for every twentieth student.
"""

import json
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import connection, models, transaction

from sms.accounts.models import User
from sms.assignments.models import Assignment, Submission
from sms.attendance.models import DailyRecord
from sms.core import clock
from sms.points import actions, recalculation, rehearsal
from sms.points.models import LedgerEntry, ManualPoints, PointsRule
from sms.points.rates import Proposal
from sms.points.sources import PointsSource, all_sources
from sms.programme.actions import create_batch, create_mission
from sms.programme.choices import MissionStatus
from sms.programme.models import Enrollment, Mission, MissionEnrollment

SIZES = (3_000, 10_000, 30_000, 100_000)
DAYS, ASSIGNMENTS = 90, 60
BEGINS = date(2026, 1, 5)
RULE_CHANGES = BEGINS + timedelta(days=DAYS // 2)
MOST_CHECKED = 10_000  # beyond, the ledger is filled without asking for every entry whether its student exists
REPEATS = 5
EVENTS = 20  # of one student each
LONG, SHORT = 300, 1  # days of history

# What sources give in one mission, as a person would write it down for this mission: its rules are known, all work is in
# time and no day is excused.
REFERENCES = {
    ("attendance.day",): """
        SELECT day.mission_enrollment_id AS id, SUM(rate.points) AS points
        FROM attendance_dailyrecord day
        JOIN programme_missionenrollment student ON student.id = day.mission_enrollment_id
        JOIN (VALUES ('present', 12, '-infinity'::date, 'infinity'::date),
                     ('late', 5, '-infinity', '{changes}'), ('late', 4, '{changes}', 'infinity'))
            AS rate (status, points, since, until)
            ON rate.status = day.status AND day.on >= rate.since AND day.on < rate.until
        WHERE student.mission_id = {mission} GROUP BY day.mission_enrollment_id""",
    ("attendance.streak",): """
        SELECT run.id, SUM(10 * (run.days / 7)) AS points
        FROM (
            SELECT id, COUNT(*) FILTER (WHERE status <> 'absent') AS days
            FROM (
                SELECT day.mission_enrollment_id AS id, day.status,
                       COUNT(*) FILTER (WHERE day.status = 'absent')
                           OVER (PARTITION BY day.mission_enrollment_id ORDER BY day.on) AS absences
                FROM attendance_dailyrecord day
                JOIN programme_missionenrollment student ON student.id = day.mission_enrollment_id
                WHERE student.mission_id = {mission}
            ) AS days GROUP BY id, absences
        ) AS run GROUP BY run.id""",
    ("assignments.handing_in", "assignments.grade"): """
        SELECT work.mission_enrollment_id AS id,
               SUM(10 + COALESCE(ROUND(assignment.max_points * work.grade / 100), 0)) AS points
        FROM assignments_submission work
        JOIN assignments_assignment assignment ON assignment.id = work.assignment_id
        WHERE assignment.mission_id = {mission} GROUP BY work.mission_enrollment_id""",
    ("points.manual",): """
        SELECT given.mission_enrollment_id AS id, SUM(given.points) AS points
        FROM points_manualpoints given
        JOIN programme_missionenrollment student ON student.id = given.mission_enrollment_id
        WHERE student.mission_id = {mission} GROUP BY given.mission_enrollment_id""",
}


def main(sizes: tuple[int, ...] = SIZES) -> None:
    """Prints one JSON object a figure. The database is migrated and otherwise empty."""
    manager = User.objects.create(email="manager@bench.example.com", name="Manager")
    batch = create_batch(
        actor=None, code="bench", title="Bench", starts_on=BEGINS, ends_on=date(2026, 12, 31), timezone="Asia/Dhaka"
    )
    for size in sizes:
        mission = _mission(batch, f"of-{size}")
        build(mission, size, manager)
        measure(mission, size)
    measure_event(_mission(batch, "one"), manager)


def tell(name: str, value: float) -> None:
    print(json.dumps({"name": name, "value": value}), flush=True)


def measured() -> list[PointsSource]:
    """The sources for which a reference is written down; the others have no data here."""
    written = {key for keys in REFERENCES for key in keys}
    return [source for source in all_sources() if source.key in written]


def measure(mission: Mission, size: int) -> None:
    students = mission.mission_enrollments.all()
    first = seconds(lambda: book(students, size))
    vacuum("points_ledgerentry")
    reference = reference_of(mission)
    expected: dict[int, int] = {}

    def by_hand() -> None:
        with connection.cursor() as cursor:
            cursor.execute(reference)
            expected.update(cursor.fetchall())

    # In turns, so that whatever else the machine does befalls both, and of each the turn that it disturbed least.
    turns = [(seconds(lambda: recalculate(students)), seconds(by_hand)) for _ in range(REPEATS)]
    booked = dict(
        LedgerEntry.objects.filter(mission_enrollment__in=students.values("pk"))
        .values_list("mission_enrollment")
        .annotate(models.Sum("points"))
    )
    tell(f"wrong_{size}", sum(booked.get(key, 0) != points for key, points in expected.items()))
    tell(f"entries_{size}", LedgerEntry.objects.filter(mission_enrollment__in=students.values("pk")).count())
    if size <= MOST_CHECKED:
        tell(f"first_{size}", first)
    tell(f"again_{size}", min(again for again, _by_hand in turns))
    tell(f"reference_{size}", min(by_hand for _again, by_hand in turns))
    proposal = Proposal({"attendance.present": 15, "attendance.late": 3}, RULE_CHANGES)
    tell(f"rehearsal_{size}", seconds(lambda: rehearsal.rehearse(mission, proposal).fingerprint))


@transaction.atomic
def book(students: models.QuerySet[MissionEnrollment], size: int) -> None:
    if size > MOST_CHECKED:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
    recalculate(students)


@transaction.atomic
def recalculate(students: models.QuerySet[MissionEnrollment]) -> None:
    """What actions.recalculate_unequal does, for the sources that are measured."""
    if recalculation.unequal(students, measured()):
        recalculation.lock(students)
        recalculation.append_differences(students, measured())


def measure_event(mission: Mission, manager: User) -> None:
    """A day more for one student, requested and booked, whatever the days before."""
    for name, days in (("short", SHORT), ("long", LONG)):
        build(mission, EVENTS, manager, days=days)
        students = list(mission.mission_enrollments.order_by("-pk")[:EVENTS])
        recalculation.append_differences(MissionEnrollment.objects.filter(pk__in=[each.pk for each in students]))
        vacuum("points_ledgerentry")
        times = []
        for student in students:
            DailyRecord.objects.create(
                mission_enrollment=student, on=BEGINS + timedelta(days=days), status="present", submitted_at=clock.now()
            )
            actions.request_recalculation([student.pk])
            times.append(seconds(actions.take_requests))
        tell(f"event_{name}", statistics.median(times))


def reference_of(mission: Mission) -> str:
    names = [f"part_{number}" for number in range(len(REFERENCES))]
    joins = [
        f"LEFT JOIN ({sql}) AS {name} ON {name}.id = student.id"
        for name, sql in zip(names, REFERENCES.values(), strict=True)
    ]
    statement = (
        f"SELECT student.id, {' + '.join(f'COALESCE({name}.points, 0)' for name in names)}"
        f" FROM programme_missionenrollment student {' '.join(joins)} WHERE student.mission_id = {mission.pk}"
    )
    return statement.replace("{mission}", str(mission.pk)).replace("{changes}", RULE_CHANGES.isoformat())


# --- The data


def build(mission: Mission, size: int, manager: User, days: int = DAYS) -> None:
    """Students with their days, submissions and points by hand, and rules of the mission's own."""
    key, batch = f"{mission.code}-{days}", mission.batch_id
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the rows are sound: no check for each of them
        write(
            User,
            {"email": f"'{key}-' || n || '@bench.example.com'", "name": "'Student ' || n", "password": "'!'"},
            f"generate_series(1, {size}) n",
        )
        people = f"accounts_user person WHERE person.email LIKE '{key}-%@bench.example.com'"
        write(Enrollment, {"student_id": "person.id", "batch_id": batch, "started_on": f"'{BEGINS}'"}, people)
        write(
            MissionEnrollment,
            {"enrollment_id": "spell.id", "mission_id": mission.pk, "joined_on": f"'{BEGINS}'"},
            f"programme_enrollment spell JOIN {people.replace('WHERE', 'ON person.id = spell.student_id AND')}",
        )
        students = (
            "programme_missionenrollment student JOIN programme_enrollment spell ON spell.id = student.enrollment_id"
            f" JOIN {people.replace('WHERE', 'ON person.id = spell.student_id AND')} AND student.mission_id = {mission.pk}"
        )
        write(
            DailyRecord,
            {
                "mission_enrollment_id": "student.id",
                "on": f"'{BEGINS}'::date + n",
                "status": "(ARRAY['present', 'present', 'present', 'late', 'absent'])[1 + (student.id * 7 + n * n) % 5]",
                "submitted_at": f"'{BEGINS}'::timestamptz + n * '1 day'::interval",
            },
            f"{students} CROSS JOIN generate_series(0, {days - 1}) n ORDER BY n, student.id",
        )
        if not mission.assignments.exists():
            write(
                Assignment,
                {
                    "mission_id": mission.pk, "code": "'day-' || n", "day": "n", "title": "'Exercise ' || n",
                    "opens_at": f"'{BEGINS}'::timestamptz + n * '1 day'::interval",
                    "due_at": f"'{BEGINS}'::timestamptz + (n + 1) * '1 day'::interval",
                },
                f"generate_series(1, {ASSIGNMENTS}) n",
            )  # fmt: skip
        write(
            Submission,
            {
                "mission_enrollment_id": "student.id", "assignment_id": "work.id", "state": "'verified'",
                "submitted_at": "work.opens_at", "grade": "(student.id + work.id) % 101", "recorded_at": "work.due_at",
            },
            f"{students} JOIN assignments_assignment work ON work.mission_id = student.mission_id"
            " WHERE (student.id + work.id) % 10 > 0 ORDER BY work.id, student.id",
        )  # fmt: skip
        write(
            ManualPoints,
            {
                "mission_enrollment_id": "student.id", "points": "3", "reason": "'Helped others'",
                "actor_id": manager.pk, "at": f"'{BEGINS}'::timestamptz",
            },
            f"{students} WHERE student.id % 20 = 0",
        )  # fmt: skip
    if not mission.points_rules.exists():
        _set_rules(mission, manager)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _set_rules(mission: Mission, manager: User) -> None:
    for kind, points, day in (("attendance.present", 12, None), ("attendance.late", 4, RULE_CHANGES)):
        PointsRule.objects.create(
            mission=mission, kind=kind, points=points, effective_from=day, set_by=manager, set_at=clock.now()
        )


def write(model: type[models.Model], values: dict[str, Any], source: str) -> None:
    """INSERT … SELECT of these columns; what else the table asks for gets the default of its field."""
    defaults = [
        field
        for field in model._meta.concrete_fields
        if field.column not in values and not field.null and not field.primary_key
    ]
    columns = ", ".join(f'"{column}"' for column in (*values, *(field.column for field in defaults)))
    chosen = ", ".join([*map(str, values.values()), *(f"%s::{field.db_type(connection)}" for field in defaults)])
    parameters = [field.get_db_prep_save(field.get_default(), connection) for field in defaults]
    with connection.cursor() as cursor:
        where = source.replace("%", "%%") if parameters else source
        sql = f'INSERT INTO "{model._meta.db_table}" ({columns}) SELECT {chosen.replace(" % ", " %% ") if parameters else chosen} FROM {where}'
        cursor.execute(sql, parameters or None)


def _mission(batch: models.Model, code: str) -> Mission:
    return create_mission(
        actor=None,
        batch=batch,
        code=code,
        title="Bench",
        status=MissionStatus.ACTIVE,
        starts_on=BEGINS,
        ends_on=date(2026, 12, 31),
    )


def seconds(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def vacuum(table: str) -> None:
    """What the server does by itself within a minute of a large change."""
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {table}")
