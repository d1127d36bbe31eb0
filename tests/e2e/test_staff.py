"""The mentor, the SRE, the manager, the admin and the developer do their daily task."""

import re
from datetime import date

import pytest
from huey.contrib.djhuey import HUEY
from playwright.sync_api import expect

from sms.assignments.actions import record_submissions
from sms.core import clock
from sms.developer.models import JobRecord
from sms.outreach.models import Call, FollowUp
from tests.e2e.conftest import DESKTOP
from tests.factories import AssignmentFactory, CallEntryFactory, attended

BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["htmx", "plain"])


@pytest.fixture(autouse=True)
def _morning(ordinary_morning):
    """The clock of the cast."""


def test_mentor_sees_own_students_and_nobody_elses(cast, visit):
    attended(cast.enrolled, "PPLAP", date(2026, 11, 21))
    page = visit(cast.mentor, size=DESKTOP)
    page.goto("/")
    expect(page.get_by_role("heading", name="My students")).to_be_visible()
    expect(page.get_by_role("link", name="Arif Rahman", exact=True)).to_be_visible()
    expect(page.get_by_text("Tanvir Hasan")).to_have_count(0)
    assert page.request.get(f"/students/{cast.enrolled2.pk}/").status == 404
    page.get_by_role("searchbox").fill("Tanvir")
    expect(page.get_by_text("Nothing matches")).to_be_visible()


@BOTH
def test_sre_takes_the_next_call_and_logs_it(cast, visit, javascript):
    attended(cast.enrolled, "PPAAAA", date(2026, 11, 21))
    CallEntryFactory(mission_enrollment=cast.enrolled, priority=3)
    CallEntryFactory(mission_enrollment=cast.enrolled2, priority=1)
    page = visit(cast.sre, javascript=javascript, size=DESKTOP)
    page.goto("/calls/")
    page.get_by_role("button", name="Next call").click()
    expect(page.get_by_role("heading", name="Arif Rahman")).to_be_visible()
    expect(page.get_by_text("Absent 4 days in a row")).to_be_visible()
    assert page.locator("a[href^='tel:+880']").count() == 1
    page.get_by_label("Picked up").check()
    page.get_by_label("Notes").fill("Was ill, starts again tomorrow.")
    page.get_by_label("Follow up").fill("2026-11-23T18:00")
    page.get_by_role("button", name="Save and next").click()
    expect(page.get_by_role("heading", name="Tanvir Hasan")).to_be_visible()
    page.get_by_label("Call later").check()
    page.get_by_role("button", name="Save and next").click()
    expect(page.get_by_text("Say when to call back.")).to_be_visible()
    page.get_by_label("Follow up").fill("2026-11-22T20:00")
    page.get_by_role("button", name="Save and next").click()
    expect(page.get_by_text("Nobody waits for a call now.")).to_be_visible()
    page.goto("/calls/log/")
    expect(page.get_by_text("Was ill, starts again tomorrow.")).to_be_visible()
    assert set(Call.objects.values_list("outcome", flat=True)) == {"picked", "reschedule"}
    assert FollowUp.objects.count() == 1


def test_sre_works_with_the_keyboard(cast, visit):
    CallEntryFactory(mission_enrollment=cast.enrolled)
    page = visit(cast.sre, size=DESKTOP)
    page.goto("/calls/")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="Arif Rahman")).to_be_visible()
    page.keyboard.press("2")
    expect(page.get_by_label("No answer")).to_be_checked()
    page.get_by_label("Notes").focus()
    for _press in range(4):
        page.keyboard.press("Tab")
        if "Save and next" in page.evaluate("document.activeElement.innerText"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nobody waits for a call now.")).to_be_visible()
    assert Call.objects.get().outcome == "no_answer"


def test_two_sres_never_hold_the_same_student(cast, visit):
    CallEntryFactory(mission_enrollment=cast.enrolled)
    CallEntryFactory(mission_enrollment=cast.enrolled2)
    names = set()
    for sre in (cast.sre, cast.sre2):
        page = visit(sre)
        page.goto("/calls/")
        page.get_by_role("button", name="Next call").click()
        names.add(page.locator("#call-name").inner_text())
    assert names == {"Arif Rahman", "Tanvir Hasan"}


def test_sre_filters_and_lists_low_performers(cast, visit):
    attended(cast.enrolled, "PPAAAA", date(2026, 11, 21))
    attended(cast.enrolled2, "PPPPPP", date(2026, 11, 21))
    page = visit(cast.sre, size=DESKTOP)
    page.goto("/risk/")
    expect(page.get_by_role("link", name="Arif Rahman")).to_be_visible()
    expect(page.get_by_text("Tanvir Hasan")).to_have_count(0)
    page.get_by_label("Absent in a row").fill("5")
    page.get_by_label("Absent in a row").press("Enter")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.get_by_label("Absent in a row").fill("4")
    page.get_by_label("Absent in a row").press("Enter")
    expect(page.get_by_role("link", name="Arif Rahman")).to_be_visible()
    expect(page).to_have_url(re.compile("absent_days=4"))


@BOTH
def test_manager_creates_a_batch_and_a_mission(cast, visit, javascript):
    page = visit(cast.manager, javascript=javascript, size=DESKTOP)
    page.goto("/")
    page.get_by_role("link", name="New batch").click()
    page.get_by_label("Code").fill("batch-12")
    page.get_by_label("Title").fill("Batch 13")
    page.get_by_label("Starts on").fill("2027-01-03")
    page.get_by_label("Ends on").fill("2027-06-30")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("A batch with this code exists already.")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Batch 13")
    page.get_by_label("Code").fill("batch-13")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Batch 13")).to_be_visible()
    page.get_by_role("link", name="New mission").click()
    page.get_by_label("Code").fill("html")
    page.get_by_label("Title").fill("HTML and CSS")
    page.get_by_label("Starts on").fill("2027-01-03")
    page.get_by_label("Ends on").fill("2027-02-15")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="HTML and CSS", level=1)).to_be_visible()
    page.get_by_text("Change status").click()
    page.get_by_role("button", name="Active").click()
    expect(page.get_by_text("The mission is now active.")).to_be_visible()


@BOTH
def test_admin_creates_a_person_and_reads_the_audit_list(cast, visit, javascript):
    page = visit(cast.admin, javascript=javascript, size=DESKTOP)
    page.goto("/users/")
    page.get_by_role("link", name="New person").click()
    page.get_by_label("Name").fill("Rahim Mentor")
    page.get_by_label("E-mail").fill("rahim@example.com")
    page.get_by_label("Mentor", exact=True).check()
    page.get_by_role("button", name="Create").or_(page.get_by_role("button", name="Save")).click()
    expect(page.get_by_role("heading", name="Rahim Mentor")).to_be_visible()
    page.goto("/audit/")
    expect(page.get_by_text("Rahim Mentor").first).to_be_visible()


def test_developer_sees_health_errors_and_jobs(cast, visit):
    page = visit(cast.developer, size=DESKTOP)
    page.goto("/")
    expect(page.get_by_role("heading", name="Health")).to_be_visible()
    expect(page.get_by_text("PostgreSQL").first).to_be_visible()
    for path in ("/developer/errors/", "/developer/jobs/", "/developer/components/"):
        response = page.goto(path)
        assert response is not None
        assert response.status == 200


@BOTH
def test_developer_starts_a_failed_job_again(cast, visit, javascript):
    job = JobRecord.objects.create(
        task_id="1",
        name="sms.points.tasks.recalculate_left_over",
        arguments=[[], {}],
        state="failed",
        started_at=clock.now(),
        error="Traceback …",
    )
    waiting = HUEY.storage.queue_size()
    page = visit(cast.developer, javascript=javascript, size=DESKTOP)
    page.goto("/developer/jobs/")
    page.get_by_role("link", name="points.recalculate_left_over").click()
    page.get_by_role("button", name="Start again").click()
    expect(page.get_by_role("button", name="Start again")).to_have_count(0)
    job.refresh_from_db()
    assert job.state == "restarted"
    assert HUEY.storage.queue_size() == waiting + 1


def test_from_a_count_to_the_submissions_behind_it(cast, visit):
    assignment = AssignmentFactory(mission=cast.mission, title="Closures", due_at=clock.now())
    rows = [(cast.enrolled.pk, assignment.pk, clock.now(), 78), (cast.enrolled2.pk, assignment.pk, clock.now(), None)]
    record_submissions(actor=cast.sre, rows=rows)
    page = visit(cast.sre, size=DESKTOP)
    page.goto(f"/missions/{cast.mission.pk}/")
    page.get_by_role("link", name="2 submissions").click()
    expect(page.get_by_role("heading", name="Closures")).to_be_visible()
    page.get_by_role("combobox", name="Grade").select_option("graded")
    expect(page.locator(".list-count")).to_have_text("1 result")
    expect(page.get_by_role("row", name="Arif Rahman")).to_contain_text("78%")
    page.get_by_role("row", name="Arif Rahman").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Submissions")).to_be_visible()
    expect(page.get_by_text("1 of 1")).to_be_visible()
