"""Every file that nobody here made is read to its end."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings

from sms.data_exchange.headings import TARGETS, Match, find_heading_row, match_headings
from sms.data_exchange.reading import FileRefused, Limits, SourceRow, open_source

ROSTERS = Path(settings.BASE_DIR).parent / "shared" / "data" / "rosters"
FILES = sorted(path.relative_to(ROSTERS).as_posix() for path in ROSTERS.rglob("*.csv"))

pytestmark = pytest.mark.skipif(not FILES, reason=f"{ROSTERS} is not there")


def rows_of(name: str) -> list[SourceRow]:
    with (ROSTERS / name).open("rb") as file:
        return list(open_source(file, name, limits=Limits()).rows())


def matched(name: str, kind: str) -> tuple[Match, list[SourceRow]]:
    rows = rows_of(name)
    row = find_heading_row(rows, TARGETS[kind], kind)
    return match_headings(rows[row].cells, TARGETS[kind], kind, row=row), rows[row + 1 :]


@pytest.mark.parametrize("name", FILES)
def test_rows_are_those_that_csv_reads(name: str) -> None:
    text = (ROSTERS / name).read_bytes().decode()
    expected = [cells for cells in csv.reader(StringIO(text, newline="")) if any(cells)]
    width = max(map(len, expected))
    assert [row.cells + [""] * (width - len(row.cells)) for row in rows_of(name)] == expected


def test_students_of_school_data_sync() -> None:
    match, rows = matched("sds-25/Student.csv", "students")
    assert (match.recognised, match.ignored_secrets, len(rows)) == ("sds-students", ["Password"], 22)
    assert match.texts(rows[0].cells) == {
        "student_id": "13001",
        "email": "",
        "name": "Ora Christopher Klein",
        "status": "active",
    }
    assert {match.texts(row.cells, domain="contoso.com")["email"].count("@contoso.com") for row in rows} == {1}


def test_enrollments_of_school_data_sync() -> None:
    match, rows = matched("sds-25/StudentEnrollment.csv", "enrollments")
    assert (match.recognised, match.missing, len(rows)) == ("sds-enrollments", ["batch"], 44)
    assert match.texts(rows[0].cells) == {"student_id": "13001", "mission": "11001", "access": ""}


def outcome(name: str, kind: str) -> str:
    """“taken” when each row gives its texts, else why the file was refused."""
    try:
        match, rows = matched(name, kind)
    except FileRefused as refused:
        return refused.sentence
    assert all(match.texts(row.cells) for row in rows)
    return "taken"


def test_each_file_is_taken_or_refused_with_a_sentence_as_each_kind() -> None:
    outcomes = {(name, kind): outcome(name, kind) for name in FILES for kind in TARGETS}
    assert {pair for pair, said in outcomes.items() if said == "taken"} == {
        ("sds-25/Student.csv", "students"),
        ("sds-25/StudentEnrollment.csv", "enrollments"),
        # These have an id of a person or a place: that it is no student's is known only where students are.
        ("sds-25/TeacherRoster.csv", "enrollments"),
        ("sds-25/Teacher.csv", "enrollments"),
        ("sds-25/Section.csv", "enrollments"),
        ("sds-25/School.csv", "enrollments"),
    }
    reasons = ("taken", "The file has no column for", "Several headings mean")
    assert [said for said in outcomes.values() if not said.startswith(reasons)] == []
