"""More time, before and after the fact, for one, some or all; lateness and points follow."""

from datetime import timedelta
from decimal import Decimal

import pytest

from sms.assignments.actions import edit_assignment, grant_extensions, hand_in, record_submissions, revoke_extensions
from sms.assignments.models import Extension, Submission
from sms.assignments.points import GRADES, HANDING_IN
from sms.assignments.queries import with_timeliness
from sms.core.problems import Refused
from sms.points.actions import take_requests
from sms.points.queries import points_of
from sms.points.sources import source_of
from sms.programme.models import MissionEnrollment
from tests.conftest import ORDINARY_MORNING as NOW
from tests.factories import AssignmentFactory, MissionEnrollmentFactory, MissionFactory
from tests.integration.data_exchange.helpers import applied, counts, finish, planned, undo_of

pytestmark = pytest.mark.usefixtures("ordinary_morning")
DAY = timedelta(days=1)


@pytest.fixture
def work(cast):
    return AssignmentFactory(
        mission=cast.mission, code="one", title="Closures", opens_at=NOW - 9 * DAY, due_at=NOW - 2 * DAY, late_share=50
    )


def holding():
    rows = (
        Extension.objects.filter(revoked_at=None)
        .order_by("mission_enrollment")
        .values_list("mission_enrollment", "due_at", "reason")
    )
    return list(rows)


def entries(student):
    return [
        (entry.kind.partition(".")[2], entry.points, source_of(entry).explain(entry))
        for entry in student.ledger_entries.order_by("pk")
    ]


def test_after_the_fact_lateness_and_points_follow(cast, work):
    record_submissions(actor=cast.sre, rows=[(cast.enrolled.pk, work.pk, NOW - DAY, 80)])
    take_requests()
    assert sorted(entries(cast.enrolled)) == [
        ("grade", 24, "Closures: grade"),  # 60 points, 80 percent, half of it for being late
        ("late", 3, "Closures: handed in late"),  # 5 points, half of them, rounded
    ]
    grant_extensions(actor=cast.sre, rows=[(cast.enrolled.pk, work.pk, NOW - DAY, "Ill")])
    assert with_timeliness(Submission.objects.all()).get().timeliness == "on_time"
    take_requests()
    assert points_of(cast.enrolled) == 48 + 10
    revoke_extensions(actor=cast.sre, keys=[(cast.enrolled.pk, work.pk)])
    take_requests()
    assert points_of(cast.enrolled) == 24 + 3
    edit_assignment(actor=cast.sre, assignment=work, due_at=NOW)
    take_requests()
    assert points_of(cast.enrolled) == 48 + 10, "the due time of everyone was moved"


def test_only_what_counts_gives_points(cast):
    open_work = AssignmentFactory(mission=cast.mission)
    hand_in(
        actor=cast.student,
        mission_enrollment=cast.enrolled,
        assignment=open_work,
        link="https://a.example/b",
        file=None,
    )
    over = AssignmentFactory(mission=cast.mission, opens_at=NOW - 9 * DAY, due_at=NOW - DAY, accepts_late=False)
    timeless = AssignmentFactory(mission=cast.mission)
    record_submissions(
        actor=cast.sre,
        rows=[(cast.enrolled.pk, over.pk, NOW, 100), (cast.enrolled.pk, timeless.pk, None, Decimal("12.5"))],
    )
    students = MissionEnrollment.objects.filter(pk=cast.enrolled.pk)
    assert list(HANDING_IN.events(students).values_list("reference", "kind_key", "amount")) == [
        (str(timeless.pk), "assignments.on_time", 1)
    ], "neither what is claimed nor what came too late; without a time it counts as on time"
    assert dict(GRADES.events(students).values_list("reference", "amount")) == {
        str(over.pk): 0, str(timeless.pk): Decimal("7.5"),
    }  # fmt: skip


def test_one_holds_and_the_earlier_ones_stay(cast, work):
    row = (cast.enrolled.pk, work.pk, NOW, "Ill")
    assert (grant_extensions(actor=cast.sre, rows=[row]), grant_extensions(actor=cast.sre, rows=[row])) == (1, 0)
    grant_extensions(actor=cast.manager, rows=[(cast.enrolled.pk, work.pk, NOW + DAY, "Still ill")])
    assert holding() == [(cast.enrolled.pk, NOW + DAY, "Still ill")]
    old = Extension.objects.exclude(revoked_at=None).get()
    assert (old.due_at, old.reason, old.revoked_by) == (NOW, "Ill", cast.manager)
    with pytest.raises(Refused, match="after the work is due for everyone"):
        grant_extensions(actor=cast.sre, rows=[(cast.enrolled2.pk, work.pk, work.due_at, "Too early")])
    stranger = MissionEnrollmentFactory(mission=MissionFactory(batch=cast.batch))
    with pytest.raises(Refused, match="of the mission that the student takes part in"):
        grant_extensions(actor=cast.sre, rows=[(stranger.pk, work.pk, NOW, "Elsewhere")])
    assert len(holding()) == 1


@pytest.mark.parametrize(
    ("person", "posted", "students"),
    [
        ("sre", {"whom": "named", "students": "Student@example.com, B12-2"}, ["enrolled", "enrolled2"]),
        ("manager", {"whom": "mentor", "mentor": "mentor2"}, ["enrolled2"]),
        ("sre", {"whom": "all"}, ["enrolled", "enrolled2"]),
        ("mentor", {"whom": "all"}, ["enrolled"]),
        ("mentor", {"whom": "named", "students": "student@example.com"}, ["enrolled"]),
        ("mentor", {"whom": "named", "students": "student2@example.com"}, None),
        ("mentor", {"whom": "mentor", "mentor": "mentor2"}, None),
        ("sre", {"whom": "named", "students": "ghost@example.com student@example.com"}, None),
        ("sre", {"whom": "named"}, None),
        ("sre", {"whom": "all", "due_at": "2026-11-20T10:00"}, None),
        ("sre", {"whom": "all", "reason": ""}, None),
    ],
)
def test_for_whom(cast, work, as_, person, posted, students):
    cast.student2.student_profile.student_id = "B12-2"
    cast.student2.student_profile.save()
    if "mentor" in posted:
        posted = posted | {"mentor": getattr(cast, posted["mentor"]).pk}
    form = {"due_at": "2026-11-23T10:00", "reason": "Power cut"} | posted
    url = f"/assignments/{work.pk}/extensions/new/"
    answer = as_(getattr(cast, person)).post(url, form)
    assert answer.status_code == (302 if students else 422)
    assert [student for student, *_rest in holding()] == [getattr(cast, name).pk for name in students or []]
    if students:
        assert {due_at for _student, due_at, _reason in holding()} == {NOW + DAY}
        again = as_(getattr(cast, person)).post(url, form, follow=True)
        assert "Nothing was changed." in again.text


def test_for_one_student_and_back(cast, work, as_):
    url = f"/assignments/{work.pk}/extensions/new/?student="
    form = {"due_at": "2026-11-23T10:00", "reason": "Ill"}
    assert as_(cast.mentor).post(f"{url}{cast.enrolled2.pk}", form).status_code == 404
    assert as_(cast.mentor).get(f"{url}x").status_code == 404
    assert as_(cast.mentor).post(f"{url}{cast.enrolled.pk}", form).status_code == 302
    [extension] = Extension.objects.all()
    assert "Ill" in as_(cast.student).get(f"/assignments/{work.pk}/").text
    assert as_(cast.mentor2).post(f"/extensions/{extension.pk}/revoke/").status_code == 404
    assert as_(cast.student).post(f"/extensions/{extension.pk}/revoke/").status_code == 403
    assert as_(cast.mentor).post(f"/extensions/{extension.pk}/revoke/").status_code == 302
    assert as_(cast.mentor).post(f"/extensions/{extension.pk}/revoke/").status_code == 404
    assert holding() == []


FILE = """
    email,batch,mission,assignment,due_at,reason
    student@example.com,batch-12,js,one,2026-11-23 10:00,Ill
    student2@example.com,batch-12,js,one,2026-11-23,Power cut
"""


def test_by_file_and_back(cast, work):
    first = applied("extensions", FILE, actor=cast.sre)
    before = [
        (cast.enrolled.pk, NOW + DAY, "Ill"),
        (cast.enrolled2.pk, NOW + DAY + timedelta(hours=13, minutes=59), "Power cut"),
    ]
    assert (counts(first), holding()) == ({"new": 2}, before)
    assert counts(planned("extensions", FILE)) == {"unchanged": 2}
    second = applied(
        "extensions", FILE.replace("Ill", "Still ill").replace("2026-11-23,", "2026-11-24,"), actor=cast.sre
    )
    assert counts(second) == {"changed": 2}
    finish(undo_of(second))
    assert holding() == before
    finish(undo_of(first))
    assert (holding(), Extension.objects.count()) == ([], 6)


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("student@example.com,batch-12,js,onee,2026-11-23,Ill", "assignment", "Did you mean “one”?"),
        (
            "student@example.com,batch-12,js,one,2026-11-20 10:00,Ill",
            "due_at",
            "not after the work is due for everyone",
        ),
        ("student@example.com,batch-12,js,one,2026-11-23,", "reason", "A new row needs this."),
        ("student@example.com,batch-12,js,one,,Ill", "due_at", "A new row needs this."),
    ],
)
def test_wrong_lines(cast, work, line, column, words):
    run = planned("extensions", f"email,batch,mission,assignment,due_at,reason\n{line}")
    [row] = run.rows.all()
    assert row.status == "rejected"
    assert [message[0] for message in row.messages] == [column]
    assert words in row.messages[0][2]
