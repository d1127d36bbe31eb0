"""Whole kinds as files: what is in them, who gets them, that it is logged, and that they read back as no change."""

import csv
import json
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO, StringIO
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from sms.accounts.models import User
from sms.assignments.actions import grant_extensions, record_submissions
from sms.attendance.actions import Was, set_meeting_records
from sms.audit.models import Event
from sms.core import clock
from sms.data_exchange import exporting
from sms.data_exchange.cells import BLANK, CLEAR, NameCell, TextCell, guard_formula, read_cell
from sms.data_exchange.kinds import KINDS
from sms.outreach.choices import Outcome
from sms.outreach.models import Call
from tests.factories import (
    AssignmentFactory,
    CallEntryFactory,
    MeetingFactory,
    MissionEnrollmentFactory,
    StudentFactory,
    attended,
)
from tests.integration.data_exchange.helpers import counts, planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ordinary_morning")]

NASTY = ["=HYPERLINK(1)x", "আরিফ রহমান", 'O\'Neil "Nil", Jr.', "'quoted", "-5 x", "@home", "ক্ষুদ্র, দ্বিতীয়"]


@pytest.fixture
def programme(cast: SimpleNamespace) -> SimpleNamespace:
    """Something of every kind, with values that a spreadsheet would spoil."""
    for number, name in enumerate(NASTY):
        student = StudentFactory(name=name, email=f"s{number}@example.com", phone=f"+88017123456{number:02}")
        student.student_profile.student_id = f"00{number}"
        student.student_profile.city = "=Dhaka"
        student.student_profile.save(update_fields=["student_id", "city"])
        MissionEnrollmentFactory(mission=cast.mission, student=student)
    attended(cast.enrolled, "PLAE", clock.today(cast.batch.zone))
    work = AssignmentFactory(mission=cast.mission, title="=1+1, “first”")
    record_submissions(actor=cast.sre, rows=[(cast.enrolled.pk, work.pk, clock.now(), 80)])
    grant_extensions(
        actor=cast.sre, rows=[(cast.enrolled.pk, work.pk, work.due_at + timedelta(microseconds=7), "=Ill\nand away")]
    )
    meeting = MeetingFactory(mission=cast.mission)
    was = (Was("late", minutes=0, joined_at=clock.now()), Was("excused", reason="-ill, “at home”"))
    set_meeting_records(
        actor=cast.sre,
        rows={(meeting.pk, place.pk): each for place, each in zip((cast.enrolled, cast.enrolled2), was, strict=True)},
    )
    entry = CallEntryFactory(mission_enrollment=cast.enrolled)
    Call.objects.create(
        entry=entry, caller=cast.sre, started_at=clock.now(), outcome=Outcome.PICKED, notes="-ill\nback, on “Monday”"
    )
    return cast


def file_of(kind: str, user: User, file_format: str = "csv", **filters: str) -> bytes:
    file = BytesIO()
    write = exporting.write_csv if file_format == "csv" else exporting.write_xlsx
    write(file, kind, user, filters)
    return file.getvalue()


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"))))


# --- What is exported reads back as no change


@pytest.mark.parametrize("file_format", exporting.FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_export_reads_back_as_no_change(programme: SimpleNamespace, kind: str, file_format: str) -> None:
    content = file_of(kind, programme.admin, file_format)
    run = planned(kind, content, actor=programme.admin, name=f"file.{file_format}")
    assert run.state == "planned", run.sentence
    assert run.unchanged > 0
    assert counts(run) == {"unchanged": run.unchanged}, [row.messages or row.before for row in run.rows.all()][:5]


texts = st.text(
    st.sampled_from("=+-@'\t\"#,;|<> \u00a0\u200dআরিফ্ষনabcXYZ0123456789éʼ’."), min_size=1, max_size=24
) | st.sampled_from([*NASTY, "<clear>", "#N/A x", "007", "1e5", "'=1", "''x", "TRUE"])


def kept(cell: object, text: str) -> str | None:
    """What the site would hold of the text, or None."""
    try:
        value = read_cell(cell, guard_formula(text))
    except ValueError:
        return None
    return None if value is BLANK or value is CLEAR else value


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=5))
def test_any_values_read_back_as_no_change(cast: SimpleNamespace, people: list[tuple[str, str, str]]) -> None:
    numbers: set[str] = set()
    made = []
    for place, (name, city, number) in enumerate(people):
        student = StudentFactory(email=f"x{place}@example.com", name=kept(NameCell(), name) or "Plain")
        student.student_profile.city = kept(TextCell(100), city) or ""
        number = kept(TextCell(40), number)
        if number and number not in numbers:
            numbers.add(number)
            student.student_profile.student_id = number
        student.student_profile.save()
        made.append(student.pk)
    try:
        for file_format in exporting.FORMATS:
            run = planned(
                "students", file_of("students", cast.admin, file_format), actor=cast.admin, name=f"file.{file_format}"
            )
            told = [(row.key, row.before, row.values, row.messages) for row in run.rows.exclude(status="unchanged")]
            assert (run.state, told) == ("planned", [])
            assert run.unchanged == len(people) + 2
    finally:
        User.objects.filter(pk__in=made).delete()


# --- Downloads


def test_a_kind_is_downloaded_with_its_filters(programme: SimpleNamespace, as_: Callable) -> None:
    client = as_(programme.sre)
    url = reverse("data_exchange:export", args=["enrollments"])
    response = client.post(url, {"file_format": "csv", "mission": "js", "access": "full"})
    assert response["Content-Disposition"].startswith('attachment; filename="enrollments-2026-11-22.csv"')
    rows = rows_of(b"".join(response.streaming_content))
    assert len(rows) == len(NASTY) + 2
    assert {row["mission"] for row in rows} == {"js"}
    xlsx = client.post(url, {"file_format": "xlsx", "access": "revoked"})
    sheet = load_workbook(BytesIO(b"".join(xlsx.streaming_content))).active
    assert [[cell.value for cell in row] for row in sheet] == [["email", "batch", "mission", "access"]]


def test_contacts_leave_the_site_only_with_a_note(programme: SimpleNamespace, as_: Callable) -> None:
    client = as_(programme.sre)
    client.post(
        reverse("data_exchange:export", args=["students"]), {"file_format": "csv", "batch": programme.batch.code}
    )
    event = Event.objects.get(verb="exported")
    assert (event.actor_id, event.data) == (
        programme.sre.pk,
        {"kinds": ["students"], "filters": {"batch": programme.batch.code}},
    )
    client.post(reverse("data_exchange:export", args=["missions"]), {"file_format": "csv"})
    assert Event.objects.filter(verb="exported").count() == 1


def test_people_export_only_what_their_role_may(programme: SimpleNamespace, as_: Callable) -> None:
    manager = as_(programme.manager)
    page = manager.get(reverse("data_exchange:exports")).text
    for kind in ("students", "staff", "enrollments", "mentor-assignments", "calls"):
        url = reverse("data_exchange:export", args=[kind])
        assert url not in page
        assert manager.post(url, {"file_format": "csv"}).status_code == 404
    assert reverse("data_exchange:export", args=["missions"]) in page
    assert not Event.objects.filter(verb="exported").exists()


def test_a_download_is_never_a_get(programme: SimpleNamespace, as_: Callable) -> None:
    assert as_(programme.admin).get(reverse("data_exchange:export", args=["students"])).status_code == 405
    assert as_(programme.admin).get(reverse("data_exchange:export-all")).status_code == 405


def test_unknown_filters_and_formats_are_refused(programme: SimpleNamespace, as_: Callable) -> None:
    for data in ({"file_format": "pdf"}, {"file_format": "csv", "batch": "nowhere"}, {}):
        response = as_(programme.sre).post(reverse("data_exchange:export", args=["students"]), data)
        assert response["Location"] == reverse("data_exchange:exports")
    assert not Event.objects.filter(verb="exported").exists()


def test_everything_is_one_zip_that_can_be_read_back(programme: SimpleNamespace, as_: Callable) -> None:
    response = as_(programme.admin).post(reverse("data_exchange:export-all"))
    with ZipFile(BytesIO(b"".join(response.streaming_content))) as archive:
        names = archive.namelist()
        assert names == [f"{number:02}-{kind}.csv" for number, kind in enumerate(KINDS, start=1)]
        for name in names:
            kind = name[3:].removesuffix(".csv")
            run = planned(kind, archive.read(name), actor=programme.admin)
            assert counts(run) == {"unchanged": run.unchanged}, kind
    assert set(Event.objects.get(verb="exported").data["kinds"]) == {k for k in KINDS if KINDS[k].has_contacts}


def test_rows_are_streamed_with_few_queries(cast: SimpleNamespace) -> None:
    for _number in range(30):
        MissionEnrollmentFactory(mission=cast.mission)
    with CaptureQueriesContext(connection) as captured:
        assert sum(1 for _row in exporting.export_rows("students", cast.admin, {})) == 33
    assert len(captured) <= 3


# --- The command


def exported(capfdbinary: pytest.CaptureFixture, *arguments: str) -> bytes:
    call_command("export_data", *arguments)
    return capfdbinary.readouterr().out


def test_the_command_writes_the_file_to_standard_output(
    programme: SimpleNamespace, capfdbinary: pytest.CaptureFixture
) -> None:
    content = exported(capfdbinary, "students", "--filter", "status=active")
    assert content == file_of("students", programme.admin, status="active")
    assert exported(capfdbinary, "missions", "--format", "xlsx").startswith(b"PK")
    assert Event.objects.get(verb="exported").actor_id is None


def test_the_command_says_what_is_wrong(programme: SimpleNamespace) -> None:
    with pytest.raises(CommandError, match="name=value, with one of these names: email, batch, mission, access"):
        call_command("export_data", "enrollments", "--filter", "colour=red")
    with pytest.raises(CommandError, match="may export students"):
        call_command("export_data", "students", "--as", "manager@example.com")


def test_the_export_of_a_command_is_what_the_import_of_a_command_reads(
    programme: SimpleNamespace, capsys: pytest.CaptureFixture, tmp_path: object
) -> None:
    file = tmp_path / "students.csv"
    file.write_bytes(file_of("students", programme.admin))
    with pytest.raises(SystemExit) as ended:
        call_command("import_data", "students", str(file), "--json")
    told = json.loads(capsys.readouterr().out)
    assert (ended.value.code, told["unchanged"], told["new"], told["changed"]) == (0, len(NASTY) + 2, 0, 0)
