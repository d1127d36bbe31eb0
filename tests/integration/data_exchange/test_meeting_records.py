"""Attendance of meetings from files: rows of the kind, and reports of Zoom and Google Meet from a meeting's page."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from sms.attendance.actions import correct_meeting_record
from sms.attendance.models import MeetingRecord
from sms.audit.models import Event
from sms.data_exchange import actions
from sms.data_exchange.models import ImportRun
from sms.points.actions import take_requests
from sms.points.queries import points_of
from tests.factories import MeetingFactory, MissionEnrollmentFactory, StudentFactory
from tests.integration.data_exchange.helpers import applied, counts, finish, planned, undo_of
from tests.integration.data_exchange.test_records import exported
from tests.unit.data_exchange.test_meeting_reports import ZOOM

START = datetime(2026, 11, 3, 14, tzinfo=UTC)
AFTER = datetime(2026, 11, 3, 16, tzinfo=UTC)
HEAD = "email,batch,mission,meeting,status,minutes,joined_at,reason\n"


@pytest.fixture
def meeting(cast, frozen):
    with frozen(AFTER):
        yield MeetingFactory(mission=cast.mission, host=cast.mentor, starts_at=START, title="Weekly hour")


def stands() -> dict[str, tuple]:
    records = MeetingRecord.objects.values_list(
        "mission_enrollment__enrollment__student__email", "status", "minutes", "reason"
    )
    return {email: tuple(rest) for email, *rest in records}


def test_rows_are_planned_applied_exported_and_taken_back(cast, meeting) -> None:
    text = HEAD + (
        "student@example.com,batch-12,js,2026-11-03 20:00,late,40,2026-11-03 20:12,\n"
        "student2@example.com,batch-12,js,2026-11-03 20:00,excused,,,Ill\n"
        "student@example.com,batch-12,js,2026-11-04 20:00,present,40,,\n"
    )
    run = applied("meeting-records", text, actor=cast.sre)
    assert counts(run) == {"new": 2, "rejected": 1}
    assert stands() == {
        "student@example.com": ("late", 40, ""),
        "student2@example.com": ("excused", None, "Ill"),
    }
    assert MeetingRecord.objects.get(status="late").joined_at == datetime(2026, 11, 3, 14, 12, tzinfo=UTC)
    take_requests()
    assert points_of(cast.enrolled) == 8
    assert counts(planned("meeting-records", exported("meeting-records", cast.admin))) == {"unchanged": 2}
    finish(undo_of(run, actor=cast.sre), actor=cast.sre)
    assert stands() == {}
    take_requests()
    assert points_of(cast.enrolled) == 0


def test_nobody_is_present_without_minutes_or_a_reason(cast, meeting) -> None:
    row = "student@example.com,batch-12,js,2026-11-03 20:00,present,,,"
    assert counts(planned("meeting-records", HEAD + row, actor=cast.sre)) == {"rejected": 1}
    assert counts(planned("meeting-records", HEAD + row + "Wrote to me", actor=cast.sre)) == {"new": 1}


class TestReport:
    @pytest.fixture
    def address(self, meeting) -> str:
        return reverse("data_exchange:meeting-report", args=[meeting.pk])

    def test_a_guest_counts_only_when_a_person_says_so(self, cast, meeting, address, as_) -> None:
        client = as_(cast.sre)
        asked = client.post(address, {"text": ZOOM})
        page = asked.content.decode()
        assert ImportRun.objects.count() == 0, "a name alone decides nothing"
        [suggestion] = asked.context["matched"].suggested
        assert (suggestion.attendee.name, suggestion.student) == ("Galaxy A12 (Tanvir Hasan)", cast.enrolled2)
        assert f'name="confirmed" value="{suggestion.place}">' in page, "and it is not ticked beforehand"
        answers = {"text": asked.context["answers"]["text"].value(), "answered": "True"}
        for confirmed, new in (([], 1), ([suggestion.place], 2)):
            client.post(address, answers | {"confirmed": confirmed})
            run = ImportRun.objects.latest("pk")
            actions.plan(run_id=run.pk)
            run.refresh_from_db()
            assert counts(run) == {"new": new}
        finish(run, actor=cast.sre)
        assert stands() == {"student@example.com": ("present", 45, ""), "student2@example.com": ("present", 45, "")}

    def test_two_students_of_one_name_are_not_told_apart(self, cast, meeting, address, as_) -> None:
        MissionEnrollmentFactory(mission=cast.mission, student=StudentFactory(name="Tanvir Hasan"))
        matched = as_(cast.sre).post(address, {"text": ZOOM}).context["matched"]
        assert matched.suggested == []
        assert [each.attendee.name for each in matched.strangers] == ["Galaxy A12 (Tanvir Hasan)"]

    def test_minutes_and_joining_decide(self, cast, meeting, address, as_) -> None:
        """At least half of the hour, and before ten past."""
        text = (
            "First name,Last name,Email,Duration,Time joined,Time exited\n"
            "Arif,Rahman,student@example.com,30 min,8:10 PM,8:40 PM\n"
            "Tanvir,Hasan,student2@example.com,29 min,8:00 PM,8:29 PM\n"
        )
        absent = MissionEnrollmentFactory(mission=cast.mission)
        as_(cast.sre).post(address, {"text": text, "is_complete": "on"})
        run = ImportRun.objects.get()
        actions.plan(run_id=run.pk)
        rows = dict(run.rows.values_list("values__email", "values__status"))
        assert rows == {
            "student@example.com": "late", "student2@example.com": "absent", absent.student.email: "absent",
        }  # fmt: skip

    def test_a_correction_is_never_overwritten_silently(self, cast, meeting, address, as_) -> None:
        correct_meeting_record(
            actor=cast.sre, meeting=meeting, mission_enrollment=cast.enrolled, status="excused", reason="Ill"
        )
        text = "Participant Name,Email,Duration\nArif Rahman,student@example.com,1 hr\n"
        as_(cast.sre).post(address, {"text": text})
        run = ImportRun.objects.get()
        actions.plan(run_id=run.pk)
        [row] = run.rows.all()
        assert (row.status, row.is_warned, row.before) == ("changed", True, {"status": "excused", "reason": "Ill", "minutes": ""})  # fmt: skip
        [[column, _value, sentence, level]] = row.messages
        assert (column, level) == ("status", "warning")
        assert "“excused”, with the reason “Ill”" in sentence
        finish(run, actor=cast.sre)
        assert stands() == {"student@example.com": ("present", 60, "")}
        changed = (
            Event.objects.filter(verb="corrected the meeting of")
            .order_by("pk")
            .values_list("data__before", "data__after")
        )
        assert list(changed) == [(None, "excused"), ("excused", "present")]

    def test_a_report_of_another_day_is_asked_about(self, cast, meeting, address, as_) -> None:
        other = ZOOM.replace("11/03/2026", "11/17/2026")
        assert as_(cast.sre).post(address, {"text": other}).context["matched"].is_far
        assert ImportRun.objects.count() == 0

    def test_who_may(self, cast, meeting, address, as_) -> None:
        people = ("admin", "manager", "sre", "mentor", "student", "developer")
        assert [as_(getattr(cast, person)).get(address).status_code for person in people] == [200] * 3 + [403] * 3
