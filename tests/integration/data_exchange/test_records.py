"""Assignments, attendance, submissions and calls as files: in, out, in again, and taken back."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sms.assignments.actions import hand_in, record_submissions
from sms.assignments.models import Assignment, Submission
from sms.attendance.models import DailyRecord
from sms.core.clock import frozen_at
from sms.data_exchange.choices import RunState
from sms.data_exchange.exporting import write_csv, write_xlsx
from sms.data_exchange.kinds import KINDS
from sms.outreach.actions import import_calls
from sms.outreach.models import Call, CallEntry, FollowUp
from sms.programme.actions import join_mission, leave_missions
from sms.programme.models import MissionEnrollment
from tests.conftest import ORDINARY_MORNING
from tests.factories import (
    AssignmentFactory,
    BatchFactory,
    DailyRecordFactory,
    MissionEnrollmentFactory,
    MissionFactory,
)
from tests.integration.data_exchange.helpers import applied, counts, finish, messages, planned, undo_of

NOW, DAY = ORDINARY_MORNING, timedelta(days=1)
TODAY = date(2026, 11, 22)
AWKWARD = '=1+1, “quoted” "twice"\r\nand নিলা́ ; a line below'
pytestmark = pytest.mark.usefixtures("ordinary_morning")


@pytest.fixture
def filled(cast: SimpleNamespace) -> SimpleNamespace:
    """A little of everything, with texts that files find hard."""
    cast.one = AssignmentFactory(
        mission=cast.mission,
        code="one",
        title="'=Closures",
        opens_at=NOW - 9 * DAY,
        due_at=NOW + timedelta(microseconds=5),
    )
    cast.two = AssignmentFactory(mission=cast.mission, code="two", title="007", due_at=NOW + DAY)
    record_submissions(
        actor=cast.sre,
        rows=[
            (cast.enrolled.pk, cast.one.pk, NOW - DAY + timedelta(microseconds=7), None),
            (cast.enrolled2.pk, cast.one.pk, None, 80),
            (cast.enrolled2.pk, cast.two.pk, NOW, 0),
        ],
    )
    DailyRecordFactory(mission_enrollment=cast.enrolled, on=TODAY)
    DailyRecordFactory(mission_enrollment=cast.enrolled2, on=TODAY, status="absent", reason="-5 degrees, ill")
    calls = [
        (cast.enrolled.pk, cast.sre.pk, NOW - DAY + timedelta(microseconds=9), "picked", AWKWARD),
        (cast.enrolled.pk, cast.sre.pk, NOW - 2 * DAY, "busy", ""),
    ]
    cast.calls = import_calls(actor=cast.admin, rows=calls)
    return cast


def exported(kind: str, user: object, *, file_format: str = "csv", **filters: str) -> bytes:
    file = BytesIO()
    {"csv": write_csv, "xlsx": write_xlsx}[file_format](file, kind, user, filters)
    return file.getvalue()


def lines_of(kind: str, user: object, **filters: str) -> list[str]:
    return exported(kind, user, **filters).decode("utf-8-sig").splitlines()[1:]


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
@pytest.mark.parametrize(("kind", "rows"), [("assignments", 2), ("attendance", 2), ("submissions", 3), ("calls", 2)])
def test_an_export_brings_no_change(filled: SimpleNamespace, kind: str, rows: int, file_format: str) -> None:
    content = exported(kind, filled.admin, file_format=file_format)
    run = planned(kind, content, actor=filled.admin, name=f"file.{file_format}")
    assert (run.sentence, counts(run)) == ("", {"unchanged": rows})


def test_an_export_has_what_the_filters_show(filled: SimpleNamespace) -> None:
    DailyRecordFactory(mission_enrollment=MissionEnrollmentFactory(mission=MissionFactory(batch=BatchFactory())))
    assert len(lines_of("attendance", filled.admin)) == 3
    assert lines_of("attendance", filled.admin, batch="batch-12", status="absent") == [
        'student2@example.com,batch-12,js,2026-11-22,absent,"\'-5 degrees, ill"'
    ]


# --- Assignments

NEW_ASSIGNMENT = """
    batch,mission,assignment,title,opens_at,due_at,max_points
    batch-12,js,day-3,Promises,2026-11-22 00:00,2026-11-24 23:59,
"""


def test_new_assignments_have_the_times_of_their_batch(cast: SimpleNamespace) -> None:
    """A time without an offset is local there, whoever imports it; the day follows from when the work is due."""
    far = MissionFactory(batch=BatchFactory(code="far", timezone="America/Los_Angeles"), code="js")
    run = applied(
        "assignments", NEW_ASSIGNMENT + "far,js,day-3,Promises,2026-11-22 00:00,2026-11-24T23:59:00+00:00,7\n"
    )
    assert counts(run) == {"new": 2}
    here, there = Assignment.objects.get(mission=cast.mission), Assignment.objects.get(mission=far)
    assert (here.opens_at, here.due_at, here.max_points) == (
        datetime(2026, 11, 21, 18, tzinfo=UTC), datetime(2026, 11, 24, 17, 59, tzinfo=UTC), 60,
    )  # fmt: skip
    assert (there.opens_at, there.due_at, there.max_points) == (
        datetime(2026, 11, 22, 8, tzinfo=UTC), datetime(2026, 11, 24, 23, 59, tzinfo=UTC), 7,
    )  # fmt: skip
    assert here.day == (date(2026, 11, 24) - cast.mission.starts_on).days + 1


def test_assignments_change_and_are_taken_back(cast: SimpleNamespace) -> None:
    first = applied("assignments", NEW_ASSIGNMENT)
    second = applied("assignments", "batch,mission,assignment,title,opens_at\nbatch-12,js,day-3,Async,")
    assert (counts(second), second.rows.get().before) == ({"changed": 1}, {"title": "Promises"})
    finish(undo_of(second))
    assert Assignment.objects.get().title == "Promises"
    record_submissions(actor=None, rows=[(cast.enrolled.pk, Assignment.objects.get().pk, NOW, None)])
    undo = undo_of(first)
    assert (counts(undo), [sentence for *_where, sentence in messages(undo)]) == (
        {"kept": 1},
        ["Students have handed in work for it since. Take back those submissions first."],
    )
    Submission.objects.all().delete()
    finish(undo_of(first) if undo.state != RunState.PLANNED else replanned(undo, first))
    assert not Assignment.objects.exists()


def replanned(undo: object, run: object) -> object:
    undo.delete()
    return undo_of(run)


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("batch-13,js,a,A,2026-11-22,2026-11-24,1", "batch", "There is no batch “batch-13”. Did you mean “batch-12”?"),
        (
            "batch-12,jss,a,A,2026-11-22,2026-11-24,1",
            "mission",
            "The batch “batch-12” has no mission “jss”. Did you mean",
        ),
        ("batch-12,js,a,A,2026-11-24,2026-11-22,1", "due_at", "The assignment must be due after it opens."),
        ("batch-12,js,a,,2026-11-22,2026-11-24,1", "title", "A new row needs this."),
        ("batch-12,js,a,A,2026-11-22,<clear>,1", "due_at", "This cannot be emptied."),
        ("batch-12,js,a,A,2026-11-22,2026-11-24,-1", "max_points", "“-1” is too small. The least is 0."),
    ],
)
def test_wrong_assignments(cast: SimpleNamespace, line: str, column: str, words: str) -> None:
    run = planned("assignments", f"batch,mission,assignment,title,opens_at,due_at,max_points\n{line}")
    assert counts(run) == {"rejected": 1}
    assert [(where, sentence[: len(words)]) for _line, where, sentence in messages(run)] == [(column, words)]


# --- Submissions

SUBMISSIONS = """
    email,batch,mission,assignment,submitted at,score
    Student@example.com,batch-12,js,one,2026-11-21 18:00,78.5
    student2@example.com,batch-12,js,one,,
"""


def recorded() -> list[tuple]:
    rows = Submission.objects.order_by("mission_enrollment", "assignment__code")
    return [(s.mission_enrollment_id, s.assignment.code, s.submitted_at, s.grade) for s in rows]


def test_submissions_come_change_and_go(cast: SimpleNamespace) -> None:
    AssignmentFactory(mission=cast.mission, code="one")
    first = applied("submissions", SUBMISSIONS, actor=cast.sre)
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    before = [(cast.enrolled.pk, "one", at, 78.5), (cast.enrolled2.pk, "one", None, None)]
    assert (counts(first), recorded()) == ({"new": 2}, before)
    assert counts(planned("submissions", SUBMISSIONS)) == {"unchanged": 2}
    text = "email,batch,mission,assignment,submitted_at,grade\nstudent@example.com,batch-12,js,one,<clear>,\n"
    second = applied("submissions", text + "student2@example.com,batch-12,js,one,,12", actor=cast.sre)
    assert counts(second) == {"changed": 2}
    assert recorded() == [(cast.enrolled.pk, "one", None, 78.5), (cast.enrolled2.pk, "one", None, 12)]
    finish(undo_of(second))
    assert recorded() == before
    finish(undo_of(first))
    assert recorded() == []


def test_a_file_verifies_claims_and_an_undo_gives_them_back(cast: SimpleNamespace) -> None:
    """With the latest version of the student, also one that came after the import."""
    work = AssignmentFactory(mission=cast.mission, code="one")

    def handed_in(student: MissionEnrollment, link: str, at: datetime) -> None:
        with frozen_at(at):
            hand_in(actor=student.student, mission_enrollment=student, assignment=work, link=link, file=None)

    def states() -> list[tuple]:
        return list(Submission.objects.order_by("mission_enrollment").values_list("state", "submitted_at", "grade"))

    for student in (cast.enrolled, cast.enrolled2):
        handed_in(student, "https://x.org/1", NOW)
    sheet = exported("submissions", cast.admin)
    run = applied("submissions", "email,batch,mission,assignment\nstudent@example.com,batch-12,js,one", actor=cast.sre)
    assert (counts(run), states()) == ({"changed": 1}, [("verified", NOW, None), ("claimed", NOW, None)])
    assert counts(planned("submissions", sheet, actor=cast.admin)) == {"unchanged": 2}
    text = "email,batch,mission,assignment,submitted_at,grade,record_state\nstudent2@example.com,batch-12,js,one,2026-11-01,70,claimed"
    graded = applied("submissions", text, actor=cast.sre)
    assert (counts(graded), states()[1]) == ({"changed": 1, "warned": 1}, ("claimed", NOW, 70))
    handed_in(cast.enrolled, "https://x.org/2", NOW + DAY)
    finish(undo_of(run))
    assert states() == [("claimed", NOW + DAY, None), ("claimed", NOW, 70)]


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("student@example.com,batch-12,js,one,,,claimed", "record_state", "The student has handed in nothing here."),
        ("ghost@example.com,batch-12,js,one,,", "email", "No student has this address."),
        ("elsewhere@example.com,batch-12,js,one,,", "email", "The student is not in this mission. Enroll them first."),
        ("student@example.com,batch-12,jss,one,,", "mission", "The batch “batch-12” has no mission “jss”."),
        ("student@example.com,batch-12,js,onee,,", "assignment", "The mission “js” has no assignment “onee”. Did you mean “one”?"),
        ("student@example.com,batch-12,js,one,,101", "grade", "“101” is too large. The most is 100."),
        ("student@example.com,batch-12,js,one,yesterday,", "submitted_at", "“yesterday” is no"),
    ],
)  # fmt: skip
def test_wrong_submissions(cast: SimpleNamespace, line: str, column: str, words: str) -> None:
    AssignmentFactory(mission=cast.mission, code="one")
    elsewhere = MissionEnrollmentFactory(mission=MissionFactory(batch=cast.batch, code="css"))
    elsewhere.student.email = "elsewhere@example.com"
    elsewhere.student.save(update_fields=["email"])
    run = planned("submissions", f"email,batch,mission,assignment,submitted_at,grade,record_state\n{line}")
    assert counts(run) == {"rejected": 1}
    assert [(where, sentence[: len(words)]) for _line, where, sentence in messages(run)] == [(column, words)]


def test_a_submission_of_the_future_is_a_warning(cast: SimpleNamespace) -> None:
    AssignmentFactory(mission=cast.mission, code="one")
    run = planned(
        "submissions", "email,batch,mission,assignment,submitted_at\nstudent@example.com,batch-12,js,one,2027-01-01"
    )
    assert counts(run) == {"new": 1, "warned": 1}


def rejoined(student: MissionEnrollment) -> MissionEnrollment:
    """Who left yesterday and joins again today."""
    leave_missions(actor=None, mission_enrollments=[student], on=TODAY - DAY)
    [again] = join_mission(actor=None, enrollments=[student.enrollment], mission=student.mission, on=TODAY)
    return again


def test_of_two_spells_the_last_one_counts(cast: SimpleNamespace) -> None:
    assignment = AssignmentFactory(mission=cast.mission, code="one")
    record_submissions(actor=None, rows=[(cast.enrolled.pk, assignment.pk, NOW - 5 * DAY, 10)])
    again = rejoined(cast.enrolled)
    text = "email,batch,mission,assignment,grade\nstudent@example.com,batch-12,js,one,20"
    assert counts(applied("submissions", text)) == {"changed": 1}  # there is one, of the first spell
    record_submissions(actor=None, rows=[(again.pk, assignment.pk, NOW, 30)])
    assert counts(applied("submissions", text)) == {"changed": 1}
    assert [(spell, grade) for spell, _code, _at, grade in recorded()] == [(cast.enrolled.pk, 20), (again.pk, 20)]
    assert len(lines_of("submissions", cast.admin)) == 1


# --- Attendance

DAYS = """
    email,batch,mission,date,status,reason
    student@example.com,batch-12,js,2026-11-21,Present,Power cut
    student2@example.com,batch-12,js,2026-11-21,absent,
"""


def days() -> list[tuple]:
    rows = DailyRecord.objects.order_by("mission_enrollment", "on")
    return list(rows.values_list("mission_enrollment", "on", "status", "reason", "corrected_by"))


def test_days_come_change_and_go(cast: SimpleNamespace) -> None:
    yesterday = TODAY - DAY
    first = applied("attendance", DAYS, actor=cast.sre)
    before = [
        (cast.enrolled.pk, yesterday, "present", "Power cut", cast.sre.pk),
        (cast.enrolled2.pk, yesterday, "absent", "", cast.sre.pk),
    ]
    assert (counts(first), days()) == ({"new": 2}, before)
    assert counts(planned("attendance", DAYS)) == {"unchanged": 2}
    text = "email,batch,mission,date,status,reason\nstudent@example.com,batch-12,js,2026-11-21,excused,<clear>"
    second = applied("attendance", text, actor=cast.admin)
    assert counts(second) == {"changed": 1}
    assert days() == [(cast.enrolled.pk, yesterday, "excused", "", cast.admin.pk), before[1]]
    finish(undo_of(second), actor=cast.sre)
    assert [row[:4] for row in days()] == [row[:4] for row in before]
    finish(undo_of(first))
    assert days() == []


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("ghost@example.com,batch-12,js,2026-11-21,absent,", "email", "No student has this address."),
        ("student@example.com,batch-12,js,2026-11-23,absent,", "date", "That day has not come yet."),
        ("student@example.com,batch-12,js,2026-11-21,late,", "reason", "Say why the student counts as present or late"),
        (
            "student@example.com,batch-12,js,2026-11-21,here,",
            "status",
            "“here” is not known here. Write one of: present",
        ),
        ("student@example.com,batch-12,js,2026-11-21,,", "status", "A new row needs this."),
    ],
)
def test_wrong_days(cast: SimpleNamespace, line: str, column: str, words: str) -> None:
    run = planned("attendance", f"email,batch,mission,date,status,reason\n{line}")
    assert counts(run) == {"rejected": 1}
    assert [(where, sentence[: len(words)]) for _line, where, sentence in messages(run)] == [(column, words)]


def test_who_submitted_needs_no_reason(cast: SimpleNamespace) -> None:
    DailyRecordFactory(mission_enrollment=cast.enrolled, on=TODAY)
    text = "email,batch,mission,date,status\nstudent@example.com,batch-12,js,2026-11-22,late"
    assert counts(planned("attendance", text)) == {"changed": 1}


def test_a_day_belongs_to_the_spell_of_that_day(cast: SimpleNamespace) -> None:
    again = rejoined(cast.enrolled)
    line = "student@example.com,batch-12,js,{},absent,\n"
    applied(
        "attendance", "email,batch,mission,date,status,reason\n" + line.format("2026-11-19") + line.format("2026-11-22")
    )
    assert [row[:2] for row in days()] == [(cast.enrolled.pk, date(2026, 11, 19)), (again.pk, TODAY)]


# --- Calls

CALLS = """
    id,email,batch,mission,caller_email,started_at,outcome,notes
    ,student@example.com,batch-12,js,sre@example.com,2026-11-20 10:00,Picked up,Will come
    ,student@example.com,batch-12,js,sre2@example.com,2026-11-20 10:00,no_answer,
"""


def log() -> list[tuple]:
    return list(Call.objects.order_by("pk").values_list("caller__email", "started_at", "outcome", "notes"))


def test_calls_come_change_and_go(cast: SimpleNamespace) -> None:
    first = applied("calls", CALLS, actor=cast.admin)
    at = datetime(2026, 11, 20, 4, tzinfo=UTC)
    before = [("sre@example.com", at, "picked", "Will come"), ("sre2@example.com", at, "no_answer", "")]
    assert (counts(first), log()) == ({"new": 2}, before)
    assert counts(planned("calls", CALLS)) == {"unchanged": 2}
    one, two = Call.objects.order_by("pk").values_list("pk", flat=True)
    corrections = f"id,outcome,notes,email\n{one},busy,<clear>,\n,,,\n".replace("\n,,,\n", "\n")
    second = applied("calls", corrections, actor=cast.admin)
    assert (counts(second), log()[0]) == ({"changed": 1}, ("sre@example.com", at, "busy", ""))
    third = applied("calls", CALLS.replace("no_answer", "phone_off"), actor=cast.admin)
    assert (counts(third), log()[1][2]) == ({"changed": 2}, "phone_off")
    finish(undo_of(third))
    finish(undo_of(second))
    assert log() == before
    FollowUp.objects.create(call_id=two, owner=cast.sre, due_at=NOW)
    undo = undo_of(first)
    assert (counts(undo), [sentence for *_where, sentence in messages(undo)]) == (
        {"removed": 1, "kept": 1},
        ["A follow-up was promised on this call, so it stays."],
    )
    finish(undo)
    assert (log(), CallEntry.objects.count()) == (before[1:], 1)


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("7,,,,,,busy,", "id", "There is no call with this number."),
        (",ghost@example.com,batch-12,js,sre@example.com,2026-11-20,busy,", "email", "No student has this address."),
        (",student@example.com,batch-12,js,x@example.com,2026-11-20,busy,", "caller_email", "Nobody has this address."),
        (",student@example.com,batch-12,js,sre@example.com,2026-11-23,busy,", "started_at", "A call cannot have begun"),
        (",student@example.com,batch-12,js,sre@example.com,2026-11-20,,", "outcome", "A new row needs this."),
    ],
)
def test_wrong_calls(cast: SimpleNamespace, line: str, column: str, words: str) -> None:
    run = planned("calls", f"id,email,batch,mission,caller_email,started_at,outcome,notes\n{line}")
    assert counts(run) == {"rejected": 1}
    assert (column, words) in [(where, sentence[: len(words)]) for _line, where, sentence in messages(run)]


def test_only_outcome_and_notes_of_a_call_change(filled: SimpleNamespace) -> None:
    run = planned("calls", f"id,email,outcome\n{filled.calls[0]},student2@example.com,busy")
    assert [(where, sentence) for _line, where, sentence in messages(run)] == [
        ("email", "The call has “student@example.com” here, which stays. Only outcome and notes can be corrected.")
    ]


# --- All of them


@pytest.mark.parametrize("kind", ["assignments", "attendance", "submissions", "calls"])
def test_more_rows_cost_no_more_statements(filled: SimpleNamespace, kind: str) -> None:
    heading, *rows = exported(kind, filled.admin).splitlines(keepends=True)

    def statements(content: bytes) -> int:
        with CaptureQueriesContext(connection) as captured:
            planned(kind, content)
        return len(captured)

    assert statements(heading + b"".join(rows)) == statements(heading + rows[-1])


def test_who_may(cast: SimpleNamespace) -> None:
    people = ("admin", "developer", "manager", "sre", "mentor", "student", "nobody")
    importing = {k: [p for p in people if KINDS[k].may_import(getattr(cast, p))] for k in KINDS if k in ("assignments", "attendance", "submissions", "calls")}  # fmt: skip
    exporting = {k: [p for p in people if KINDS[k].may_export(getattr(cast, p))] for k in importing}
    assert importing == {
        "assignments": ["admin", "manager", "sre"], "attendance": ["admin", "sre"],
        "submissions": ["admin", "sre"], "calls": ["admin"],
    }  # fmt: skip
    assert exporting == {
        "assignments": ["admin", "manager", "sre"], "attendance": ["admin", "sre"],
        "submissions": ["admin", "sre"], "calls": ["admin", "sre"],
    }  # fmt: skip
