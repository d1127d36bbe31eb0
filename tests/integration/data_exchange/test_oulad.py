"""A real programme, cut to a sample, through the import: skipped where the data is not there."""

import csv
import os
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from sms.assignments.models import Assignment, Submission
from sms.data_exchange.models import ImportRun
from sms.points.actions import take_requests
from sms.points.models import LedgerEntry
from sms.points.recalculation import count_differences
from sms.programme.models import Batch, Mission, MissionEnrollment
from tests.bench.oulad import totals_of_the_ledger
from tests.oulad_points import totals

SOURCE = Path(os.environ.get("OULAD_DIR", settings.BASE_DIR.parent / "shared" / "data" / "oulad"))
FILES = ("courses", "assessments", "studentRegistration", "studentAssessment")
STUDENTS = 30
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SOURCE.is_dir(), reason=f"the dataset is not in {SOURCE} (or name its folder in OULAD_DIR)"),
]


def rows_of(name: str) -> list[dict[str, str]]:
    with (SOURCE / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def write(folder: Path, name: str, rows: list[dict[str, str]]) -> None:
    with (folder / f"{name}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """Two presentations with the first students of each, among them one in both and one who was banked."""
    courses, assessments, registrations, submissions = map(rows_of, FILES)

    def is_chosen(row: dict[str, str]) -> bool:
        return (row["code_module"], row["code_presentation"]) in {("AAA", "2013J"), ("BBB", "2013B")}

    assessments = [row for row in assessments if is_chosen(row)]
    keys = {row["id_assessment"] for row in assessments}
    submissions = [row for row in submissions if row["id_assessment"] in keys]
    banked = next(row["id_student"] for row in submissions if row["is_banked"] == "True")
    registrations = [row for row in registrations if is_chosen(row)]
    several = [row["id_student"] for row in registrations]
    both = next((student for student in several if several.count(student) > 1), banked)
    left = next(row["id_student"] for row in registrations if row["date_unregistration"])
    students = {banked, both, left, *several[:STUDENTS], *several[-STUDENTS:]}
    write(tmp_path, "courses", [row for row in courses if is_chosen(row)])
    write(tmp_path, "assessments", assessments)
    write(tmp_path, "studentRegistration", [row for row in registrations if row["id_student"] in students])
    write(tmp_path, "studentAssessment", [row for row in submissions if row["id_student"] in students])
    return tmp_path


def load(folder: Path) -> str:
    output = StringIO()
    call_command("load_oulad", str(folder), stdout=output, stderr=StringIO())
    return output.getvalue()


def given(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_sample_comes_in_whole(sample: Path) -> None:
    said = load(sample)
    registrations, submissions = given(sample, "studentRegistration"), given(sample, "studentAssessment")
    assert said == (
        f"The site has what the dataset has: {len(registrations)} enrollments, "
        f"{len(given(sample, 'assessments'))} assessments, {len(submissions)} submissions.\n"
    )
    assert list(Batch.objects.order_by("code").values_list("code", "status", "timezone")) == [
        ("aaa-2013j", "completed", "Europe/London"),
        ("bbb-2013b", "completed", "Europe/London"),
    ]
    left = sum(bool(row["date_unregistration"]) for row in registrations)
    assert MissionEnrollment.objects.filter(access="revoked").count() == left > 0
    banked = [row for row in submissions if row["is_banked"] == "True"]
    assert Submission.objects.filter(submitted_at=None).count() == len(banked) > 0
    assert Submission.objects.filter(grade=None).count() == sum(row["score"] == "" for row in submissions)
    one = submissions[0]
    stored = Submission.objects.get(
        assignment__code__endswith=f"-{one['id_assessment']}",
        mission_enrollment__enrollment__student__student_profile__student_id=one["id_student"],
    )
    since_the_start = stored.submitted_at.date() - stored.assignment.mission.starts_on
    assert (stored.grade, since_the_start.days) == (int(one["score"]), int(one["date_submitted"]))


def test_an_exam_without_a_date_is_due_on_the_last_day(sample: Path) -> None:
    load(sample)
    mission = Mission.objects.get(batch__code="aaa-2013j")
    exam = Assignment.objects.get(mission=mission, title="Exam 1")
    assert (exam.due_at.astimezone(mission.batch.zone).date(), exam.max_points) == (mission.ends_on, 100)


def test_a_second_time_changes_nothing(sample: Path) -> None:
    first = load(sample)
    assert load(sample) == first
    assert [run.writes for run in ImportRun.objects.order_by("-pk")[:5]] == [0] * 5


def test_what_is_missing_is_said_in_a_sentence(sample: Path) -> None:
    (sample / "courses.csv").unlink()
    with pytest.raises(CommandError, match=r"has no courses\.csv\. Name the folder with the files of the dataset\."):
        load(sample)


def test_other_counts_end_with_an_error(sample: Path) -> None:
    load(sample)
    submissions = given(sample, "studentAssessment")
    write(sample, "studentAssessment", submissions[:-1])
    with pytest.raises(
        CommandError, match=rf"{len(submissions)} submissions, and the dataset .* {len(submissions) - 1} subm"
    ):
        load(sample)


def test_every_total_is_what_a_second_computation_from_the_files_says(sample: Path) -> None:
    load(sample)
    assert take_requests() > 0
    expected = totals(sample)
    assert totals_of_the_ledger() == expected
    assert count_differences(MissionEnrollment.objects.all()) == 0
    # The sample has what the two could read differently: late work, results without a time, and grades that end on a half.
    assert LedgerEntry.objects.filter(kind="assignments.late").exists()
    assert any(row["is_banked"] == "True" for row in given(sample, "studentAssessment"))
    weights = {row["id_assessment"]: Decimal(row["weight"]) for row in given(sample, "assessments")}
    scores = [row for row in given(sample, "studentAssessment") if row["score"]]
    assert any(weights[row["id_assessment"]] * int(row["score"]) % 100 == 50 for row in scores)
    assert len(set(expected.values())) > STUDENTS
