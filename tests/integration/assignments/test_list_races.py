"""Two people at once leave what one after the other would have left."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from sms.assignments.actions import apply_list, start_list, undo_list
from sms.assignments.models import Assignment, Submission, SubmissionList
from sms.assignments.pasting import parse
from sms.assignments.queries import resolution_of
from sms.audit.models import Event
from sms.core.problems import Refused
from sms.points.models import RecalculationRequest
from tests.factories import AssignmentFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("ordinary_morning")]

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture
def assignment(cast: SimpleNamespace) -> Assignment:
    return AssignmentFactory(mission=cast.mission)


def paste(cast: SimpleNamespace, assignment: Assignment, text: str, **options: bool) -> tuple[SubmissionList, str]:
    entries = parse(text, cast.batch.zone).entries
    draft = start_list(actor=cast.sre, assignment=assignment, entries=entries, as_of=NOW, **options)
    return draft, resolution_of(draft).fingerprint


def attempt(action: Callable, **arguments: object) -> str:
    try:
        action(**arguments)
    except Refused:
        return "refused"
    return "done"


def test_one_list_confirmed_by_two_is_applied_once_and_undone_once(
    cast: SimpleNamespace, assignment: Assignment, at_once: Callable
) -> None:
    draft, fingerprint = paste(cast, assignment, "student@example.com\nstudent2@example.com")
    people = [cast.sre, cast.sre2, cast.admin]
    answers = at_once(
        lambda person: attempt(apply_list, actor=person, submission_list=draft, fingerprint=fingerprint), people
    )
    assert sorted(answers) == ["done", "refused", "refused"]
    assert Submission.objects.filter(assignment=assignment).count() == 2
    assert Event.objects.filter(verb="applied a submission list for").count() == 1
    assert RecalculationRequest.objects.count() == 2

    answers = at_once(lambda person: attempt(undo_list, actor=person, submission_list=draft), people)
    assert sorted(answers) == ["done", "refused", "refused"]
    assert not Submission.objects.exists()


def test_two_lists_of_one_assignment_at_once(cast: SimpleNamespace, assignment: Assignment, at_once: Callable) -> None:
    """The second sees what the first has changed, and asks its person anew."""
    drafts = [
        paste(cast, assignment, "student@example.com\nstudent2@example.com"),
        paste(cast, assignment, "student2@example.com", is_complete=True),
    ]
    answers = at_once(
        lambda draft: attempt(apply_list, actor=cast.sre, submission_list=draft[0], fingerprint=draft[1]), drafts
    )
    assert sorted(answers) == ["done", "refused"]
    by_first = SubmissionList.objects.get(state="applied").pk == drafts[0][0].pk
    assert Submission.objects.filter(assignment=assignment).count() == (2 if by_first else 1)
