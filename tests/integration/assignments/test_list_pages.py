"""Submission lists in the browser: who sees what, what is refused, and that nothing happens twice."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sms.accounts.actions import REVEALED
from sms.assignments.actions import apply_list, start_list
from sms.assignments.models import Assignment, Submission, SubmissionList
from sms.assignments.pasting import parse
from sms.assignments.queries import resolution_of
from sms.audit.models import Event
from sms.authorization.actions import create_role
from tests.conftest import ORDINARY_MORNING as NOW
from tests.factories import AssignmentFactory, MissionEnrollmentFactory, MissionFactory, StudentFactory

pytestmark = pytest.mark.usefixtures("ordinary_morning")

NEW = "/submission-lists/new/"


@pytest.fixture
def assignment(cast: SimpleNamespace) -> Assignment:
    return AssignmentFactory(mission=cast.mission, title="Closures", opens_at=NOW - timedelta(days=2), due_at=NOW)


@pytest.fixture
def nila(cast: SimpleNamespace) -> object:
    return MissionEnrollmentFactory(
        mission=cast.mission, student=StudentFactory(name="Nila Akter", email="nila.akter@gmail.com")
    )


@pytest.fixture
def draft(cast: SimpleNamespace, assignment: Assignment, nila: object) -> SubmissionList:
    text = "Arif <student@example.com>\nnila.akter@gmial.com\nstranger@x.org"
    return start_list(actor=cast.sre, assignment=assignment, entries=parse(text, cast.batch.zone).entries, as_of=NOW)


def post(client: Client, subject: SubmissionList, step: str, **data: object) -> object:
    return client.post(f"{subject.get_absolute_url()}{step}/", data)


def with_permissions(cast: SimpleNamespace, *codenames: str) -> object:
    role = create_role(
        actor=cast.admin,
        key="clerk",
        title="Clerk",
        permissions=Permission.objects.filter(codename__in=codenames),
    )
    cast.nobody.groups.add(role.group)
    return cast.nobody


class TestPasting:
    def test_the_draft_is_kept_and_shown(self, cast: SimpleNamespace, as_: Callable, assignment: Assignment) -> None:
        client = as_(cast.sre)
        cast.sre.timezone = "Europe/London"
        cast.sre.save(update_fields=["timezone"])
        given = {"assignment": assignment.pk, "text": "student@example.com", "as_of": "2026-11-22T09:00"}
        answer = client.post(NEW, given)
        started = SubmissionList.objects.get()
        assert answer["Location"] == started.get_absolute_url()
        # The time of the batch, whatever the person's own is.
        assert (started.as_of, started.pasted_by) == (datetime(2026, 11, 22, 3, 0, tzinfo=UTC), cast.sre)
        page = client.get(answer["Location"]).text
        assert "Record 1 submission" in page
        assert "on 22 Nov 2026, 09:00" in page
        assert not Submission.objects.exists()

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"text": "  \n"}, "There is nobody in it."),
            ({"text": ""}, "This field is required."),
            ({"text": "Email"}, "There is nobody in it."),
            ({"text": "a@x.org", "as_of": "2026-11-22T10:01"}, "This lies in the future."),
            ({"text": "a@x.org", "assignment": "0"}, "Select a valid choice."),
            ({"text": "a@x.org", "file": SimpleUploadedFile("a.csv", b"b@x.org")}, "not both"),
            ({"file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04\x00")}, "This is no text."),
        ],
    )
    def test_what_cannot_be_read_is_said(
        self, cast: SimpleNamespace, as_: Callable, assignment: Assignment, given: dict, sentence: str
    ) -> None:
        answer = as_(cast.sre).post(NEW, {"assignment": assignment.pk, **given})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert not SubmissionList.objects.exists()

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_a_file_does_as_well(
        self, cast: SimpleNamespace, as_: Callable, assignment: Assignment, encoding: str
    ) -> None:
        file = SimpleUploadedFile("day.csv", "Name,Email\nআরিফ,STUDENT@example.com".encode(encoding))
        as_(cast.sre).post(NEW, {"assignment": assignment.pk, "file": file})
        [line] = SubmissionList.objects.get().lines.all()
        assert (line.name, line.address) == ("আরিফ", "student@example.com")

    def test_times_that_are_not_used_are_told(
        self, cast: SimpleNamespace, as_: Callable, assignment: Assignment
    ) -> None:
        text = "Timestamp,Email\n03/11/2026 10:00,student@example.com"
        page = as_(cast.sre).post(NEW, {"assignment": assignment.pk, "text": text}, follow=True).text
        assert "the times of the list are not used" in page

    def test_todays_assignments_come_first(self, cast: SimpleNamespace, as_: Callable, assignment: Assignment) -> None:
        later = NOW + timedelta(days=4)
        AssignmentFactory(mission=cast.mission, title="Later", due_at=later, opens_at=NOW - timedelta(days=1))
        AssignmentFactory(mission=cast.mission, title="Not open", due_at=later, opens_at=NOW + timedelta(days=1))
        choices = as_(cast.sre).get(NEW).context["form"].fields["assignment"].choices
        assert [(group, len(options)) for group, options in list(choices)[1:]] == [
            ("Due today or yesterday", 1),
            ("Batch 12 · JavaScript basics", 2),
        ]


class TestLooking:
    def test_addresses_are_for_who_pasted_them(
        self, cast: SimpleNamespace, as_: Callable, draft: SubmissionList
    ) -> None:
        secrets = ("nila.akter@gmial.com", "nila.akter@gmail.com")
        own, other = (as_(person).get(f"{draft.get_absolute_url()}?show=typo").text for person in (cast.sre, cast.sre2))
        assert all(secret in own for secret in secrets)
        assert not any(secret in other for secret in secrets)
        assert "n••••@gmail.com" in other
        for group in ("matched", "not_enrolled", "missing", "unreadable"):
            page = as_(cast.sre2).get(f"{draft.get_absolute_url()}?show={group}").text
            assert "stranger@x.org" not in page
            assert "student@example.com" not in page

    def test_who_may_not_see_all_students_sees_no_list(
        self, cast: SimpleNamespace, as_: Callable, draft: SubmissionList
    ) -> None:
        clerk = as_(with_permissions(cast, "record_submissions"))
        assert "Closures" not in clerk.get("/submission-lists/").text
        assert "Closures" not in clerk.get(NEW).text
        assert clerk.get(draft.get_absolute_url()).status_code == 404
        for step in ("apply", "undo", "discard", "proposals", "complete", "missing"):
            assert post(clerk, draft, step).status_code == 404

    def test_a_page_costs_the_same_for_more_lines(
        self, cast: SimpleNamespace, as_: Callable, assignment: Assignment
    ) -> None:
        def cost(number: int, show: str) -> int:
            elsewhere = MissionFactory(batch=cast.batch)
            strangers = [MissionEnrollmentFactory(mission=elsewhere).student.email for _ in range(number)]
            here = [MissionEnrollmentFactory(mission=cast.mission).student.email for _ in range(number)]
            entries = parse("\n".join([*strangers, *here]), cast.batch.zone).entries
            started = start_list(actor=cast.sre, assignment=assignment, entries=entries, as_of=NOW)
            client.get(started.get_absolute_url())
            with CaptureQueriesContext(connection) as captured:
                assert strangers[0] in client.get(f"{started.get_absolute_url()}?show={show}").text or show == "matched"
            return len(captured)

        client = as_(cast.sre)
        assert cost(1, "not_enrolled") == cost(5, "not_enrolled")
        assert cost(1, "matched") == cost(5, "matched")

    def test_missing_students_as_a_file(
        self, cast: SimpleNamespace, as_: Callable, draft: SubmissionList, nila: object
    ) -> None:
        before = Event.objects.filter(verb=REVEALED).count()
        lines = b"".join(post(as_(cast.sre), draft, "missing").streaming_content).decode("utf-8-sig").splitlines()
        assert lines == [
            "Name,Student number,E-mail address",
            "Nila Akter,,nila.akter@gmail.com",
            "Tanvir Hasan,,student2@example.com",
        ]
        assert Event.objects.filter(verb=REVEALED, actor_id=cast.sre.pk).count() == before + 2
        clerk = as_(with_permissions(cast, "record_submissions", "view_all_students"))
        lines = b"".join(post(clerk, draft, "missing").streaming_content).decode("utf-8-sig").splitlines()
        assert lines == ["Name,Student number", "Nila Akter,", "Tanvir Hasan,"]
        assert Event.objects.filter(verb=REVEALED).count() == before + 2


class TestActing:
    @pytest.mark.parametrize("htmx", [True, False])
    def test_ticks_change_what_it_would_do(
        self, cast: SimpleNamespace, as_: Callable, draft: SubmissionList, nila: object, htmx: bool
    ) -> None:
        client = as_(cast.sre, htmx=htmx)
        url = f"{draft.get_absolute_url()}proposals/?show=typo"
        answer = client.post(url, {"offered": "2", "accept": f"2:{nila.pk}"}, headers={"HX-Target": "submission-list"})
        page = answer if htmx else client.get(answer["Location"])
        assert "Record 2 submissions" in page.text
        assert ("<html" in page.text) != htmx
        answer = client.post(url, {"offered": "2"}, headers={"HX-Target": "submission-list"})
        assert "Record 1 submission" in (answer if htmx else client.get(answer["Location"])).text

    def test_confirmed_twice_is_applied_once(
        self, cast: SimpleNamespace, as_: Callable, draft: SubmissionList, assignment: Assignment
    ) -> None:
        client, fingerprint = as_(cast.sre), resolution_of(draft).fingerprint
        assert post(client, draft, "apply", fingerprint=fingerprint).status_code == 302
        answer = client.post(f"{draft.get_absolute_url()}apply/", {"fingerprint": fingerprint}, follow=True)
        assert "Nusrat Rahman confirmed this list already. It was not applied twice." in answer.text
        assert Submission.objects.filter(assignment=assignment).count() == 1
        assert Event.objects.filter(verb="applied a submission list for").count() == 1

    def test_what_changed_meanwhile_is_shown_anew(
        self, cast: SimpleNamespace, as_: Callable, draft: SubmissionList
    ) -> None:
        fingerprint = resolution_of(draft).fingerprint
        MissionEnrollmentFactory(mission=cast.mission, student=StudentFactory(name="Sara New", email="stranger@x.org"))
        answer = post(as_(cast.sre), draft, "apply", fingerprint=fingerprint)
        assert answer.status_code == 422
        assert "Something changed since you looked. Nothing was recorded." in answer.text
        assert "Record 2 submissions" in answer.text
        assert not Submission.objects.exists()
        [again] = [answer.context["fingerprint"]]
        assert post(as_(cast.sre), draft, "apply", fingerprint=again).status_code == 302
        assert Submission.objects.count() == 2

    def test_a_complete_list_says_whom_it_withdraws(
        self, cast: SimpleNamespace, as_: Callable, draft: SubmissionList, assignment: Assignment
    ) -> None:
        entries = parse("student2@example.com", cast.batch.zone).entries
        first = start_list(actor=cast.sre, assignment=assignment, entries=entries, as_of=NOW)
        apply_list(actor=cast.sre, submission_list=first, fingerprint=resolution_of(first).fingerprint)
        client = as_(cast.sre)
        post(client, draft, "complete", is_complete="on")
        page = client.get(f"{draft.get_absolute_url()}?show=withdrawn").text
        assert "Record 1 submission, withdraw 1" in page
        assert "Tanvir Hasan" in page
        post(client, draft, "complete")
        assert "withdraw 1" not in client.get(draft.get_absolute_url()).text

    def test_undo_and_discard(
        self, cast: SimpleNamespace, as_: Callable, draft: SubmissionList, assignment: Assignment
    ) -> None:
        client = as_(cast.sre2)
        post(client, draft, "apply", fingerprint=resolution_of(draft).fingerprint)
        page = client.get(draft.get_absolute_url()).text
        assert "Undo: put 1 submission back" in page
        post(client, draft, "undo")
        assert "Undone: 1 recorded" in client.get(draft.get_absolute_url()).text
        assert not Submission.objects.exists()
        entries = parse("student2@example.com\nsomebody@else.org", cast.batch.zone).entries
        other = start_list(actor=cast.sre, assignment=assignment, entries=entries, as_of=NOW)
        post(client, other, "discard")
        page = client.get(f"{other.get_absolute_url()}?show=not_enrolled").text
        assert "Discarded, nothing was recorded" in page
        assert "s••••@else.org" in page


def test_the_ways_to_it(cast: SimpleNamespace, as_: Callable, assignment: Assignment) -> None:
    href = f'href="{NEW}?assignment={assignment.pk}"'
    for page in ("/dashboard/sre/", f"/assignments/{assignment.pk}/submissions/"):
        assert href in as_(cast.sre).get(page).text
    assert href not in as_(cast.manager).get(f"/assignments/{assignment.pk}/submissions/").text
    assert f'<option value="{assignment.pk}" selected>' in as_(cast.sre).get(f"{NEW}?assignment={assignment.pk}").text
