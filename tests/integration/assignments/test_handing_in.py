"""A student hands in, keeps every version, and nobody else's; what staff verified is never lowered."""

from contextlib import ExitStack
from datetime import timedelta
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from sms.assignments.actions import (
    forget_orphaned_files,
    grant_extensions,
    hand_in,
    record_submissions,
    remove_submissions,
    verify_submission,
)
from sms.assignments.models import Assignment, Evidence, Submission
from sms.assignments.queries import tracker, with_timeliness
from sms.core.clock import frozen_at
from sms.core.problems import Refused
from sms.programme.actions import change_access
from tests.conftest import ORDINARY_MORNING as NOW
from tests.factories import AssignmentFactory, MissionFactory

pytestmark = pytest.mark.usefixtures("ordinary_morning")
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
LINK = "https://github.com/arif/quiz"


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def work(cast: SimpleNamespace) -> Assignment:
    return AssignmentFactory(mission=cast.mission, late_until=NOW + 3 * DAY, due_at=NOW + DAY)


def a_file(content: bytes = b"My answer", name: str = "answer.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def stored_files(folder) -> int:
    return len(list((folder / "homework").glob("*"))) if (folder / "homework").exists() else 0


def test_versions_are_kept_and_the_latest_time_counts(cast, work, as_, tmp_path):
    client, url = as_(cast.student), f"/assignments/{work.pk}/hand-in/"
    assert client.post(url, {"link": LINK}).status_code == 302
    with frozen_at(NOW + timedelta(hours=1)):
        client.post(url, {"link": LINK})
        assert Evidence.objects.count() == 1, "the same once more is no new version"
        client.post(url, {"link": LINK, "file": a_file(name="../../<b>answer</b>.bat")})
        client.post(url, {"link": LINK, "file": a_file(name="again.txt")})
    submission = Submission.objects.get()
    assert (submission.state, submission.submitted_at) == ("claimed", NOW + timedelta(hours=1))
    latest, first = Evidence.objects.all()
    assert (latest.link, latest.file_name, latest.file_bytes) == (LINK, "b>.bat.txt", 9)
    assert (first.link, first.file, stored_files(tmp_path)) == (LINK, "", 1)
    page = as_(cast.mentor).get(f"/assignments/{work.pk}/students/{cast.enrolled.pk}/")
    assert "b&gt;.bat.txt" in page.text
    answer = as_(cast.mentor).get(f"/evidence/{latest.pk}/")
    assert b"".join(answer.streaming_content) == b"My answer"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"] == "sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_evidence_of_another_student_is_not_found(cast, work, as_):
    evidence = hand_in(actor=cast.student2, mission_enrollment=cast.enrolled2, assignment=work, file=a_file()).evidence
    submission = Submission.objects.get()
    for person in (cast.student, cast.mentor):
        assert as_(person).get(f"/evidence/{evidence.pk}/").status_code == 404
    assert as_(cast.mentor).post(f"/submissions/{submission.pk}/verify/").status_code == 404
    for person in (cast.student2, cast.mentor2, cast.sre, cast.manager):
        answer = as_(person).get(f"/evidence/{evidence.pk}/")
        assert b"".join(answer.streaming_content) == b"My answer"
    for person in (cast.developer, cast.nobody):
        assert as_(person).get(f"/evidence/{evidence.pk}/").status_code in (302, 403)
    elsewhere = AssignmentFactory(mission=MissionFactory(batch=cast.batch))
    assert as_(cast.student).post(f"/assignments/{elsewhere.pk}/hand-in/", {"link": LINK}).status_code == 404


@pytest.mark.parametrize(
    ("way", "posted", "sentence"),
    [
        ("any", {}, "Give a link or choose a file."),
        ("any", {"link": "javascript:alert(1)"}, "Give a whole link that begins with https:// or http://."),
        ("any", {"link": "https:/nowhere"}, "Give a whole link"),
        ("any", {"link": "https://me:secret@example.com/x"}, "The link contains a password."),
        ("any", {"link": "https://example.com/" + "x" * 500}, "at most 500 characters"),
        ("any", {"file": b"MZ\x90\x00\x03"}, "of a type that is not taken here"),
        ("any", {"file": b""}, "The file is empty."),
        ("any", {"file": b"x" * 4097}, "The file is too large."),
        ("file", {"link": LINK}, "Hand in a file: this assignment takes no links."),
        ("link", {"file": b"My answer"}, "Hand in a link: this assignment takes no files."),
        ("list", {"link": LINK}, "in the main learning system, not here"),
    ],
)
def test_what_is_refused_leaves_nothing(cast, work, as_, settings, tmp_path, way, posted, sentence):
    settings.UPLOAD_MOST_BYTES = 4096
    Assignment.objects.update(way=way)
    posted = {name: a_file(value) if name == "file" else value for name, value in posted.items()}
    answer = as_(cast.student).post(f"/assignments/{work.pk}/hand-in/", posted)
    text = BeautifulSoup(answer.text, "html.parser").main.get_text()
    assert answer.status_code == 422
    assert sentence in text
    assert (Evidence.objects.count(), Submission.objects.count(), stored_files(tmp_path)) == (0, 0, 0)


def test_the_exact_second_of_the_end(cast, work):
    end = NOW + 3 * DAY
    with frozen_at(work.opens_at - SECOND), pytest.raises(Refused, match="You can hand this in from Sat 21 Nov, 10:00"):
        hand_in(actor=cast.student, mission_enrollment=cast.enrolled, assignment=work, link=LINK, file=None)
    with frozen_at(end + SECOND), pytest.raises(Refused, match="This was taken until Wed 25 Nov, 10:00"):
        hand_in(actor=cast.student, mission_enrollment=cast.enrolled, assignment=work, link=LINK, file=None)
    grant_extensions(actor=cast.sre, rows=[(cast.enrolled.pk, work.pk, end + DAY, "Ill")])
    with frozen_at(end + DAY):
        hand_in(actor=cast.student, mission_enrollment=cast.enrolled, assignment=work, link=LINK, file=None)
        [standing] = tracker(cast.student)
        assert (standing.state, standing.timeliness) == ("submitted", "on_time")
    change_access(actor=cast.sre, mission_enrollments=[cast.enrolled], access="restricted", reason="Unpaid")
    cast.enrolled.refresh_from_db()
    with pytest.raises(Refused, match="Your access to this mission is limited"):
        hand_in(actor=cast.student, mission_enrollment=cast.enrolled, assignment=work, link=LINK + "2", file=None)


def test_keeping_a_file_makes_nothing_late(cast, work):
    """Taken in the last instant, and kept a second later."""

    class Slow(SimpleUploadedFile):
        def chunks(self, chunk_size=None):
            clocks.enter_context(frozen_at(work.late_until + SECOND))
            return super().chunks(chunk_size)

    with ExitStack() as clocks:
        clocks.enter_context(frozen_at(work.late_until))
        file = Slow("answer.pdf", b"%PDF-1.7 answer")
        hand_in(actor=cast.student, mission_enrollment=cast.enrolled, assignment=work, link="", file=file)
    submission = with_timeliness(Submission.objects.all()).get()
    assert (submission.submitted_at, submission.timeliness) == (work.late_until, "late")


def test_what_is_verified_is_never_lowered_and_a_claim_comes_back(cast, work, as_):
    record_submissions(actor=cast.sre, rows=[(cast.enrolled.pk, work.pk, NOW - DAY, 90)])
    hand_in(actor=cast.student, mission_enrollment=cast.enrolled, assignment=work, link=LINK, file=None)
    assert Submission.objects.values_list("state", "submitted_at", "grade").get() == ("verified", NOW - DAY, 90)
    remove_submissions(actor=cast.sre, keys=[(cast.enrolled.pk, work.pk)])
    claim = Submission.objects.get()
    assert (claim.state, claim.submitted_at, claim.grade) == ("claimed", NOW, None)
    client = as_(cast.mentor)
    assert client.post(f"/submissions/{claim.pk}/verify/").status_code == 302
    assert "verified already" in client.post(f"/submissions/{claim.pk}/verify/", follow=True).text
    claim.refresh_from_db()
    assert (claim.state, claim.recorded_by) == ("verified", cast.mentor)
    assert verify_submission(actor=cast.sre, submission=claim) is False


def test_a_failure_after_storing_leaves_no_file(cast, work, tmp_path, monkeypatch):
    """The database says no to the record: the file that was stored before it goes again."""
    stranger = AssignmentFactory(mission=MissionFactory(batch=cast.batch))
    with pytest.raises(IntegrityError), transaction.atomic():
        hand_in(actor=cast.student, mission_enrollment=cast.enrolled, assignment=stranger, file=a_file())
    assert (stored_files(tmp_path), Evidence.objects.count()) == (0, 0)


def test_files_without_a_record_go_at_night(cast, work, tmp_path):
    kept = hand_in(actor=cast.student, mission_enrollment=cast.enrolled, assignment=work, file=a_file()).evidence
    (tmp_path / "homework" / "orphan").write_bytes(b"x")
    with frozen_at(default_storage.get_modified_time(kept.file) + 2 * DAY):
        assert forget_orphaned_files() == 1
    assert [file.name for file in (tmp_path / "homework").iterdir()] == [kept.file.partition("/")[2]]


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_make_one_version_of_the_same_and_two_of_different_work(cast, work, at_once, tmp_path):
    def press(content: bytes) -> bool:
        with frozen_at(NOW):
            return hand_in(
                actor=cast.student, mission_enrollment=cast.enrolled, assignment=work, file=a_file(content)
            ).is_new

    assert sorted(at_once(press, [b"same"] * 4)) == [False, False, False, True]
    at_once(press, [b"one", b"two"])
    assert (Evidence.objects.count(), Submission.objects.count(), stored_files(tmp_path)) == (3, 1, 3)


def test_the_tracker(cast, work, as_):
    def at(name: str, due: timedelta, **fields: object) -> Assignment:
        return AssignmentFactory(mission=cast.mission, title=name, opens_at=NOW - 9 * DAY, due_at=NOW + due, **fields)

    Assignment.objects.all().delete()
    AssignmentFactory(mission=cast.mission, title="Ahead", opens_at=NOW + DAY, due_at=NOW + 2 * DAY)
    at("Open", 3 * DAY)
    at("Soon", DAY)
    at("Late", -DAY, late_share=50)
    at("Missing", -DAY, accepts_late=False)
    done, graded, claimed = at("Done", -3 * DAY), at("Graded", -4 * DAY), at("Claimed", 4 * DAY)
    record_submissions(
        actor=cast.sre,
        rows=[
            (cast.enrolled.pk, done.pk, NOW - 2 * DAY, None),
            (cast.enrolled.pk, graded.pk, None, 71),
            (cast.enrolled2.pk, done.pk, NOW, 99),
        ],
    )
    hand_in(actor=cast.student, mission_enrollment=cast.enrolled, assignment=claimed, link=LINK, file=None)
    client = as_(cast.student)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = BeautifulSoup(client.get("/assignments/").text, "html.parser").main
    assert len(queries) <= 12
    titles = [link.text for link in page.select(".row-title")]
    assert titles == ["Late", "Soon", "Open", "Claimed", "Ahead", "Missing", "Done", "Graded"]
    counts = {link.contents[0].strip(): link.select_one(".count").text for link in page.select(".tabs a")}
    assert counts == {
        "All": "8", "Late": "1", "Due soon": "1", "Open": "1", "Missing": "1", "Handed in": "2", "Graded": "1",
    }  # fmt: skip
    badges = {
        row.select_one(".row-title").text: row.select_one(".row-end").get_text(" ", strip=True)
        for row in page.select(".row")
    }
    assert (badges["Done"], badges["Graded"], badges["Claimed"]) == ("late verified", "71%", "claimed")
    only = BeautifulSoup(client.get("/assignments/?state=missing").text, "html.parser").main
    assert [link.text for link in only.select(".row-title")] == ["Missing"]
    late = Assignment.objects.get(title="Late")
    assert "keeps 50% of its points" in client.get(f"/assignments/{late.pk}/").text


def test_programme_time_stands_beside_local_time_where_they_differ(cast, work, as_):
    url = f"/assignments/{work.pk}/"
    assert "programme time" not in as_(cast.student).get(url).text
    cast.student.timezone = "Europe/Berlin"
    cast.student.save(update_fields=["timezone"])
    text = BeautifulSoup(as_(cast.student).get(url).text, "html.parser").main.get_text(" ", strip=True)
    assert "Mon 23 Nov 2026, 05:00" in text
    assert "Mon 23 Nov, 10:00 programme time (Asia/Dhaka)" in text


def test_whoever_grades_reads_the_work_and_whether_it_came_in_time(cast, work, as_):
    with frozen_at(NOW + 2 * DAY):
        for user, student in ((cast.student, cast.enrolled), (cast.student2, cast.enrolled2)):
            hand_in(actor=user, mission_enrollment=student, assignment=work, link="", file=a_file())
    grant_extensions(actor=cast.sre, rows=[(cast.enrolled.pk, work.pk, NOW + 3 * DAY, "Ill")])
    own, evidence = cast.enrolled.submissions.get(), cast.enrolled.evidence.get()
    page, file = f"/grading/{own.pk}/", f"/evidence/{evidence.pk}/"
    staff_page = f"/assignments/{work.pk}/students/{cast.enrolled.pk}/"
    for person in (cast.mentor, cast.sre):
        client = as_(person)
        shown = client.get(page).text
        assert all(word in shown for word in ("answer.txt", f'href="{file}"', "on time", "(more time)", staff_page))
        assert f'href="{page}"' in client.get(staff_page).text
        assert b"".join(client.get(file).streaming_content) == b"My answer"
    rows = f"/assignments/{work.pk}/submissions/"
    names = {value: as_(cast.sre).get(rows, {"timeliness": value}).text for value in ("on_time", "late", "too_late")}
    assert [[who.name in text for who in (cast.student, cast.student2)] for text in names.values()] == [
        [True, False],
        [False, True],
        [False, False],
    ]
