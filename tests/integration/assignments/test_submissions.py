"""Recording, changing and removing submissions by the thousand; who sees which."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from sms.assignments.actions import change_submissions, record_submissions, remove_submissions
from sms.assignments.models import Assignment, Submission
from sms.assignments.queries import submissions_visible_to, with_submission_counts, work_of
from sms.audit.models import Event
from sms.core.problems import Refused
from sms.points.models import RecalculationRequest
from tests.conftest import ORDINARY_MORNING
from tests.factories import AssignmentFactory, MissionEnrollmentFactory, MissionFactory

NOW, DAY = ORDINARY_MORNING, timedelta(days=1)
pytestmark = pytest.mark.usefixtures("ordinary_morning")


@pytest.fixture
def work(cast: SimpleNamespace) -> SimpleNamespace:
    """Two assignments of the cast's mission."""
    one, two = (AssignmentFactory(mission=cast.mission, title=title, due_at=NOW) for title in ("One", "Two"))
    return SimpleNamespace(one=one, two=two, student=cast.enrolled.pk, student2=cast.enrolled2.pk)


def stored() -> list[tuple]:
    fields = (
        "mission_enrollment_id",
        "assignment_id",
        "submitted_at",
        "grade",
        "state",
        "recorded_by_id",
        "recorded_at",
    )
    return list(Submission.objects.order_by("pk").values_list(*fields))


def events() -> list[tuple]:
    return list(
        Event.objects.filter(verb__contains="submissions for")
        .order_by("pk")
        .values_list("actor_id", "verb", "subject_type", "subject_id", "subject_label", "data")
    )


def told(actor: object, verb: str, assignment: Assignment, count: int) -> tuple:
    return (actor.pk, verb, "assignments.assignment", assignment.pk, assignment.title, {"submissions": count})


def requested() -> set[int]:
    return set(RecalculationRequest.objects.values_list("mission_enrollment_id", flat=True))


def test_recording(cast: SimpleNamespace, work: SimpleNamespace) -> None:
    rows = [
        (work.student, work.one.pk, NOW - DAY, Decimal("78.50")),
        (work.student2, work.one.pk, None, Decimal(0)),
        (work.student, work.two.pk, NOW, None),
    ]
    assert record_submissions(actor=cast.sre, rows=iter(rows)) == 3
    assert stored() == [(*row, "verified", cast.sre.pk, NOW) for row in rows]
    assert events() == [
        told(cast.sre, "recorded submissions for", work.one, 2),
        told(cast.sre, "recorded submissions for", work.two, 1),
    ]
    assert requested() == {work.student, work.student2}


def test_changing_and_removing(cast: SimpleNamespace, work: SimpleNamespace) -> None:
    for student in (work.student, work.student2):
        record_submissions(actor=cast.sre, rows=[(student, work.one.pk, NOW - DAY, Decimal(40))])
    RecalculationRequest.objects.all().delete()
    assert change_submissions(actor=cast.admin, rows=[(work.student, work.one.pk, None, Decimal(90))]) == 1
    assert [row[:6] for row in stored()] == [
        (work.student, work.one.pk, None, Decimal(90), "verified", cast.admin.pk),
        (work.student2, work.one.pk, NOW - DAY, Decimal(40), "verified", cast.sre.pk),
    ]
    assert remove_submissions(actor=cast.admin, keys=[(work.student, work.one.pk), (work.student, work.two.pk)]) == 1
    assert [row[0] for row in stored()] == [work.student2]
    assert events()[2:] == [
        told(cast.admin, "changed submissions for", work.one, 1),
        told(cast.admin, "removed submissions for", work.one, 1),
    ]
    assert requested() == {work.student}


def test_what_the_record_may_not_say(cast: SimpleNamespace, work: SimpleNamespace) -> None:
    """Nothing of a list is recorded when one of its rows breaks a rule."""
    elsewhere = AssignmentFactory(mission=MissionFactory(batch=cast.batch))
    good = (work.student2, work.two.pk, NOW, None)
    record_submissions(actor=cast.sre, rows=[(work.student, work.one.pk, NOW, None)])
    wrong = {
        "recorded already": [(work.student, work.one.pk, NOW, None)],
        "stands twice": [good, good],
        "a percentage from 0 to 100": [(work.student, work.two.pk, NOW, Decimal("100.01"))],
        "of the mission that the student takes part in": [(work.student, elsewhere.pk, NOW, None)],
        "an assignment of the mission": [(work.student, 10**9, NOW, None)],
    }
    for sentence, rows in wrong.items():
        with pytest.raises(Refused, match=f"{sentence}.*Nothing was changed"):
            record_submissions(actor=cast.sre, rows=[good, *rows])
    with pytest.raises(Refused, match="1 of these submissions is not recorded any more"):
        change_submissions(actor=cast.sre, rows=[(work.student, work.one.pk, NOW, None), good])
    with pytest.raises(Refused, match="a percentage"):
        change_submissions(actor=cast.sre, rows=[(work.student, work.one.pk, NOW, Decimal(-1))])
    assert [row[:4] for row in stored()] == [(work.student, work.one.pk, NOW, None)]


def test_the_database_holds_the_missions_together(cast: SimpleNamespace, work: SimpleNamespace) -> None:
    """Also against what does not come through the actions."""
    elsewhere = AssignmentFactory(mission=MissionFactory(batch=cast.batch))
    record_submissions(actor=None, rows=[(work.student, work.one.pk, NOW, None)])
    with pytest.raises(IntegrityError, match="of the mission that the student takes part in"), transaction.atomic():
        Submission.objects.update(assignment=elsewhere)
    assert Submission.objects.get().assignment == work.one


def test_a_thousand_cost_as_many_statements_as_one(cast: SimpleNamespace, work: SimpleNamespace) -> None:
    students = [MissionEnrollmentFactory(mission=cast.mission).pk for _ in range(5)]

    def statements(act: Callable, **arguments: object) -> int:
        with CaptureQueriesContext(connection) as captured:
            act(actor=cast.sre, **arguments)
        return len(captured)

    for act in (record_submissions, change_submissions):
        single = statements(act, rows=[(work.student, work.one.pk, NOW, None)])
        assert statements(act, rows=[(student, work.one.pk, NOW, None) for student in students]) == single
    single = statements(remove_submissions, keys=[(work.student, work.one.pk)])
    assert statements(remove_submissions, keys=[(student, work.one.pk) for student in students]) == single


def test_nothing_to_do_leaves_no_trace(cast: SimpleNamespace) -> None:
    assert record_submissions(actor=cast.sre, rows=[]) == 0
    assert change_submissions(actor=cast.sre, rows=[]) == 0
    assert remove_submissions(actor=cast.sre, keys=[]) == 0
    assert (events(), requested()) == ([], set())


def test_who_sees_which(cast: SimpleNamespace, work: SimpleNamespace) -> None:
    both = [(work.student, work.one.pk, NOW, Decimal(61)), (work.student2, work.one.pk, NOW, Decimal(62))]
    record_submissions(actor=cast.sre, rows=both)

    def grades(person: object) -> list[int]:
        return sorted(submissions_visible_to(person).values_list("grade", flat=True))

    seen = {name: grades(getattr(cast, name)) for name in ("admin", "manager", "sre", "mentor", "mentor2", "student", "student2", "nobody", "developer")}  # fmt: skip
    assert seen == {
        "admin": [61, 62], "manager": [61, 62], "sre": [61, 62], "mentor": [61], "mentor2": [62],
        "student": [61], "student2": [62], "nobody": [], "developer": [],
    }  # fmt: skip


def test_counts_and_the_work_of_a_student(cast: SimpleNamespace, work: SimpleNamespace) -> None:
    ahead = AssignmentFactory(mission=cast.mission, due_at=NOW + DAY, title="Ahead")
    early = AssignmentFactory(mission=cast.mission, due_at=NOW + 2 * DAY, title="Early")
    record_submissions(
        actor=cast.sre,
        rows=[(work.student, work.one.pk, NOW, None), (work.student2, work.one.pk, NOW, None), (work.student, early.pk, NOW, None)],
    )  # fmt: skip
    counted = with_submission_counts(Assignment.objects.order_by("pk"))
    assert [(each, each.submission_count) for each in counted] == [(work.one, 2), (work.two, 0), (ahead, 0), (early, 1)]
    done = work_of(cast.enrolled)
    assert [(each, len(each.handed_in)) for each in done.assignments] == [(early, 1), (work.two, 0), (work.one, 1)]
    assert done.handed_in == 2


def listed(client: object, url: str) -> list[int]:
    return [row.record.mission_enrollment_id for row in client.get(url).context["table"].rows]


def test_the_list_of_an_assignment(cast: SimpleNamespace, as_: Callable, work: SimpleNamespace) -> None:
    rows = [(work.student, work.one.pk, NOW - DAY, Decimal("78.50")), (work.student2, work.one.pk, NOW, None)]
    record_submissions(actor=cast.sre, rows=[*rows, (work.student2, work.two.pk, NOW, Decimal(11))])
    client, url = as_(cast.sre), f"/assignments/{work.one.pk}/submissions/"
    assert listed(client, url) == [work.student, work.student2]
    assert listed(client, f"{url}?graded=true") == [work.student]
    assert listed(client, f"{url}?graded=false") == [work.student2]
    assert listed(client, f"{url}?state=claimed") == []
    assert listed(client, f"{url}?q=tanvir") == [work.student2]
    assert listed(client, f"{url}?sort=-submitted_at&timeliness=on_time") == [work.student2, work.student]
    assert listed(client, f"{url}?sort=-timeliness") == [work.student, work.student2]
    page = client.get(url).text
    assert ("78.5%" in page, "11%" in page) == (True, False)
    exported = b"".join(client.get(f"{url}?_export=csv").streaming_content).decode("utf-8-sig")
    due = work.one.due_at.astimezone(cast.batch.zone)
    assert exported.splitlines() == [
        "Student,State,Handed in,Due,In time,Grade,Recorded",
        f"Arif Rahman,verified,2026-11-21 10:00:00+06:00,{due},on time,78.5,2026-11-22 10:00:00+06:00",
        f"Tanvir Hasan,verified,2026-11-22 10:00:00+06:00,{due},on time,,2026-11-22 10:00:00+06:00",
    ]


def test_the_page_of_a_student_shows_their_own(cast: SimpleNamespace, as_: Callable, work: SimpleNamespace) -> None:
    rows = [(work.student, work.one.pk, NOW, Decimal("61.25")), (work.student2, work.one.pk, NOW, Decimal("99.75"))]
    record_submissions(actor=cast.sre, rows=rows)
    for person in (cast.mentor, cast.sre):
        page = as_(person).get(cast.enrolled.get_absolute_url()).text
        assert ("61.25%" in page, "99.75%" in page, "1 of 2" in page) == (True, False, True)
    own = as_(cast.student).get("/assignments/").text
    assert ("61.25%" in own, "99.75%" in own) == (True, False)


def test_counts_lead_to_the_rows_behind_them(cast: SimpleNamespace, as_: Callable, work: SimpleNamespace) -> None:
    record_submissions(actor=cast.sre, rows=[(work.student, work.one.pk, NOW, None)])
    link = f'href="/assignments/{work.one.pk}/submissions/"'
    for page in ("/assignments/", f"/missions/{cast.mission.pk}/"):
        text = as_(cast.sre).get(page).text
        assert (link in text, "1 submission" in text) == (True, True)
    assert link not in as_(cast.student).get("/assignments/").text
