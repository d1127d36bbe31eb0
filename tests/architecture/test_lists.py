"""Every list of the site costs the same number of queries whatever the number of its rows."""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sms.accounts.choices import StudentStatus
from sms.accounts.models import StudentProfile
from sms.assignments.actions import grant_extensions, record_submissions, start_list
from sms.assignments.models import Assignment
from sms.assignments.pasting import parse
from sms.attendance.actions import Was, set_meeting_records
from sms.attendance.models import Meeting
from sms.audit.actions import record
from sms.authorization import roles
from sms.authorization.actions import create_role, invite_people
from sms.authorization.models import Invitation, Role
from sms.core import clock
from sms.data_exchange.choices import RowStatus, RunState
from sms.data_exchange.models import ImportRow, ImportRun
from sms.developer.choices import JobState
from sms.developer.models import ErrorRecord, JobRecord
from sms.mentoring.actions import end_pairs
from sms.outreach.choices import Outcome
from sms.outreach.models import Call, FollowUp
from sms.points.choices import Cause
from sms.points.models import DriftedMission, DriftReport, LedgerEntry
from sms.programme.models import MissionEnrollment
from tests.architecture.addresses import addresses, an_excuse
from tests.factories import (
    AssignmentFactory,
    BatchFactory,
    CallEntryFactory,
    DailyRecordFactory,
    LateTapFactory,
    MeetingFactory,
    MissionEnrollmentFactory,
    MissionFactory,
    UserFactory,
    attended,
    guided_by,
)


def a_student(cast: SimpleNamespace) -> MissionEnrollment:
    """Falling behind, guided, with points: a row that needs all that a row can need."""
    student = guided_by(cast.mentor, MissionEnrollmentFactory(mission=cast.mission))
    attended(student, "PPAAAA", clock.today(cast.batch.zone))
    a_ledger_entry(cast, student)
    return student


def a_past_student(cast: SimpleNamespace) -> None:
    student = guided_by(cast.mentor, MissionEnrollmentFactory(mission=cast.mission))
    end_pairs(actor=cast.sre, pairs=[(cast.mentor.pk, student.pk)])


def a_ledger_entry(cast: SimpleNamespace, student: MissionEnrollment | None = None) -> None:
    LedgerEntry.objects.create(
        mission_enrollment=student or cast.enrolled,
        source="attendance.day",
        reference="2026-11-22",
        kind="attendance.present",
        points=10,
        cause=Cause.RECORDED,
        created_at=clock.now(),
    )


def a_drift_report(cast: SimpleNamespace) -> None:
    report = DriftReport.objects.create(started_at=clock.now(), ended_at=clock.now(), students=2, entries=1)
    DriftedMission.objects.create(report=report, mission=MissionFactory(batch=cast.batch), entries=1)


def a_run(cast: SimpleNamespace, title: str = "") -> ImportRun:
    return ImportRun.objects.create(
        kind="enrollments",
        title=title or f"file {ImportRun.objects.count()}.csv",
        state=RunState.PLANNED,
        started_by=cast.sre,
        created_at=clock.now(),
        new=3,
    )


def the_run(cast: SimpleNamespace) -> ImportRun:
    return ImportRun.objects.filter(title="the run").first() or a_run(cast, "the run")


def a_row(cast: SimpleNamespace) -> None:
    """Of a student whom the site knows by name, with all that a row can show."""
    email = UserFactory().email
    ImportRow.objects.create(
        run=the_run(cast),
        line=ImportRow.objects.count() + 2,
        status=RowStatus.CHANGED,
        key=email,
        values={"email": email, "batch": "b", "mission": "m", "access": "restricted"},
        before={"access": "full"},
        cleaned={"email": email.upper()},
        messages=[["email", email, "Did you mean another one?", "warning"]],
        is_warned=True,
    )


def a_call(cast: SimpleNamespace) -> Call:
    entry = CallEntryFactory(mission_enrollment=a_student(cast))
    return Call.objects.create(
        entry=entry, caller=cast.sre, started_at=clock.now(), outcome=Outcome.PICKED, notes="Ill"
    )


def the_assignment(cast: SimpleNamespace) -> Assignment:
    return cast.mission.assignments.first() or AssignmentFactory(mission=cast.mission)


def a_submission(cast: SimpleNamespace) -> None:
    rows = [(a_student(cast).pk, the_assignment(cast).pk, clock.now(), 80)]
    record_submissions(actor=cast.sre, rows=rows)


def a_submission_to_grade(cast: SimpleNamespace) -> None:
    record_submissions(actor=cast.sre, rows=[(a_student(cast).pk, the_assignment(cast).pk, clock.now(), None)])


def an_extension(cast: SimpleNamespace) -> None:
    work = the_assignment(cast)
    grant_extensions(actor=cast.sre, rows=[(a_student(cast).pk, work.pk, work.due_at + timedelta(days=1), "Ill")])


def a_submission_list(cast: SimpleNamespace) -> None:
    entries = parse(a_student(cast).student.email, cast.batch.zone).entries
    start_list(actor=cast.sre, assignment=the_assignment(cast), entries=entries, as_of=clock.now())


def a_registered_student(_cast: SimpleNamespace) -> None:
    StudentProfile.objects.create(user=UserFactory(), status=StudentStatus.WAITING)


def an_invitation(cast: SimpleNamespace) -> None:
    people = [("", f"friend-{Invitation.objects.count()}@example.com")]
    invite_people(actor=cast.manager, people=people, role_keys=["mentor", "student"], site="https://example.com/")


def a_role(cast: SimpleNamespace) -> None:
    create_role(actor=cast.admin, key=f"auditor-{Role.objects.count()}", title="Auditor", permissions=[])


@dataclass(frozen=True)
class List:
    """Who looks at it, how a row comes to be, and how many queries the page costs."""

    person: str
    add_row: Callable[[SimpleNamespace], object]
    queries: int
    args: Callable[[SimpleNamespace], list] = lambda _cast: []


def a_meeting(cast: SimpleNamespace) -> Meeting:
    """Each at an hour of its own, with somebody recorded."""
    starts = clock.now() - timedelta(hours=Meeting.objects.count() + 1)
    meeting = MeetingFactory(mission=cast.mission, host=cast.mentor, starts_at=starts)
    a_meeting_record(cast, meeting)
    return meeting


def the_meeting(cast: SimpleNamespace) -> Meeting:
    return Meeting.objects.first() or a_meeting(cast)


def a_meeting_record(cast: SimpleNamespace, meeting: Meeting | None = None) -> None:
    student = guided_by(cast.mentor, MissionEnrollmentFactory(mission=cast.mission))
    key = ((meeting or the_meeting(cast)).pk, student.pk)
    set_meeting_records(actor=cast.sre, rows={key: Was("late", minutes=40, joined_at=clock.now())})


LISTS = {
    "assignments:submissions": List("sre", a_submission, 10, lambda cast: [the_assignment(cast).pk]),
    "assignments:queue": List("mentor", a_submission_to_grade, 15),
    "assignments:assignments": List("sre", lambda cast: AssignmentFactory(mission=cast.mission), 9),
    "assignments:extensions": List("sre", an_extension, 9, lambda cast: [the_assignment(cast).pk]),
    "assignments:lists": List("sre", a_submission_list, 9),
    "attendance:overview": List("sre", lambda cast: MissionFactory(batch=cast.batch), 11),
    "attendance:records": List("sre", lambda cast: DailyRecordFactory(), 11),
    "attendance:mission-report": List("mentor", a_student, 11, lambda cast: [cast.mission.pk]),
    "attendance:batch-report": List("sre", a_student, 13, lambda cast: [cast.batch.pk]),
    "attendance:batch-missions": List(
        "sre", lambda cast: MissionFactory(batch=cast.batch), 12, lambda cast: [cast.batch.pk]
    ),
    "attendance:meetings": List("mentor", a_meeting, 9),
    "attendance:meeting": List("mentor", a_meeting_record, 9, lambda cast: [the_meeting(cast).pk]),
    "attendance:review-taps": List("mentor", lambda cast: LateTapFactory(mission_enrollment=a_student(cast)), 7),
    "attendance:excuses": List("sre", lambda cast: an_excuse(a_student(cast)), 8),
    "audit:events": List("admin", lambda cast: record(actor=cast.admin, verb="edited", subject=cast.student), 8),
    "audit:sign-ins": List("admin", lambda cast: record(actor=cast.sre, verb="signed in", subject=cast.sre), 7),
    "authorization:approvals": List("manager", a_registered_student, 7),
    "authorization:invitations": List("manager", an_invitation, 8),
    "authorization:roles": List("admin", a_role, 9),
    "authorization:users": List("admin", lambda _cast: UserFactory(roles=(roles.SRE, roles.MENTOR)), 10),
    "dashboards:mentor-home": List("mentor", a_student, 12),
    "dashboards:student-records": List("manager", a_student, 8),
    "dashboards:students": List("manager", a_student, 11),
    "data_exchange:runs": List("sre", a_run, 8),
    "data_exchange:run": List("sre", a_row, 10, lambda cast: [the_run(cast).pk]),
    "developer:errors": List(
        "developer", lambda _cast: ErrorRecord.objects.create(at=clock.now(), logger="sms", message="Broken"), 5
    ),
    "developer:jobs": List(
        "developer",
        lambda _cast: JobRecord.objects.create(
            task_id=str(JobRecord.objects.count()), name="sms.a.tasks.b", state=JobState.DONE, started_at=clock.now()
        ),
        5,
    ),
    "mentoring:mentors": List("sre", lambda _cast: UserFactory(roles=(roles.MENTOR,)), 13),
    "mentoring:mentor": List("sre", a_student, 13, lambda cast: [cast.mentor.pk]),
    "mentoring:history": List("sre", a_past_student, 10, lambda cast: [cast.mentor.pk]),
    "mentoring:mission": List("sre", a_student, 15, lambda cast: [cast.mission.pk]),
    "outreach:calls": List("sre", lambda cast: CallEntryFactory(mission_enrollment=a_student(cast)), 10),
    "outreach:follow-ups": List(
        "sre", lambda cast: FollowUp.objects.create(call=a_call(cast), owner=cast.sre, due_at=clock.now()), 8
    ),
    "outreach:log": List("sre", a_call, 9),
    "points:drift": List("manager", a_drift_report, 7),
    "points:ledger": List("student", a_ledger_entry, 9, lambda cast: [cast.enrolled.pk]),
    "programme:batch-students": List(
        "sre", lambda cast: MissionEnrollmentFactory(mission=cast.mission), 9, lambda cast: [cast.batch.pk]
    ),
    "programme:batches": List("manager", lambda _cast: BatchFactory(), 6),
    "programme:missions": List("manager", lambda _cast: MissionFactory(), 7),
    "risk:low-performers": List("sre", a_student, 15),
}


def views_with_a_list(source: str) -> set[str]:
    """The names of the functions that call list_page."""
    return {
        function.name
        for function in ast.parse(source).body
        if isinstance(function, ast.FunctionDef)
        and any(isinstance(call, ast.Call) and ast.unparse(call.func) == "list_page" for call in ast.walk(function))
    }


def test_every_list_is_measured() -> None:
    base = Path(settings.BASE_DIR)
    files = [*base.glob("sms/*/*views.py"), *base.glob("sms/*/views/*.py")]
    views = {
        (".".join(file.relative_to(base).with_suffix("").parts), view)
        for file in files
        for view in views_with_a_list(file.read_text())
    }
    found = {address.name for address in addresses() if (address.module, address.view.__name__) in views}
    assert found == set(LISTS), "Give each list that calls list_page its line in LISTS; take out those that are gone."


def test_the_guard_finds_a_list() -> None:
    assert views_with_a_list("def people(request):\n    return list_page(request)\ndef person(request): ...") == {
        "people"
    }


@pytest.mark.usefixtures("ordinary_morning")
@pytest.mark.parametrize("name", LISTS)
def test_one_row_costs_as_many_queries_as_three(cast: SimpleNamespace, as_: Callable, name: str) -> None:
    page = LISTS[name]
    client, url = as_(getattr(cast, page.person)), reverse(name, args=page.args(cast))
    client.get(url)  # fills what is kept in memory and in the cache

    def queries_and_rows() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            text = client.get(url).text
        return len(captured), int(re.search(r"data-announce>([\d,]+) result", text)[1])

    page.add_row(cast)
    queries, rows = queries_and_rows()
    page.add_row(cast)
    page.add_row(cast)
    assert queries_and_rows() == (queries, rows + 2), f"{name} asks the database for each row: load it with the list."
    assert queries == page.queries, f"{name} costs {queries} queries now; if that is right, write it down in LISTS."
