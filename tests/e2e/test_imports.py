"""Data in, from a bad file to its undo: by upload, by keyboard alone, and by pasting on a phone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sms.data_exchange.models import ImportRun
from sms.programme.models import MissionEnrollment
from tests.e2e.conftest import DESKTOP

BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["htmx", "plain"])

# The address has a heading that says nothing, one row names nobody, and a password has strayed in.
BAD = """Access list of June
Who,Cohort,Mission,Access,Password
student@example.com,batch-12,js,restricted,x
STUDENT2@example.com,batch-12,js,full,x
nobody@example.com,batch-12,js,full,x
"""


@pytest.fixture(autouse=True)
def _morning(ordinary_morning, worker):
    """The clock of the cast, and a worker that reads and applies."""


@pytest.fixture
def bad_file(tmp_path: Path) -> Path:
    file = tmp_path / "june.csv"
    file.write_text(BAD)
    return file


def access(cast) -> str:
    return MissionEnrollment.objects.get(pk=cast.enrolled.pk).access


def wait_for(page: Page, words: str) -> None:
    """For the worker. Without scripts the page asks again by itself, every three seconds."""
    expect(page.get_by_text(words).first).to_be_visible(timeout=15_000)


@BOTH
def test_a_bad_file_is_matched_previewed_applied_and_taken_back(cast, visit, bad_file, javascript):
    page = visit(cast.sre, javascript=javascript, size=DESKTOP)
    page.goto("/imports/")
    page.get_by_role("link", name="Import", exact=True).first.click()
    page.get_by_role("link", name="Enrollments").click()
    page.get_by_label("Choose a file, or drop it here").set_input_files(bad_file)
    page.get_by_role("button", name="Read and preview").click()
    expect(page.get_by_role("heading", name="The file was refused")).to_be_visible()
    page.get_by_role("link", name="Match the columns yourself").click()
    expect(page.get_by_text("Ignored on purpose: Password")).to_be_visible()
    page.get_by_label("email key").select_option("Who")
    if javascript:
        expect(page.locator(".import-samples").get_by_text("student@example.com")).to_be_visible()
    page.get_by_role("button", name="Read and preview").click()
    wait_for(page, "Ready: 1 changed")
    assert access(cast) == "full"
    page.get_by_role("link", name=re.compile("1 rejected")).click()
    expect(page.get_by_text("No student has this address")).to_be_visible()
    expect(page.get_by_text("Arif Rahman")).to_have_count(0)
    page.get_by_role("button", name="Apply: 1 changed").click()
    wait_for(page, "Applied: 1 changed")
    assert access(cast) == "restricted"
    page.get_by_role("button", name="Take back").click()
    wait_for(page, "Ready: 1 restored")
    page.get_by_role("button", name="Take back: 1 restored").click()
    wait_for(page, "Taken back: 1 restored")
    assert access(cast) == "full"
    page.goto("/imports/")
    expect(page.get_by_role("link", name="june.csv")).to_have_count(2)


def test_the_end_of_the_work_is_read_out_without_a_reload(cast, visit, bad_file):
    page = visit(cast.sre, size=DESKTOP)
    page.goto("/imports/new/enrollments/")
    page.get_by_label("Rows from a spreadsheet").fill(
        "email,batch,mission,access\nstudent@example.com,batch-12,js,revoked"
    )
    page.get_by_role("button", name="Read and preview").click()
    expect(page.get_by_role("button", name="Apply: 1 changed")).to_be_visible()
    page.get_by_role("button", name="Apply: 1 changed").click()
    # A page that is loaded anew has nothing to read out.
    expect(page.locator("#live")).to_have_text("Applied: 1 changed", timeout=15_000)


def test_by_keyboard_alone(cast, visit):
    page = visit(cast.sre, size=DESKTOP)
    page.goto("/imports/new/enrollments/")
    page.get_by_label("Rows from a spreadsheet").focus()
    page.keyboard.insert_text("email\tbatch\tmission\taccess\nstudent@example.com\tbatch-12\tjs\trevoked")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Apply: 1 changed")).to_be_visible(timeout=15_000)
    for _press in range(60):
        page.keyboard.press("Tab")
        if "Apply: 1 changed" in page.evaluate("document.activeElement.innerText"):
            break
    page.keyboard.press("Enter")
    wait_for(page, "Applied: 1 changed")
    assert access(cast) == "revoked"
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").strip() == "Take back":
            break
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Take back: 1 restored")).to_be_visible(timeout=15_000)


def test_by_pasting_on_a_phone(cast, visit):
    page = visit(cast.sre)
    page.goto("/imports/new/enrollments/")
    page.get_by_label("Rows from a spreadsheet").fill(
        "email\tbatch\tmission\taccess\nstudent@example.com\tbatch-12\tjs\trestricted\n?\tbatch-12\tjs\tfull"
    )
    page.get_by_role("button", name="Read and preview").click()
    page.get_by_role("button", name="Apply: 1 changed").click()
    wait_for(page, "Applied: 1 changed")
    assert access(cast) == "restricted"
    assert ImportRun.objects.get().rejected == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@BOTH
def test_chosen_students_are_restricted_together(cast, visit, javascript):
    page = visit(cast.sre, javascript=javascript, size=DESKTOP)
    page.goto("/students/")
    expect(page.get_by_role("button", name="Change access")).to_have_count(0)
    if javascript:
        page.get_by_label("Choose all 2 on this page").check()
        expect(page.get_by_text("2 chosen")).to_be_visible()
        page.get_by_label("Choose Tanvir").uncheck()
        expect(page.get_by_text("1 chosen")).to_be_visible()
    else:
        page.get_by_label("Choose Arif").check()
    page.get_by_role("button", name="Change access").click()
    expect(page.get_by_text("1 student, as you chose from the list")).to_be_visible()
    page.get_by_label("Restricted").check()
    page.get_by_label("Reason").fill("Fees are open")
    page.get_by_role("button", name="Preview").click()
    wait_for(page, "Ready: 1 changed")
    page.get_by_role("button", name="Apply: 1 changed").click()
    wait_for(page, "Applied: 1 changed")
    assert access(cast) == "restricted"


def test_a_kind_is_downloaded_from_its_form(cast, visit):
    page = visit(cast.manager, size=DESKTOP)
    page.goto("/exports/")
    form = page.get_by_role("form", name="Missions")
    form.get_by_label("Batch").select_option("batch-12")
    for _time in range(2):  # the form is not spent by one download
        with page.expect_download() as download:
            form.get_by_role("button", name="CSV").click()
        assert "js" in Path(download.value.path()).read_text()
