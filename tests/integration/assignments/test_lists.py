"""Submission lists: whom they mean, what they do, and that they can be taken back."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from sms.accounts.actions import REVEALED
from sms.accounts.models import StudentProfile
from sms.assignments import queries
from sms.assignments.actions import (
    ChangedMeanwhile,
    apply_list,
    change_submissions,
    choose_proposals,
    discard_list,
    record_submissions,
    set_complete,
    start_list,
    undo_list,
)
from sms.assignments.choices import Effect, Resolution
from sms.assignments.models import Assignment, Submission, SubmissionList, SubmissionListLine
from sms.assignments.pasting import parse
from sms.audit.models import Event
from sms.authorization.actions import NewPerson, create_people
from sms.core import clock
from sms.core.problems import Refused
from sms.points.models import RecalculationRequest
from sms.programme.actions import change_access, enroll, join_mission, leave_missions
from sms.programme.models import MissionEnrollment
from tests.conftest import ORDINARY_MORNING
from tests.factories import AssignmentFactory, MissionEnrollmentFactory, MissionFactory, StudentFactory

pytestmark = pytest.mark.usefixtures("ordinary_morning")

NOW = ORDINARY_MORNING
HOUR = timedelta(hours=1)
DHAKA = ZoneInfo("Asia/Dhaka")


@pytest.fixture
def assignment(cast: SimpleNamespace) -> Assignment:
    return AssignmentFactory(mission=cast.mission, title="Closures")


@pytest.fixture
def paste(cast: SimpleNamespace, assignment: Assignment) -> Callable[..., SubmissionList]:
    def start(text: str, **options: object) -> SubmissionList:
        given = {"actor": cast.sre, "assignment": assignment, "as_of": NOW, **options}
        return start_list(entries=parse(text, DHAKA).entries, **given)

    return start


@pytest.fixture
def applied(paste: Callable, cast: SimpleNamespace) -> Callable[..., SubmissionList]:
    return lambda text, **options: confirm(paste(text, **options), cast.sre)


def confirm(submission_list: SubmissionList, actor: object) -> SubmissionList:
    fingerprint = queries.resolution_of(submission_list).fingerprint
    return apply_list(actor=actor, submission_list=submission_list, fingerprint=fingerprint)


def student(cast: SimpleNamespace, name: str, email: str) -> MissionEnrollment:
    return MissionEnrollmentFactory(mission=cast.mission, student=StudentFactory(name=name, email=email))


def records(assignment: Assignment) -> dict[str, tuple]:
    rows = Submission.objects.filter(assignment=assignment).select_related("mission_enrollment__enrollment__student")
    return {
        row.mission_enrollment.student.email: (row.state, row.submitted_at, row.grade, row.recorded_by_id)
        for row in rows
    }


def resolved(submission_list: SubmissionList) -> list[tuple]:
    return [
        (line.resolution.value, line.student.name if line.student else None, line.effect.value)
        for line in queries.resolution_of(submission_list).everything
    ]


def test_each_line_resolves(cast: SimpleNamespace, assignment: Assignment, paste: Callable) -> None:
    typo = student(cast, "Nila Akter", "nila.akter@gmail.com")
    restricted, recorded = student(cast, "Rita Roy", "rita@x.org"), student(cast, "Reza Khan", "reza@x.org")
    student(cast, "Mina Missing", "mina@x.org")
    left = student(cast, "Lima Left", "lima@x.org")
    numbered = student(cast, "Numa Numbered", "numa@x.org")
    StudentProfile.objects.filter(user=numbered.student).update(student_id="WEB-7")
    elsewhere = MissionEnrollmentFactory(mission=MissionFactory(title="Git"), student=StudentFactory(email="git@x.org"))
    change_access(actor=cast.sre, mission_enrollments=[restricted], access="restricted", reason="Unpaid")
    leave_missions(actor=cast.sre, mission_enrollments=[left], reason="Moved")
    record_submissions(actor=cast.sre, rows=[(recorded.pk, assignment.pk, NOW, None)])
    draft = paste(
        "STUDENT@example.com\nArif again <student@example.com>\nnila.akter@gmial.com\nrita@x.org\nreza@x.org\n"
        "lima@x.org\ngit@x.org\nnobody@x.org\nweb-7\nno address"
    )
    assert resolved(draft) == [
        ("matched", "Arif Rahman", "recorded"),
        ("duplicate", "Arif Rahman", "none"),
        ("typo", None, "none"),
        ("restricted", "Rita Roy", "none"),
        ("recorded", "Reza Khan", "none"),
        ("not_enrolled", None, "none"),
        ("not_enrolled", None, "none"),
        ("not_enrolled", None, "none"),
        ("matched", "Numa Numbered", "recorded"),
        ("unreadable", None, "none"),
        ("missing", "Mina Missing", "none"),
        ("missing", "Nila Akter", "none"),
        ("missing", "Tanvir Hasan", "none"),
    ]
    lines = queries.resolution_of(draft).lines
    queries.explain(lines, cast.mission)
    assert [line.note for line in lines if line.resolution == Resolution.NOT_ENROLLED] == [
        "Lima Left left this mission on 22 Nov 2026.",
        f"{elsewhere.student.name} is in Git ({elsewhere.mission.batch}).",
        "Nobody here has it.",
    ]
    assert lines[2].proposal.key == typo.pk
    assert not Submission.objects.exclude(mission_enrollment=recorded).exists()


def test_confirming_records_and_pasting_again_changes_nothing(
    cast: SimpleNamespace, assignment: Assignment, paste: Callable, applied: Callable
) -> None:
    RecalculationRequest.objects.all().delete()
    done = applied("student@example.com, student2@example.com", as_of=NOW - HOUR)
    expected = dict.fromkeys(
        ("student@example.com", "student2@example.com"), ("verified", NOW - HOUR, None, cast.sre.pk)
    )
    assert records(assignment) == expected
    assert done.counts["effects"] == {"recorded": 2, "verified": 0, "withdrawn": 0}
    assert set(RecalculationRequest.objects.values_list("mission_enrollment", flat=True)) == {
        cast.enrolled.pk,
        cast.enrolled2.pk,
    }
    event = Event.objects.get(verb="applied a submission list for")
    assert (event.actor_id, event.subject_label, event.data["recorded"]) == (cast.sre.pk, "Closures", 2)
    again = paste("student2@example.com\nstudent@example.com")
    assert queries.resolution_of(again).changes == []
    with pytest.raises(Refused, match="changes nothing"):
        confirm(again, cast.sre2)
    assert records(assignment) == expected


def test_a_claim_is_verified_and_keeps_its_earlier_time(
    cast: SimpleNamespace, assignment: Assignment, applied: Callable
) -> None:
    for enrolled, at in ((cast.enrolled, NOW - 3 * HOUR), (cast.enrolled2, NOW)):
        Submission.objects.create(
            mission_enrollment=enrolled, assignment=assignment, state="claimed", submitted_at=at, recorded_at=at
        )
    done = applied("student@example.com\nstudent2@example.com", as_of=NOW - HOUR)
    assert done.counts["effects"] == {"recorded": 0, "verified": 2, "withdrawn": 0}
    assert {email: row[:2] for email, row in records(assignment).items()} == {
        "student@example.com": ("verified", NOW - 3 * HOUR),
        "student2@example.com": ("verified", NOW - HOUR),
    }
    undo_list(actor=cast.sre2, submission_list=done)
    assert {email: row[:2] for email, row in records(assignment).items()} == {
        "student@example.com": ("claimed", NOW - 3 * HOUR),
        "student2@example.com": ("claimed", NOW),
    }


def test_a_column_of_times_is_used(cast: SimpleNamespace, assignment: Assignment, applied: Callable) -> None:
    applied("Email,Submitted at\nstudent@example.com,2026-11-21 22:30\nstudent2@example.com,2030-01-01 00:00")
    times = {email: row[1] for email, row in records(assignment).items()}
    assert times["student@example.com"].astimezone(DHAKA).isoformat() == "2026-11-21T22:30:00+06:00"
    assert times["student2@example.com"] == NOW  # a time that lies ahead is none


def test_a_proposal_is_used_only_when_it_is_ticked(
    cast: SimpleNamespace, assignment: Assignment, paste: Callable
) -> None:
    nila = student(cast, "Nila Akter", "nila.akter@gmail.com")
    draft = paste("student@example.com\nnila.akter@gmial.com")
    # Only what was proposed can be accepted, and only for its own line.
    choose_proposals(actor=cast.sre, submission_list=draft, offered=[1, 2], accepted={1: nila.pk, 2: cast.enrolled2.pk})
    assert queries.resolution_of(draft).effects == {"recorded": 1}
    before = queries.resolution_of(draft).fingerprint
    choose_proposals(actor=cast.sre, submission_list=draft, offered=[2], accepted={2: nila.pk})
    assert queries.resolution_of(draft).effects == {"recorded": 2}
    with pytest.raises(ChangedMeanwhile):
        apply_list(actor=cast.sre, submission_list=draft, fingerprint=before)
    done = confirm(draft, cast.sre)
    assert set(records(assignment)) == {"student@example.com", "nila.akter@gmail.com"}
    [line] = done.lines.filter(resolution=Resolution.TYPO)
    assert (line.mission_enrollment_id, line.proposal_id, line.is_accepted) == (nila.pk, nila.pk, True)
    choose_again = {"actor": cast.sre, "submission_list": done, "offered": [2], "accepted": {}}
    with pytest.raises(Refused, match="Nusrat Rahman confirmed this list already"):
        choose_proposals(**choose_again)


def test_proposed_addresses_are_noted_as_revealed(cast: SimpleNamespace, paste: Callable) -> None:
    nila = student(cast, "Nila Akter", "nila.akter@gmail.com")
    paste("student@example.com\nnila.akter@gmial.com")
    [event] = Event.objects.filter(verb=REVEALED)
    assert (event.actor_id, event.subject_id, event.data) == (cast.sre.pk, nila.student.pk, {"which": "email"})


def test_what_changed_after_the_look_is_not_applied(
    cast: SimpleNamespace, assignment: Assignment, paste: Callable
) -> None:
    draft = paste("student@example.com\nstudent2@example.com")
    seen = queries.resolution_of(draft).fingerprint
    change_access(actor=cast.sre, mission_enrollments=[cast.enrolled2], access="revoked", reason="Unpaid")
    with pytest.raises(ChangedMeanwhile, match="Nothing was recorded"):
        apply_list(actor=cast.sre, submission_list=draft, fingerprint=seen)
    assert records(assignment) == {}
    confirm(draft, cast.sre)
    assert set(records(assignment)) == {"student@example.com"}


class TestComplete:
    def test_withdraws_what_lists_recorded_and_nothing_else(
        self, cast: SimpleNamespace, assignment: Assignment, applied: Callable, paste: Callable
    ) -> None:
        names = ("claimed", "graded", "imported", "listed", "verified")
        people = {name: student(cast, name.title(), f"{name}@x.org") for name in names}
        for name in ("claimed", "verified"):
            Submission.objects.create(
                mission_enrollment=people[name],
                assignment=assignment,
                state="claimed",
                submitted_at=NOW,
                recorded_at=NOW,
            )
        record_submissions(actor=cast.sre, rows=[(people["imported"].pk, assignment.pk, NOW, None)])
        applied("graded@x.org\nlisted@x.org\nverified@x.org")
        change_submissions(actor=cast.sre, rows=[(people["graded"].pk, assignment.pk, NOW, 80)])
        before = records(assignment)

        later = paste("student@example.com")
        assert queries.resolution_of(later).effects == {"recorded": 1}
        set_complete(actor=cast.sre, submission_list=later, is_complete=True)
        later.refresh_from_db()
        found = queries.resolution_of(later)
        assert [(line.student.name, line.after and line.after["state"]) for line in found.changes] == [
            ("Arif Rahman", "verified"),
            ("Listed", None),
            ("Verified", "claimed"),
        ]
        assert [kept.name for kept in found.kept] == ["Graded", "Imported"]
        done = confirm(later, cast.sre)
        assert done.counts["effects"] == {"recorded": 1, "verified": 0, "withdrawn": 2}
        assert {email: row[0] for email, row in records(assignment).items()} == {
            "student@example.com": "verified",
            "claimed@x.org": "claimed",
            "graded@x.org": "verified",
            "imported@x.org": "verified",
            "verified@x.org": "claimed",
        }
        undo_list(actor=cast.sre, submission_list=done)
        assert records(assignment) == before

    def test_a_student_restricted_since_is_withdrawn_as_well(
        self, cast: SimpleNamespace, assignment: Assignment, applied: Callable
    ) -> None:
        applied("student@example.com")
        change_access(actor=cast.sre, mission_enrollments=[cast.enrolled], access="restricted", reason="Unpaid")
        applied("student2@example.com", is_complete=True)
        assert set(records(assignment)) == {"student2@example.com"}


class TestUndo:
    def test_leaves_what_was_changed_since_and_names_it(
        self, cast: SimpleNamespace, assignment: Assignment, applied: Callable
    ) -> None:
        done = applied("student@example.com\nstudent2@example.com")
        change_submissions(actor=cast.sre2, rows=[(cast.enrolled2.pk, assignment.pk, NOW, 90)])
        undoable, edited = queries.changed_since(done)
        assert ([line.mission_enrollment for line in undoable], [line.mission_enrollment for line in edited]) == (
            [cast.enrolled],
            [cast.enrolled2],
        )
        RecalculationRequest.objects.all().delete()
        undo_list(actor=cast.sre2, submission_list=done)
        assert set(records(assignment)) == {"student2@example.com"}
        assert [line.mission_enrollment for line in done.lines.filter(is_kept=True)] == [cast.enrolled2]
        assert list(RecalculationRequest.objects.values_list("mission_enrollment", flat=True)) == [cast.enrolled.pk]
        event = Event.objects.get(verb="undid a submission list for")
        assert (event.actor_id, event.data["taken back"], event.data["changed since"]) == (cast.sre2.pk, 1, 1)
        with pytest.raises(Refused, match="undone"):
            undo_list(actor=cast.sre, submission_list=done)

    def test_the_list_can_be_pasted_again(
        self, assignment: Assignment, applied: Callable, cast: SimpleNamespace
    ) -> None:
        undo_list(actor=cast.sre, submission_list=applied("student@example.com"))
        assert records(assignment) == {}
        applied("student@example.com")
        assert set(records(assignment)) == {"student@example.com"}

    def test_undoing_both_lists_in_either_order_leaves_nothing(
        self, assignment: Assignment, applied: Callable, cast: SimpleNamespace
    ) -> None:
        first, second = applied("student@example.com"), applied("student2@example.com", is_complete=True)
        # The first list's submission is gone already: there is nothing of it to take back.
        undo_list(actor=cast.sre, submission_list=first)
        assert set(records(assignment)) == {"student2@example.com"}
        undo_list(actor=cast.sre, submission_list=second)
        assert set(records(assignment)) == {"student@example.com"}


def test_a_discarded_list_is_over(cast: SimpleNamespace, paste: Callable) -> None:
    draft = paste("student@example.com")
    discard_list(actor=cast.sre, submission_list=draft)
    with pytest.raises(Refused, match="discarded"):
        confirm(draft, cast.sre)


def test_what_may_never_happen_is_refused_by_the_database(
    cast: SimpleNamespace, applied: Callable, paste: Callable
) -> None:
    done = applied("student@example.com")
    line = done.lines.get(effect=Effect.RECORDED)
    wrong = [
        lambda: SubmissionList.objects.filter(pk=done.pk).update(state="draft"),
        lambda: SubmissionList.objects.filter(pk=done.pk).update(state="undone"),
        lambda: SubmissionListLine.objects.filter(pk=line.pk).update(mission_enrollment=None),
        lambda: SubmissionListLine.objects.filter(pk=line.pk).update(is_accepted=True),
        lambda: done.lines.create(number=line.number),
        lambda: done.lines.create(number=99, mission_enrollment=cast.enrolled, effect=Effect.WITHDRAWN),
    ]
    for write in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            write()


def test_what_is_due_and_has_no_list(cast: SimpleNamespace, assignment: Assignment, applied: Callable) -> None:
    due = {-1: "yesterday", 0: "today", -3: "long ago", 2: "ahead"}
    for days, title in due.items():
        at = NOW + timedelta(days=days, hours=2)
        AssignmentFactory(mission=cast.mission, title=title, due_at=at, opens_at=at - timedelta(days=9))
    Assignment.objects.filter(pk=assignment.pk).update(due_at=NOW + HOUR)
    assert {each.title for each in queries.lists_to_paste()} == {"Closures", "yesterday", "today"}
    done = applied("student@example.com")
    assert {each.title for each in queries.lists_to_paste()} == {"yesterday", "today"}
    undo_list(actor=cast.sre, submission_list=done)
    assert {each.title for each in queries.lists_to_paste()} == {"Closures", "yesterday", "today"}


def test_three_thousand_lines_cost_no_more_statements_than_three(cast: SimpleNamespace) -> None:
    def statements(number: int) -> int:
        mission = MissionFactory(batch=cast.batch)
        people = create_people(
            actor=None,
            people=[NewPerson(f"m{mission.pk}-{n}@x.org", f"Student {n}", ["student"]) for n in range(number)],
        )
        enrollments = enroll(actor=None, students=people, batch=cast.batch, on=clock.today(DHAKA))
        join_mission(actor=None, enrollments=enrollments, mission=mission, on=clock.today(DHAKA))
        assignment = AssignmentFactory(mission=mission)
        with CaptureQueriesContext(connection) as captured:
            for text in (people[: number // 2], people[number // 3 :]):
                entries = parse("\n".join(f"{each.name} <{each.email}>" for each in text), DHAKA).entries
                started = start_list(
                    actor=cast.sre, assignment=assignment, entries=entries, as_of=NOW, is_complete=True
                )
                done = confirm(started, cast.sre)
            undo_list(actor=cast.sre, submission_list=done)
        assert Submission.objects.filter(assignment=assignment).count() == number // 2
        return len(captured)

    assert statements(3_000) == statements(3)
