"""The screens of imports: what each role sees, without HTMX and with it, posted twice, with an expired session."""

from collections.abc import Callable
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from sms.data_exchange import actions, planning
from sms.data_exchange.choices import RunState
from sms.data_exchange.models import ImportProgress, ImportRow, ImportRun, RememberedMapping
from sms.programme.models import MissionEnrollment
from tests.factories import MissionEnrollmentFactory, StudentFactory
from tests.integration.data_exchange.helpers import finish, planned, undo_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ordinary_morning")]

ACCESS = """
    email,batch,mission,access
    student@example.com,batch-12,js,restricted
    student2@example.com,batch-12,js,full
    nobody@example.com,batch-12,js,full
"""


@pytest.fixture
def run(cast: SimpleNamespace) -> ImportRun:
    """One row to change, one unchanged, one rejected."""
    return planned("enrollments", ACCESS, actor=cast.sre, name="access.csv")


def page_of(run: ImportRun, name: str = "run", *args: object) -> str:
    return reverse(f"data_exchange:{name}", args=[run.pk, *args])


def a_file(text: str, name: str = "access.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


# --- A new import


def test_an_upload_leads_to_its_preview(cast: SimpleNamespace, as_: Callable) -> None:
    text = "email,batch,mission,access\nstudent@example.com,batch-12,js,restricted"
    response = as_(cast.sre).post(reverse("data_exchange:upload", args=["enrollments"]), {"file": a_file(text)})
    run = ImportRun.objects.get()
    assert (response.status_code, response["Location"]) == (302, run.get_absolute_url())
    assert (run.origin, run.title, run.started_by, run.state) == ("upload", "access.csv", cast.sre, RunState.PLANNING)


def test_pasted_rows_are_read_like_a_file(cast: SimpleNamespace, as_: Callable) -> None:
    text = "Email\tBatch\tMission\tAccess\r\nstudent@example.com\tbatch-12\tjs\trestricted"
    as_(cast.sre).post(reverse("data_exchange:upload", args=["enrollments"]), {"text": text})
    run = ImportRun.objects.get()
    actions.plan(run_id=run.pk)
    run.refresh_from_db()
    assert (run.origin, run.state, run.changed) == ("paste", RunState.PLANNED, 1)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Choose a file or paste rows."),
        ({"text": "  \n "}, "Choose a file or paste rows."),
        ({"text": "email\na@b.c", "file": "email\na@b.c"}, "Choose a file or paste rows, not both."),
    ],
)
def test_one_source_is_needed(cast: SimpleNamespace, as_: Callable, data: dict, sentence: str) -> None:
    data = {name: a_file(text) if name == "file" else text for name, text in data.items()}
    response = as_(cast.sre).post(reverse("data_exchange:upload", args=["enrollments"]), data)
    assert response.status_code == 422
    assert sentence in response.text
    assert not ImportRun.objects.exists()


def test_a_refused_file_says_why_and_what_next(cast: SimpleNamespace, as_: Callable) -> None:
    client = as_(cast.sre)
    page = client.post(
        reverse("data_exchange:upload", args=["enrollments"]), {"file": a_file("<!doctype html><html>")}, follow=True
    )
    assert "is not what its name says" in page.text
    assert reverse("data_exchange:upload", args=["enrollments"]) in page.text
    assert "Match the columns yourself" not in page.text


def test_people_import_only_what_their_role_may(cast: SimpleNamespace, as_: Callable) -> None:
    missions = reverse("data_exchange:upload", args=["missions"])
    assert as_(cast.manager).get(missions).status_code == 200
    assert as_(cast.sre).get(missions).status_code == 404
    assert as_(cast.sre).post(missions, {"text": "batch,mission\nb,m"}).status_code == 404
    assert as_(cast.sre).get(reverse("data_exchange:template", args=["missions", "csv"])).status_code == 404
    assert missions not in as_(cast.sre).get(reverse("data_exchange:start")).text


def test_the_template_has_the_headings_of_the_kind(cast: SimpleNamespace, as_: Callable) -> None:
    client = as_(cast.sre)
    csv = client.get(reverse("data_exchange:template", args=["enrollments", "csv"]))
    assert b"".join(csv.streaming_content).decode("utf-8-sig") == "email,batch,mission,access\r\n"
    xlsx = client.get(reverse("data_exchange:template", args=["enrollments", "xlsx"]))
    sheet = load_workbook(BytesIO(b"".join(xlsx.streaming_content))).active
    assert [[cell.value for cell in row] for row in sheet] == [["email", "batch", "mission", "access"]]
    assert client.get("/imports/templates/enrollments.pdf").status_code == 404


# --- The preview


def test_the_preview_shows_counts_changes_and_faults(cast: SimpleNamespace, as_: Callable, run: ImportRun) -> None:
    text = as_(cast.sre).get(run.get_absolute_url()).text
    assert "Apply: 1 changed" in text
    for part in ("<del><span", "restricted", "<ins>", "No student has this address", "line 2"):
        assert part in text
    assert f"{run.get_absolute_url()}?status=rejected" in text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("status=changed", {"Arif Rahman"}),
        ("status=unchanged", {"Tanvir Hasan"}),
        ("status=rejected", {"nobody@example.com"}),
        ("warned=1", set()),
        ("q=student2", {"Tanvir Hasan"}),
    ],
)
def test_a_count_leads_to_its_rows(
    cast: SimpleNamespace, as_: Callable, run: ImportRun, query: str, shown: set[str]
) -> None:
    text = as_(cast.sre).get(f"{run.get_absolute_url()}?{query}").text
    assert {name for name in ("Arif Rahman", "Tanvir Hasan", "nobody@example.com") if name in text} == shown


def test_thousands_of_rows_cost_the_same_queries(
    cast: SimpleNamespace, as_: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small chunks make many of them; the page is one of many pages."""
    monkeypatch.setattr(planning, "CHUNK", 40)
    lines = "\n".join(f"someone{n}@example.com,batch-12,js,full" for n in range(150))
    few = planned("enrollments", ACCESS, actor=cast.sre)
    many = planned("enrollments", f"email,batch,mission,access\n{lines}", actor=cast.sre)
    client = as_(cast.sre)
    client.get(few.get_absolute_url())

    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    assert (many.rows.count(), many.rejected) == (150, 150)
    assert queries(f"{many.get_absolute_url()}?page=3") == queries(few.get_absolute_url())


def test_rejected_rows_come_back_in_the_same_format(cast: SimpleNamespace, as_: Callable, run: ImportRun) -> None:
    csv = as_(cast.sre).get(page_of(run, "rejected", "csv"))
    heading, row = b"".join(csv.streaming_content).decode("utf-8-sig").splitlines()
    assert heading == "email,batch,mission,access,reason"
    assert row.startswith("nobody@example.com,batch-12,js,full,")
    assert "No student has this address" in row
    xlsx = as_(cast.sre).get(page_of(run, "rejected", "xlsx"))
    sheet = load_workbook(BytesIO(b"".join(xlsx.streaming_content))).active
    assert [cell.value for cell in sheet[2]][:4] == ["nobody@example.com", "batch-12", "js", "full"]


def test_the_mended_file_of_rejected_rows_can_be_imported(cast: SimpleNamespace, as_: Callable, run: ImportRun) -> None:
    StudentFactory(email="nobody@example.com", name="Nobody Known")
    csv = as_(cast.sre).get(page_of(run, "rejected", "csv"))
    again = planned("enrollments", b"".join(csv.streaming_content), actor=cast.sre)
    assert (again.state, again.new, again.rejected, again.options["unknown"]) == ("planned", 1, 0, ["reason"])


def test_someone_elses_import_is_nowhere(cast: SimpleNamespace, as_: Callable, run: ImportRun) -> None:
    other = as_(cast.sre2)
    assert run.title not in other.get(reverse("data_exchange:runs")).text
    for name in ("run", "progress", "mapping"):
        assert other.get(page_of(run, name)).status_code == 404
    for name in ("confirm", "cancel", "again", "undo", "mapping"):
        assert other.post(page_of(run, name)).status_code == 404
    assert other.get(page_of(run, "rejected", "csv")).status_code == 404
    run.refresh_from_db()
    assert run.state == RunState.PLANNED
    assert run.title in as_(cast.admin).get(reverse("data_exchange:runs")).text


def test_the_filter_of_people_is_for_those_who_see_them(cast: SimpleNamespace, as_: Callable, run: ImportRun) -> None:
    runs = reverse("data_exchange:runs")
    assert "person" not in as_(cast.sre).get(runs).context["filter"].form.fields
    admin = as_(cast.admin)
    assert run.title in admin.get(f"{runs}?person={cast.sre.pk}").text
    assert run.title not in admin.get(f"{runs}?kind=missions").text


# --- Confirming, cancelling, undoing


def test_confirming_twice_applies_once(cast: SimpleNamespace, as_: Callable, run: ImportRun) -> None:
    client = as_(cast.sre)
    for _time in range(2):
        response = client.post(page_of(run, "confirm"))
        assert (response.status_code, response["Location"]) == (302, run.get_absolute_url())
    actions.apply(run_id=run.pk)
    assert client.post(page_of(run, "confirm")).status_code == 302
    run.refresh_from_db()
    assert run.state == RunState.APPLIED
    assert MissionEnrollment.objects.get(pk=cast.enrolled.pk).access == "restricted"
    text = client.get(run.get_absolute_url()).text
    assert "Applied: 1 changed" in text
    assert "Take back" in text


def test_a_large_change_needs_a_tick(cast: SimpleNamespace, as_: Callable, run: ImportRun, settings: object) -> None:
    settings.IMPORT_LARGE_ROWS, settings.IMPORT_LARGE_SHARE = 0, 0.1
    client = as_(cast.sre)
    assert "Yes, change all of them" in client.get(run.get_absolute_url()).text
    page = client.post(page_of(run, "confirm"), follow=True)
    assert "Tick the box to say that you mean it." in page.text
    run.refresh_from_db()
    assert run.state == RunState.PLANNED
    client.post(page_of(run, "confirm"), {"large": "yes"})
    run.refresh_from_db()
    assert run.state == RunState.APPLYING


def test_cancelling_changes_nothing_and_can_be_thought_over(
    cast: SimpleNamespace, as_: Callable, run: ImportRun
) -> None:
    client = as_(cast.sre)
    client.post(page_of(run, "cancel"))
    text = client.get(run.get_absolute_url()).text
    assert "Cancelled, nothing was changed" in text
    assert page_of(run, "confirm") not in text
    client.post(page_of(run, "again"))
    run.refresh_from_db()
    assert run.state == RunState.PLANNING


def test_an_undo_has_a_preview_of_its_own(cast: SimpleNamespace, as_: Callable, run: ImportRun) -> None:
    finish(run, actor=cast.sre)
    client = as_(cast.sre)
    response = client.post(page_of(run, "undo"))
    undo = ImportRun.objects.get(undoes=run)
    assert response["Location"] == undo.get_absolute_url()
    assert client.post(page_of(run, "undo"))["Location"] == undo.get_absolute_url()
    actions.plan(run_id=undo.pk)
    assert "Take back: 1 restored" in client.get(undo.get_absolute_url()).text
    client.post(page_of(undo, "confirm"))
    actions.apply(run_id=undo.pk)
    assert "Taken back: 1 restored" in client.get(undo.get_absolute_url()).text
    text = client.get(run.get_absolute_url()).text
    assert "Nusrat Rahman took this import back" in text
    assert page_of(run, "undo") not in text
    assert MissionEnrollment.objects.get(pk=cast.enrolled.pk).access == "full"


def test_an_undo_names_what_it_leaves_with_both_values(cast: SimpleNamespace, as_: Callable, run: ImportRun) -> None:
    finish(run, actor=cast.sre)
    MissionEnrollment.objects.filter(pk=cast.enrolled.pk).update(access="revoked")
    undo = undo_of(run, actor=cast.sre)
    text = as_(cast.sre).get(f"{undo.get_absolute_url()}?status=kept").text
    assert "Arif Rahman" in text
    assert "revoked" in text
    assert "restricted" in text
    assert "There is nothing to apply" in text


# --- Progress


@pytest.fixture
def at_work(run: ImportRun) -> ImportRun:
    actions.confirm(actor=run.started_by, run=run, wait=True)
    ImportProgress.objects.filter(run=run).update(done=2, total=3)
    return run


HTMX = {"HX-Request": "true", "HX-Target": "run"}


def test_the_poll_is_cheap_and_ends_by_itself(cast: SimpleNamespace, as_: Callable, at_work: ImportRun) -> None:
    client = as_(cast.sre)
    client.get(page_of(at_work, "progress"), headers=HTMX)
    with CaptureQueriesContext(connection) as captured:
        fragment = client.get(page_of(at_work, "progress"), headers=HTMX).text
    assert 'hx-trigger="every 1s"' in fragment
    assert "2 of 3" in fragment
    assert "<html" not in fragment
    assert len(captured) == 3  # the session, the person, the import with its progress
    actions.apply(run_id=at_work.pk)
    done = client.get(page_of(at_work, "progress"), headers=HTMX).text
    assert "Applied: 1 changed" in done
    assert "every 1s" not in done
    assert "<html" not in done


def test_without_scripts_the_page_looks_again(cast: SimpleNamespace, as_: Callable, at_work: ImportRun) -> None:
    client = as_(cast.sre)
    assert '<noscript><meta http-equiv="refresh"' in client.get(at_work.get_absolute_url()).text
    assert client.get(page_of(at_work, "progress"))["Location"] == at_work.get_absolute_url()


def test_a_poll_whose_session_has_expired_leads_to_the_sign_in(
    cast: SimpleNamespace, as_: Callable, at_work: ImportRun
) -> None:
    response = as_(None).get(page_of(at_work, "progress"), headers=HTMX)
    assert response["HX-Redirect"].startswith(reverse("account_login"))


def test_cancelling_while_the_worker_is_at_it_is_asked_for(
    cast: SimpleNamespace, as_: Callable, at_work: ImportRun
) -> None:
    client = as_(cast.sre)
    ImportProgress.objects.filter(run=at_work).update(cancel_requested=True)
    assert "Stopping…" in client.get(page_of(at_work, "progress"), headers=HTMX).text


# --- Matching the columns

UNCLEAR = "List of June\nWho,Cohort,Mission,Password\nstudent@example.com,batch-12,js,secret\n"


@pytest.fixture
def unclear(cast: SimpleNamespace) -> ImportRun:
    return actions.start_import(actor=cast.sre, kind="enrollments", name="june.csv", content=BytesIO(UNCLEAR.encode()))


def test_headings_that_say_nothing_are_asked_about(cast: SimpleNamespace, as_: Callable, unclear: ImportRun) -> None:
    client = as_(cast.sre)
    assert unclear.state == RunState.REFUSED
    assert "Match the columns yourself" in client.get(unclear.get_absolute_url()).text
    page = client.get(page_of(unclear, "mapping"))
    form = page.context["form"]
    assert (form["column-email"].value(), form["column-batch"].value(), form["column-mission"].value()) == (None, 1, 2)
    assert "Ignored on purpose: Password" in page.text
    assert "“" not in form.unused
    response = client.post(page_of(unclear, "mapping"), answer(email="0", batch="1", mission="2"))
    assert response["Location"] == unclear.get_absolute_url()
    actions.plan(run_id=unclear.pk)
    unclear.refresh_from_db()
    assert (unclear.state, unclear.unchanged) == (RunState.PLANNED, 1)
    assert RememberedMapping.objects.get().mapping == {"email": "Who", "batch": "Cohort", "mission": "Mission"}


def answer(*, heading_row: str = "1", sheet: str = "", **columns: str) -> dict[str, str]:
    return {"heading_row": heading_row, "sheet": sheet} | {f"column-{name}": place for name, place in columns.items()}


def test_a_missing_key_keeps_what_was_chosen(cast: SimpleNamespace, as_: Callable, unclear: ImportRun) -> None:
    response = as_(cast.sre).post(page_of(unclear, "mapping"), answer(email="", batch="1", mission="2"))
    assert response.status_code == 422
    assert "Say which column holds email" in response.text
    assert response.context["form"]["column-mission"].value() == "2"


def test_a_column_cannot_mean_two_things(cast: SimpleNamespace, as_: Callable, unclear: ImportRun) -> None:
    response = as_(cast.sre, htmx=True).post(page_of(unclear, "mapping"), answer(email="0", batch="2", mission="2"))
    assert response.status_code == 422
    assert "used twice" in response.text
    assert "<html" not in response.text


def test_another_heading_row_shows_its_columns(cast: SimpleNamespace, as_: Callable, unclear: ImportRun) -> None:
    page = as_(cast.sre).get(f"{page_of(unclear, 'mapping')}?heading_row=0")
    assert [column.heading for column in page.context["look"].columns] == ["List of June"]
    chosen = as_(cast.sre, htmx=True).get(f"{page_of(unclear, 'mapping')}?heading_row=1&column-email=0")
    assert "student@example.com" in chosen.text
    kept = as_(cast.sre).get(f"{page_of(unclear, 'mapping')}?heading_row=1&column-batch=&constant-batch=batch-12")
    assert (kept.context["form"]["column-batch"].value(), kept.context["form"]["constant-batch"].value()) == (
        "",
        "batch-12",
    )
    for nonsense in ("heading_row=99", "heading_row=x", "sheet=nowhere", "column-email=99"):
        assert as_(cast.sre).get(f"{page_of(unclear, 'mapping')}?{nonsense}").status_code == 200


def test_one_batch_for_all_rows(cast: SimpleNamespace, as_: Callable) -> None:
    content = BytesIO(b"email,mission\nstudent@example.com,js")
    run = actions.start_import(actor=cast.sre, kind="enrollments", name="js.csv", content=content)
    assert (run.state, run.options["missing"]) == (RunState.MAPPING, ["batch"])
    client = as_(cast.sre)
    assert client.get(run.get_absolute_url())["Location"] == page_of(run, "mapping")
    data = answer(heading_row="0", email="0", mission="1") | {"constant-batch": "batch-12"}
    assert client.post(page_of(run, "mapping"), data).status_code == 302
    actions.plan(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.unchanged) == (RunState.PLANNED, 1)


def test_day_and_month_are_asked_once_with_an_example(cast: SimpleNamespace, as_: Callable) -> None:
    text = "batch,mission,title,order,status,starts_on,ends_on\nbatch-12,css,CSS,2,upcoming,3/4/2026,20/5/2026"
    run = planned("missions", text, actor=cast.manager)
    assert run.state == RunState.MAPPING
    client = as_(cast.manager)
    assert client.get(page_of(run, "progress"), headers=HTMX)["HX-Redirect"] == page_of(run, "mapping")
    page = client.get(page_of(run, "mapping"))
    assert "“3/4/2026” is" in page.text
    assert "3 April 2026" in page.text
    assert "4 March 2026" in page.text
    data = answer(heading_row="0", batch="0", mission="1", title="2", order="3", status="4", starts_on="5", ends_on="6")
    assert client.post(page_of(run, "mapping"), data).status_code == 422
    client.post(page_of(run, "mapping"), data | {"order-starts_on": "dmy"})
    actions.plan(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.rows.get().values["starts_on"]) == (RunState.PLANNED, "2026-04-03")


def test_another_sheet_of_a_workbook(cast: SimpleNamespace, as_: Callable) -> None:
    workbook = Workbook()
    workbook.active.title = "Remarks"
    workbook.active.append(["Nothing", "here"])
    sheet = workbook.create_sheet("Access")
    sheet.append(["email", "batch", "mission", "access"])
    sheet.append(["student@example.com", "batch-12", "js", "restricted"])
    content = BytesIO()
    workbook.save(content)
    run = actions.start_import(actor=cast.sre, kind="enrollments", name="book.xlsx", content=content)
    client = as_(cast.sre)
    page = client.get(f"{page_of(run, 'mapping')}?sheet=Access")
    assert [column.heading for column in page.context["look"].columns] == ["email", "batch", "mission", "access"]
    data = answer(heading_row="0", sheet="Access", email="0", batch="1", mission="2", access="3")
    client.post(page_of(run, "mapping"), data)
    actions.plan(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.changed) == (RunState.PLANNED, 1)


def test_what_is_applied_cannot_be_mapped_again(cast: SimpleNamespace, as_: Callable, run: ImportRun) -> None:
    finish(run, actor=cast.sre)
    client = as_(cast.sre)
    assert client.get(page_of(run, "mapping"))["Location"] == run.get_absolute_url()
    client.post(page_of(run, "mapping"), answer(heading_row="0", email="0", batch="1", mission="2"))
    run.refresh_from_db()
    assert run.state == RunState.APPLIED


# --- What must not be told


def test_a_manager_sees_names_instead_of_addresses_that_they_did_not_give(cast: SimpleNamespace, as_: Callable) -> None:
    rows = [
        {"student_email": email, "batch": "batch-12", "mission": "js", "mentor_email": "mentor2@example.com"}
        for email in ("student@example.com", "gone@example.com", "typo@gmail.con")
    ]
    run = actions.start_from_rows(actor=cast.manager, kind="mentor-assignments", title="Assign", rows=rows)
    actions.plan(run_id=run.pk)
    run.refresh_from_db()
    assert (run.new, run.rejected, run.warned) == (1, 2, 1)
    client = as_(cast.manager)
    text = client.get(run.get_absolute_url()).text
    assert "Arif Rahman" in text
    assert "student@example.com" not in text
    assert "gone@example.com" not in text
    assert "typo@" not in text
    assert "Ask somebody who may see contacts" in text
    assert client.get(page_of(run, "rejected", "csv")).status_code == 404
    assert "student@example.com" not in as_(cast.admin).get(run.get_absolute_url()).text, (
        "a preview is no logged reveal"
    )


def test_pruned_rows_leave_a_line(cast: SimpleNamespace, as_: Callable, run: ImportRun) -> None:
    finish(run, actor=cast.sre)
    ImportRow.objects.filter(run=run).delete()
    assert "The rows of an import are kept for" in as_(cast.sre).get(run.get_absolute_url()).text


def test_a_file_of_thousands_in_other_batches_shows_no_more_names(cast: SimpleNamespace, as_: Callable) -> None:
    """A row is what the person gave: of a student it tells the name, and nothing of their other missions."""
    other = MissionEnrollmentFactory(student=cast.student, mission__code="secret-mission")
    run = planned("enrollments", ACCESS, actor=cast.sre)
    assert other.mission.code not in as_(cast.sre).get(run.get_absolute_url()).text
