"""Meetings from their series to their close: who submits when, with what, and what stands then."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from sms.attendance import actions, codes, queries
from sms.attendance.models import Holiday, Meeting, MeetingRecord, MeetingSeries
from sms.audit.models import Event
from sms.core.problems import Refused
from sms.points.actions import take_requests
from sms.points.queries import points_of
from sms.programme.actions import duplicate_batch
from tests.factories import BatchFactory, MeetingFactory, MissionEnrollmentFactory, MissionFactory

START = datetime(2026, 11, 22, 14, tzinfo=UTC)  # a Sunday, 20:00 in Dhaka
MINUTE = timedelta(minutes=1)


@pytest.fixture
def meeting(cast, frozen):
    with frozen(START):
        yield MeetingFactory(mission=cast.mission, host=cast.mentor, state="open", title="Weekly hour")


def submit(user, enrolled, meeting, code=None):
    shown = codes.code_at(meeting.secret, actions.submitting_meetings.clock.now())
    return actions.submit_meeting(
        actor=user, meeting=meeting, mission_enrollment=enrolled, code=shown if code is None else code
    )


def stands(meeting) -> dict[str, str]:
    records = MeetingRecord.objects.filter(meeting=meeting)
    return dict(records.values_list("mission_enrollment__enrollment__student__name", "status"))


# --- Submitting


def test_a_code_is_taken_once_and_gives_points(cast, meeting) -> None:
    record = submit(cast.student, cast.enrolled, meeting)
    again = submit(cast.student, cast.enrolled, meeting, code="")
    assert (record.status, again.pk) == ("present", record.pk)
    take_requests()
    assert points_of(cast.enrolled) == 15
    assert Event.objects.filter(verb="submitted the meeting").count() == 1


@pytest.mark.parametrize(
    ("after", "status"),
    [(10 * MINUTE - timedelta(microseconds=1), "present"), (10 * MINUTE, "late"), (90 * MINUTE, "late")],
)
def test_late_begins_at_its_exact_second(cast, meeting, frozen, after, status) -> None:
    with frozen(START + after):
        assert submit(cast.student, cast.enrolled, meeting).status == status


def test_a_link_takes_submissions_in_its_window(cast, meeting, frozen) -> None:
    Meeting.objects.update(way="link", state="scheduled", opened_at=None)
    meeting.refresh_from_db()
    microsecond = timedelta(microseconds=1)
    for moment in (START - 10 * MINUTE - microsecond, meeting.ends_at + 15 * MINUTE):
        with frozen(moment), pytest.raises(Refused):
            submit(cast.student, cast.enrolled, meeting)
    with frozen(START - 10 * MINUTE):
        assert submit(cast.student, cast.enrolled, meeting).status == "present"
    with frozen(meeting.ends_at + 15 * MINUTE - microsecond):
        assert submit(cast.student2, cast.enrolled2, meeting).status == "late"


def test_wrong_codes_are_counted_and_cannot_be_tried_out(cast, meeting) -> None:
    shown = codes.code_at(meeting.secret, START)
    wrong = "000000" if shown != "000000" else "111111"
    sentences = []
    for code in [wrong] * 6 + [shown]:
        with pytest.raises(Refused) as refusal:
            submit(cast.student, cast.enrolled, meeting, code=code)
        sentences.append(refusal.value.sentence)
    assert [sentence.startswith("That is not the code") for sentence in sentences] == [True] * 5 + [False] * 2
    assert sentences[-1] == "You have tried too many codes. Wait a minute, then type the newest."
    assert submit(cast.student2, cast.enrolled2, meeting).status == "present", "others are not held up"


def test_whoever_has_no_full_access_is_told_so(cast, meeting) -> None:
    cast.enrolled.access = "restricted"
    with pytest.raises(Refused, match="limited"):
        submit(cast.student, cast.enrolled, meeting)


@pytest.mark.parametrize("htmx", [True, False])
def test_the_page_takes_the_code_with_and_without_htmx(cast, meeting, as_, htmx) -> None:
    client = as_(cast.student, htmx=htmx)
    address = reverse("attendance:meeting-submit", args=[meeting.pk])
    assert client.get(meeting.get_absolute_url()).status_code == 200
    refused = client.post(address, {"code": "12"})
    assert refused.status_code == 422
    assert "That is not the code on the screen now." in refused.content.decode()
    for _twice in range(2):
        answer = client.post(address, {"code": codes.code_at(meeting.secret, START)})
        assert answer.status_code == (200 if htmx else 302)
    assert stands(meeting) == {"Arif Rahman": "present"}


# --- Hosting


def test_closing_makes_absences_of_those_who_were_asked(cast, meeting, frozen, as_) -> None:
    submit(cast.student, cast.enrolled, meeting)
    MissionEnrollmentFactory(mission=cast.mission, access="restricted")
    MissionEnrollmentFactory(mission=cast.mission, joined_on=date(2026, 11, 23))
    MissionEnrollmentFactory(mission=cast.mission, left_on=date(2026, 11, 22))
    with frozen(START + 30 * MINUTE):
        assert actions.close_meeting(actor=cast.mentor, meeting=meeting) == 1
        assert actions.close_meeting(actor=cast.mentor, meeting=meeting) == 0
        with pytest.raises(Refused, match="closed"):
            submit(cast.student2, MissionEnrollmentFactory(mission=cast.mission), meeting)
    assert stands(meeting) == {"Arif Rahman": "present", "Tanvir Hasan": "absent"}
    for address in (meeting.get_absolute_url(), "/meetings/?state=closed"):
        assert "50%" in as_(cast.sre).get(address).content.decode()
        assert "100%" in as_(cast.mentor).get(address).content.decode(), "of their own students alone"


def test_the_clock_closes_what_hosts_forgot(cast, meeting, frozen) -> None:
    never_opened = MeetingFactory(mission=cast.mission, starts_at=START - timedelta(days=1))
    by_link = MeetingFactory(mission=cast.mission, starts_at=START - timedelta(days=2), way="link")
    with frozen(meeting.ends_at + timedelta(hours=6)):
        assert actions.close_forgotten_meetings() == 3
        assert actions.close_forgotten_meetings() == 0
    assert set(Meeting.objects.values_list("state", flat=True)) == {"closed"}
    everyone_absent = {"Arif Rahman": "absent", "Tanvir Hasan": "absent"}
    assert [stands(each) for each in (meeting, never_opened, by_link)] == [everyone_absent, {}, everyone_absent]


def test_a_cancelled_meeting_takes_no_submission_and_gives_no_points(cast, meeting) -> None:
    submit(cast.student, cast.enrolled, meeting)
    take_requests()
    actions.cancel_meeting(actor=cast.mentor, meeting=meeting, reason="Power cut")
    take_requests()
    assert points_of(cast.enrolled) == 0
    with pytest.raises(Refused, match="Power cut"):
        submit(cast.student2, cast.enrolled2, meeting)


def test_a_correction_keeps_both_values(cast, meeting) -> None:
    submit(cast.student, cast.enrolled, meeting)
    actions.correct_meeting_record(
        actor=cast.sre, meeting=meeting, mission_enrollment=cast.enrolled, status="excused", reason="Ill"
    )
    [event] = queries.meeting_corrections(cast.enrolled, meeting)
    assert (event.actor_name, event.data["before"], event.data["after"], event.data["reason"]) == (
        "Nusrat Rahman", "present", "excused", "Ill",
    )  # fmt: skip
    record = MeetingRecord.objects.get()
    assert (record.status, record.corrected_by, record.submitted_at) == ("excused", cast.sre, START)


def test_many_are_marked_after_a_look_at_the_counts(cast, meeting, as_) -> None:
    """A mentor marks their own students, and no others."""
    submit(cast.student2, cast.enrolled2, meeting)
    address = reverse("attendance:meeting-mark", args=[meeting.pk])
    answers = {"whom": "everyone", "status": "excused", "reason": "Power cut"}
    page = as_(cast.sre).get(address, answers)
    assert (page.context["total"], dict(page.context["preview"])) == (2, {"present": 1, "nothing recorded": 1})
    assert MeetingRecord.objects.count() == 1, "a look changes nothing"
    shown = as_(cast.mentor).get(address, answers).context["fingerprint"]
    told = [as_(cast.mentor).post(address, answers | {"fingerprint": shown}).status_code for _twice in range(2)]
    assert told == [302, 422], "what stands there is no longer what was shown"
    assert stands(meeting) == {"Arif Rahman": "excused", "Tanvir Hasan": "present"}
    answers |= {"whom": "not-attended", "status": "present"}
    shown = as_(cast.sre).get(address, answers).context["fingerprint"]
    as_(cast.sre).post(address, answers | {"fingerprint": shown})
    assert stands(meeting) == {"Arif Rahman": "excused", "Tanvir Hasan": "present"}, "nobody was absent"


# --- Who sees what


def test_a_mentor_reads_of_their_own_students_and_hosts_only_their_own_meetings(cast, meeting, as_) -> None:
    for person, enrolled in ((cast.student, cast.enrolled), (cast.student2, cast.enrolled2)):
        submit(person, enrolled, meeting)
    elsewhere = MeetingFactory(mission=MissionFactory(), title="Elsewhere", host=cast.sre)
    page = as_(cast.mentor).get(meeting.get_absolute_url()).content.decode()
    assert "Arif Rahman" in page
    assert "Tanvir Hasan" not in page
    listed = as_(cast.mentor).get(reverse("attendance:meetings")).content.decode()
    assert "Weekly hour" in listed
    assert "Elsewhere" not in listed
    host = reverse("attendance:host", args=[meeting.pk])
    shown = codes.code_at(meeting.secret, START)
    assert f"{shown[:3]} {shown[3:]}" in as_(cast.mentor).get(host).content.decode()
    assert [as_(person).get(host).status_code for person in (cast.mentor2, cast.sre, cast.student)] == [404, 200, 403]
    correct = reverse("attendance:meeting-correct", args=[meeting.pk, cast.enrolled2.pk])
    assert as_(cast.mentor).post(correct, {"status": "absent", "reason": "no"}).status_code == 404
    assert as_(cast.student).get(elsewhere.get_absolute_url()).status_code == 404


def test_no_page_of_a_student_tells_code_or_secret(cast, meeting, as_) -> None:
    shown = codes.code_at(meeting.secret, START)
    for address in ("/meetings/", meeting.get_absolute_url(), reverse("dashboards:student-home")):
        page = as_(cast.student).get(address).content.decode()
        assert "Weekly hour" in page
        assert shown not in page
        assert meeting.secret not in page


# --- Series


@pytest.fixture
def series(cast, ordinary_morning) -> MeetingSeries:
    return actions.create_series(
        actor=cast.sre, mission=cast.mission, title="Weekly", weekday=2, starts_at=time(20), minutes=60
    )


def days(series) -> list[str]:
    return [f"{meeting.on:%d.%m.}" for meeting in series.meetings.order_by("starts_at")]


def test_meetings_are_made_ahead_and_a_change_moves_the_untouched(cast, series) -> None:
    assert days(series) == ["24.11.", "01.12.", "08.12.", "15.12.", "22.12."]
    assert actions.lay_out_all_series() == 0, "a second time makes nothing"
    first, second, third, *_others = series.meetings.order_by("starts_at")
    actions.cancel_meeting(actor=cast.sre, meeting=first, reason="Away")
    actions.edit_meeting(actor=cast.sre, meeting=second, title="With a guest")
    Holiday.objects.create(batch=cast.batch, on=third.on, title="Holiday")
    actions.change_series(actor=cast.sre, series=series, starts_at=time(21), title="Later")
    rows = series.meetings.order_by("starts_at").values_list("title", "state", "starts_at__hour")
    assert list(rows) == [
        ("Weekly", "cancelled", 20), ("With a guest", "scheduled", 20),
        ("Later", "scheduled", 21), ("Later", "scheduled", 21),
    ]  # fmt: skip
    actions.change_series(actor=cast.sre, series=series, is_active=False)
    assert days(series) == ["24.11.", "01.12."]


def test_the_wall_clock_holds_where_clocks_are_put_back(db, frozen) -> None:
    with frozen(datetime(2026, 10, 15, tzinfo=UTC)):
        mission = MissionFactory(batch=BatchFactory(timezone="Europe/Berlin"))
        series = actions.create_series(
            actor=None, mission=mission, title="Weekly", weekday=7, starts_at=time(20), minutes=60,
            last_on=date(2026, 10, 31),
        )  # fmt: skip
    starts = series.meetings.order_by("starts_at").values_list("starts_at", flat=True)
    assert list(starts) == [datetime(2026, 10, 18, 18, tzinfo=UTC), datetime(2026, 10, 25, 19, tzinfo=UTC)]


# --- What never happens


def test_the_database_keeps_records_in_one_mission(cast, meeting) -> None:
    stranger = MissionEnrollmentFactory()
    with pytest.raises(IntegrityError, match="meeting of the mission"), transaction.atomic():
        MeetingRecord.objects.create(meeting=meeting, mission_enrollment=stranger, status="absent")
    with pytest.raises(IntegrityError, match="attended_has_cause"), transaction.atomic():
        MeetingRecord.objects.create(meeting=meeting, mission_enrollment=cast.enrolled, status="present")


# --- At the same moment


@pytest.mark.django_db(transaction=True)
def test_twenty_same_posts_make_one_record_and_closing_leaves_nobody_between(cast, frozen, at_once, as_) -> None:
    with frozen(START):
        meeting = MeetingFactory(mission=cast.mission, host=cast.mentor, state="open", way="link")
        others = [MissionEnrollmentFactory(mission=cast.mission) for _n in range(8)]
        client, address = as_(cast.student), reverse("attendance:meeting-submit", args=[meeting.pk])
        answers = at_once(lambda _n: client.post(address).status_code, range(20))
        assert answers == [302] * 20
        assert stands(meeting) == {"Arif Rahman": "present"}

        def submit_or_close(student) -> str:
            own = Meeting.objects.select_related("mission__batch").get(pk=meeting.pk)
            if student is None:
                actions.close_meeting(actor=cast.mentor, meeting=own)
                return "closed"
            try:
                return submit(student.student, student, own).status
            except Refused:
                return "absent"

        told = at_once(submit_or_close, [*others[:4], None, *others[4:]])
    expected = {other.student.name: answer for other, answer in zip(others, told[:4] + told[5:], strict=True)}
    assert stands(meeting) == {"Arif Rahman": "present", "Tanvir Hasan": "absent", **expected}
    assert Event.objects.filter(verb="submitted the meeting").count() == 1 + list(expected.values()).count("present")


@pytest.mark.django_db(transaction=True)
def test_wrong_codes_at_the_same_moment_get_no_guess_more(cast, frozen, at_once) -> None:
    with frozen(START):
        meeting = MeetingFactory(mission=cast.mission, state="open")
        wrong = "000000" if codes.code_at(meeting.secret, START) != "000000" else "111111"

        def guess(_n: int) -> str:
            try:
                return submit(cast.student, cast.enrolled, meeting, code=wrong).status
            except Refused as refusal:
                return refusal.sentence.split(".")[0]

        told = at_once(guess, range(12))
    assert told.count("That is not the code on the screen now") == 5
    assert told.count("You have tried too many codes") == 7


def test_a_duplicated_batch_gets_the_series_but_no_meeting_of_the_old_one(cast, series) -> None:
    copy = duplicate_batch(
        actor=cast.manager, batch=cast.batch, code="batch-13", title="Batch 13", starts_on=date(2027, 1, 5),
        timezone="Asia/Dhaka",
    )  # fmt: skip
    copied = MeetingSeries.objects.get(mission__batch=copy)
    assert (copied.title, copied.weekday, copied.starts_at, copied.mission.code) == ("Weekly", 2, time(20), "js")
    assert not copied.meetings.exists()
    assert series.meetings.count() == 5
