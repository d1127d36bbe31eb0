"""What the worker does is written down, at a cost of one statement, and what failed can be started again."""

from datetime import timedelta

import pytest
from huey.contrib.djhuey import HUEY

from sms.audit.models import Event
from sms.core import clock
from sms.core.problems import Refused
from sms.developer import job_log
from sms.developer.actions import beat, prune, retry_job
from sms.developer.choices import JobState
from sms.developer.models import ErrorRecord, JobRecord

JOBS = "/developer/jobs/"
calls: list[tuple[object, ...]] = []


@HUEY.task(name="tests_greet")
def greet(name: str, *, fail: bool = False) -> None:
    calls.append((name, fail))
    if fail:
        raise ValueError("No greeting for arif@example.com")


@HUEY.task(name="tests_wake_up")
def wake_up() -> None:
    pass


@HUEY.task(name="tests_stubborn", retries=1)
def stubborn(first_time: list[bool]) -> None:
    if first_time:
        raise ValueError("Not yet")


@pytest.fixture(autouse=True)
def _no_calls():
    calls.clear()


def name(function: str) -> str:
    return f"{__name__}.{function}"


def failed_job(**fields: object) -> JobRecord:
    return JobRecord.objects.create(
        **{
            "task_id": f"task-{JobRecord.objects.count()}",
            "name": name("tests_greet"),
            "arguments": [["Mim"], {"fail": True}],
            "state": JobState.FAILED,
            "started_at": clock.now(),
            "finished_at": clock.now(),
            "error": "ValueError: no",
            **fields,
        }
    )


def test_a_job_that_went_well(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        job_log.on_start("executing", task := greet.s("Mim"))
        job_log.on_success("complete", task)
    job = JobRecord.objects.get()
    assert (job.task_id, job.name, job.arguments) == (task.id, name("tests_greet"), [["Mim"], {}])
    assert (job.state, job.attempts, job.runs, job.error) == (JobState.DONE, 1, 1, "")


def test_a_job_that_failed_keeps_its_reason_without_personal_data(db):
    HUEY.execute(task := greet.s("Mim", fail=True))
    job = JobRecord.objects.get()
    assert (job.task_id, job.state, job.attempts) == (task.id, JobState.FAILED, 1)
    assert job.arguments == [["Mim"], {"fail": True}]
    assert job.error.endswith("ValueError: No greeting for (address)\n")


def test_runs_without_arguments_share_a_row_an_hour(db, frozen, ordinary_morning):
    for minutes in (0, 10, 59, 61):
        with frozen(ordinary_morning + timedelta(minutes=minutes)):
            HUEY.execute(wake_up.s())
    assert list(JobRecord.objects.order_by("pk").values_list("runs", "state")) == [(3, "done"), (1, "done")]


def test_a_second_try_that_goes_well_closes_the_same_row(db):
    task = stubborn.s([True])
    HUEY.execute(task)
    job = JobRecord.objects.get()
    assert (job.state, job.attempts) == (JobState.RETRYING, 1)
    task.args = ([],)
    HUEY.execute(task)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == (JobState.DONE, 2, "")
    assert JobRecord.objects.count() == 1


def test_a_long_job_is_shown_while_it_runs(db, frozen, ordinary_morning):
    task = greet.s("Mim")
    with frozen(ordinary_morning):
        job_log.on_start("executing", task)
    with frozen(ordinary_morning + timedelta(minutes=1)):
        beat()
        running = JobRecord.objects.get()
        assert (running.state, running.task_id, running.started_at) == (JobState.RUNNING, task.id, ordinary_morning)
        job_log.on_success("complete", task)
    running.refresh_from_db()
    assert (running.state, running.attempts, running.duration) == (JobState.DONE, 1, timedelta(minutes=1))


def test_arguments_that_are_no_json_are_not_kept(db):
    HUEY.execute(greet.s(clock.now(), fail=True))
    job = JobRecord.objects.get()
    assert job.arguments is None
    assert not job.can_be_retried


def test_a_failed_job_is_started_again_once(cast, as_, django_capture_on_commit_callbacks):
    job, client = failed_job(), as_(cast.developer)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(f"{JOBS}{job.pk}/retry/", follow=True)
    assert "The job is in the queue again." in response.text
    again = HUEY.pending()
    assert [(type(task).__name__, task.args, task.kwargs) for task in again] == [
        ("tests_greet", ("Mim",), {"fail": True})
    ]
    assert Event.objects.filter(actor_id=cast.developer.pk, verb="started again the job").count() == 1
    twice = client.post(f"{JOBS}{job.pk}/retry/", follow=True)
    assert "Only a job that failed, and was not started again since" in twice.text
    assert HUEY.pending_count() == 1


def test_a_job_that_the_site_no_longer_has(cast):
    with pytest.raises(Refused, match=r"has no job gone\.away any more"):
        retry_job(actor=cast.developer, job=failed_job(name="gone.away"))


def test_a_job_is_not_started_again_by_get_or_by_others(cast, as_):
    job = failed_job()
    assert as_(cast.developer).get(f"{JOBS}{job.pk}/retry/").status_code == 405
    assert as_(cast.sre).post(f"{JOBS}{job.pk}/retry/").status_code == 403


def test_the_page_of_a_job(cast, as_):
    page = as_(cast.developer).get(failed_job().get_absolute_url())
    assert "ValueError: no" in page.text
    assert "&#x27;Mim&#x27;, fail=True" in page.text
    assert "Start again" in page.text
    page = as_(cast.developer).get(failed_job(state=JobState.DONE).get_absolute_url())
    assert "Start again" not in page.text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_any_number(cast, as_, django_assert_num_queries, rows):
    for _ in range(rows):
        failed_job()
    client = as_(cast.developer)
    with django_assert_num_queries(LIST_QUERIES):
        page = client.get(JOBS)
    assert page.text.count('<a href="/developer/jobs/') >= rows


LIST_QUERIES = 5


def test_filter_and_export(cast, as_):
    failed_job()
    failed_job(state=JobState.DONE, name="sms.points.tasks.recalculate_requested")
    page = as_(cast.developer).get(JOBS, {"state": "done"})
    assert "points.recalculate_requested" in page.text
    assert "tests_greet" not in page.text
    export = as_(cast.developer).get(JOBS, {"_export": "csv"})
    assert b"sms.points.tasks.recalculate_requested" in b"".join(export.streaming_content)


def test_the_newest_are_kept(db):
    for number in range(5):
        failed_job()
        ErrorRecord.objects.create(at=clock.now(), logger="x", message=str(number))
    assert prune(keep=2) == 6
    assert JobRecord.objects.count() == 2
    assert [record.message for record in ErrorRecord.objects.order_by("pk")] == ["3", "4"]
    assert prune(keep=2) == 0
