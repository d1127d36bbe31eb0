"""Submission lists beside what students hand in themselves and what is graded: a list takes neither away."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.db import connection

from sms.assignments import queries
from sms.assignments.actions import (
    apply_list,
    grade_submission,
    grant_extensions,
    hand_in,
    hold_grades,
    remove_submissions,
    start_list,
    undo_list,
)
from sms.assignments.models import Assignment, Grade, Submission, SubmissionList
from sms.assignments.pasting import parse
from sms.core.clock import frozen_at
from tests.conftest import ORDINARY_MORNING as NOW
from tests.factories import AssignmentFactory

HOUR = timedelta(hours=1)
BOTH = "student@example.com\nstudent2@example.com"

pytestmark = pytest.mark.usefixtures("ordinary_morning")


@pytest.fixture
def work(cast: SimpleNamespace) -> Assignment:
    return AssignmentFactory(mission=cast.mission)


@pytest.fixture
def applied(cast: SimpleNamespace, work: Assignment) -> Callable[..., SubmissionList]:
    def apply(text: str, **options: bool) -> SubmissionList:
        entries = parse(text, cast.batch.zone).entries
        draft = start_list(actor=cast.sre, assignment=work, entries=entries, as_of=NOW, **options)
        fingerprint = queries.resolution_of(draft).fingerprint
        return apply_list(actor=cast.sre, submission_list=draft, fingerprint=fingerprint)

    return apply


def of(student: object) -> tuple | None:
    return Submission.objects.filter(mission_enrollment=student).values_list("state", "submitted_at").first()


def check_constraints() -> None:
    """As the commit does."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.mark.parametrize("take_back", ["undo", "complete"])
def test_what_is_graded_stays_also_while_the_grade_is_held(
    cast: SimpleNamespace, work: Assignment, applied: Callable, take_back: str
) -> None:
    hold_grades(actor=cast.manager, assignment=work)
    first = applied(BOTH)
    graded = Submission.objects.get(mission_enrollment=cast.enrolled)
    grade_submission(actor=cast.mentor, submission=graded, seen=None, percent=80)
    if take_back == "undo":
        undone = undo_list(actor=cast.sre, submission_list=first)
        assert (undone.counts["undone"], undone.counts["left"]) == (1, 1)
    else:
        entries = parse("nobody@example.com", cast.batch.zone).entries
        draft = start_list(actor=cast.sre, assignment=work, entries=entries, as_of=NOW, is_complete=True)
        resolved = queries.resolution_of(draft)
        assert ([line.student.key for line in resolved.changes], [each.key for each in resolved.kept]) == (
            [cast.enrolled2.pk],
            [cast.enrolled.pk],
        )
        apply_list(actor=cast.sre, submission_list=draft, fingerprint=resolved.fingerprint)
    check_constraints()
    assert (of(cast.enrolled), of(cast.enrolled2)) == (("verified", NOW), None)
    assert [(grade.submission_id, grade.percent) for grade in Grade.objects.all()] == [(graded.pk, 80)]


@pytest.mark.parametrize("take_back", ["undo", "complete"])
def test_what_a_student_handed_in_is_their_claim_again(
    cast: SimpleNamespace, work: Assignment, applied: Callable, take_back: str
) -> None:
    """Also a version that came after the list, which the verified record did not show."""
    with frozen_at(NOW - HOUR):
        hand_in(
            actor=cast.student, mission_enrollment=cast.enrolled, assignment=work, link="https://x.org/1", file=None
        )
    first = applied(BOTH)
    for user, student in ((cast.student, cast.enrolled), (cast.student2, cast.enrolled2)):
        with frozen_at(NOW + HOUR):
            hand_in(actor=user, mission_enrollment=student, assignment=work, link="https://x.org/2", file=None)
    assert (of(cast.enrolled), of(cast.enrolled2)) == (("verified", NOW - HOUR), ("verified", NOW))
    if take_back == "undo":
        undo_list(actor=cast.sre, submission_list=first)
    else:
        second = applied("nobody@example.com", is_complete=True)
        assert second.counts["effects"]["withdrawn"] == 2
    assert (of(cast.enrolled), of(cast.enrolled2)) == (("claimed", NOW + HOUR),) * 2
    if take_back == "complete":
        undo_list(actor=cast.sre, submission_list=second)
        assert (of(cast.enrolled), of(cast.enrolled2)) == (("verified", NOW - HOUR), ("verified", NOW))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["removed", "undone"])
def test_handing_in_while_the_record_is_taken_back(
    cast: SimpleNamespace, work: Assignment, applied: Callable, at_once: Callable, how: str
) -> None:
    """Whichever is first, the student's word is there afterwards."""
    done = applied("student@example.com")
    steps = {
        "take back": lambda: (
            undo_list(actor=cast.sre, submission_list=done)
            if how == "undone"
            else remove_submissions(actor=cast.sre, keys=[(cast.enrolled.pk, work.pk)])
        ),
        "hand in": lambda: hand_in(
            actor=cast.student, mission_enrollment=cast.enrolled, assignment=work, link="https://x.org/1", file=None
        ),
    }
    at_once(lambda step: steps[step](), list(steps))
    assert [state for state, _at in [of(cast.enrolled)]] == ["claimed"]


def test_each_line_says_whether_it_was_in_time_for_its_student(
    cast: SimpleNamespace, work: Assignment, applied: Callable, as_: Callable
) -> None:
    Assignment.objects.filter(pk=work.pk).update(due_at=NOW - HOUR)
    work.refresh_from_db()
    grant_extensions(actor=cast.sre, rows=[(cast.enrolled.pk, work.pk, NOW, "Ill")])
    entries = parse(BOTH, cast.batch.zone).entries
    draft = start_list(actor=cast.sre, assignment=work, entries=entries, as_of=NOW)
    for subject in (lambda: draft, lambda: applied(BOTH)):
        page = as_(cast.sre).get(subject().get_absolute_url(), {"show": "matched"}).text
        rows = [row.get_text() for row in BeautifulSoup(page, "html.parser").select("tbody tr")]
        assert [("on time" in row, "late" in row) for row in rows] == [(True, False), (False, True)]
