"""Students ask to be excused, staff answer, and the days follow."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from sms.attendance.actions import (
    ask_for_excuse,
    close_day,
    decide_excuses,
    move_lock,
    submit_attendance,
    withdraw_excuse,
)
from sms.attendance.models import ExcusedDay, ExcuseRequest
from sms.audit.models import Event
from sms.authorization.actions import create_role
from sms.core.problems import Refused
from sms.points.models import RecalculationRequest
from tests.factories import DailyRecordFactory

DHAKA = ZoneInfo("Asia/Dhaka")
SATURDAY, SUNDAY, MONDAY = (date(2026, 11, day) for day in (21, 22, 23))
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def ask(student: object, first: date = SATURDAY, last: date = MONDAY, **fields: object) -> ExcuseRequest:
    return ask_for_excuse(
        actor=student.enrollment.student,
        mission_enrollment=student,
        first=first,
        last=last,
        **{"reason": "Dengue fever", **fields},
    )


def decide(cast: SimpleNamespace, *requests: ExcuseRequest, state: str = "granted") -> int:
    return decide_excuses(
        actor=cast.sre, requests=[request.pk for request in requests], state=state, answer="Get well soon"
    )


def days(student: object) -> list[tuple]:
    return list(student.daily_records.order_by("on").values_list("on", "status", "reason"))


def test_granted_days_are_excused_now_and_when_they_are_closed(cast: SimpleNamespace) -> None:
    DailyRecordFactory(mission_enrollment=cast.enrolled, on=SATURDAY, status="absent")
    DailyRecordFactory(mission_enrollment=cast.enrolled2, on=SATURDAY, status="absent")
    request = ask(cast.enrolled)
    assert days(cast.enrolled) == [(SATURDAY, "absent", "")]
    assert (decide(cast, request), decide(cast, request)) == (1, 0)
    close_day(mission=cast.mission, on=SUNDAY)
    assert days(cast.enrolled) == [(SATURDAY, "excused", "Dengue fever"), (SUNDAY, "excused", "Dengue fever")]
    assert days(cast.enrolled2) == [(SATURDAY, "absent", ""), (SUNDAY, "absent", "")]
    change = Event.objects.get(verb="corrected the attendance of")
    assert (change.actor_name, change.data["before"], change.data["after"]) == (cast.sre.name, "absent", "excused")
    assert RecalculationRequest.objects.filter(mission_enrollment=cast.enrolled).exists()


def test_whoever_comes_after_all_is_present(cast: SimpleNamespace) -> None:
    decide(cast, ask(cast.enrolled))
    close_day(mission=cast.mission, on=SUNDAY)  # at the very second of the tap
    submit_attendance(actor=cast.student, mission_enrollment=cast.enrolled, on=SUNDAY, is_holiday=False)
    assert days(cast.enrolled) == [(SUNDAY, "present", "")]


def test_a_withdrawn_excuse_gives_the_absences_back(cast: SimpleNamespace) -> None:
    for on, status in ((SATURDAY, "absent"), (SUNDAY, "present")):
        DailyRecordFactory(mission_enrollment=cast.enrolled, on=on, status=status, reason="Seen")
    request = ask(cast.enrolled)
    decide(cast, request)
    withdraw_excuse(actor=cast.manager, request=request, reason="The note was forged")
    assert days(cast.enrolled) == [(SATURDAY, "absent", ""), (SUNDAY, "present", "Seen")]
    assert not ExcusedDay.objects.exists()
    request.refresh_from_db()
    assert (request.state, request.answer, request.decided_by) == ("withdrawn", "The note was forged", cast.manager)
    with pytest.raises(Refused, match="meanwhile"):
        withdraw_excuse(actor=cast.manager, request=request, reason="Again")


def test_refused_days_stay_and_may_be_asked_for_again(cast: SimpleNamespace) -> None:
    DailyRecordFactory(mission_enrollment=cast.enrolled, on=SATURDAY, status="absent")
    decide(cast, ask(cast.enrolled), state="refused")
    assert days(cast.enrolled) == [(SATURDAY, "absent", "")]
    assert ask(cast.enrolled).state == "pending"


def test_a_day_is_asked_for_once_at_a_time(cast: SimpleNamespace) -> None:
    first = ask(cast.enrolled)
    with pytest.raises(Refused, match="asked for one of these days already"):
        ask(cast.enrolled, MONDAY, MONDAY + timedelta(days=3))
    ask(cast.enrolled2)
    with pytest.raises(IntegrityError, match="attendance_one_excuse_a_day"), transaction.atomic():
        ExcusedDay.objects.create(request=first, mission_enrollment=cast.enrolled, on=MONDAY)
    withdraw_excuse(actor=cast.student, request=first)
    ask(cast.enrolled)


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (MONDAY, SUNDAY, "last day lies before"),
        (SUNDAY - timedelta(days=31), SUNDAY, "at most 31 days"),
        (date(2020, 1, 1), date(2020, 1, 2), "days of this mission"),
    ],
)
def test_what_cannot_be_asked(cast: SimpleNamespace, first: date, last: date, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        ask(cast.enrolled, first, last)
    assert not ExcuseRequest.objects.exists()


def test_locked_days_are_for_managers(cast: SimpleNamespace) -> None:
    DailyRecordFactory(mission_enrollment=cast.enrolled, on=SATURDAY, status="absent")
    request = ask(cast.enrolled)
    cast.mission.attendance_policy = move_lock(
        actor=cast.manager, mission=cast.mission, until=SATURDAY, reason="Reported"
    )
    with pytest.raises(Refused, match="is locked: ask a manager or an admin"):
        decide(cast, request)
    assert days(cast.enrolled) == [(SATURDAY, "absent", "")]
    decide_excuses(actor=cast.manager, requests=[request.pk], state="granted", answer="Well")
    assert days(cast.enrolled)[0][1] == "excused"


def test_the_file_is_known_by_its_content(cast: SimpleNamespace, as_: Callable) -> None:
    with pytest.raises(Refused, match="not taken here"):
        ask(cast.enrolled, file=ContentFile(b"<script>alert(1)</script>", name="note.pdf"))
    request = ask(cast.enrolled, file=ContentFile(b"%PDF-1.7 secret illness", name="../note.pdf"))
    url = f"/attendance/excuses/{request.pk}/file/"
    answer = as_(cast.student).get(url)
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 secret illness"
    assert answer["Content-Disposition"] == 'attachment; filename="note.pdf"'
    assert as_(cast.student2).get(url).status_code == 404
    assert as_(cast.mentor).get(url).status_code == 403


def test_a_mentor_who_decides_sees_their_own_students_only(cast: SimpleNamespace, as_: Callable) -> None:
    decides = Permission.objects.get(codename="decide_excuses")
    role = create_role(actor=cast.admin, key="decider", title="Decider", permissions=[decides])
    cast.mentor.groups.add(role.group)
    own, other = ask(cast.enrolled, reason="My own fever"), ask(cast.enrolled2, reason="Another fever")
    page = as_(cast.mentor).get("/attendance/excuses/").text
    assert ("My own fever" in page, "Another fever" in page) == (True, False)
    assert as_(cast.mentor).get(f"/attendance/excuses/{other.pk}/").status_code == 404
    url = f"/attendance/excuses/answer/?_do=grant&_rows={own.pk}&_rows={other.pk}"
    as_(cast.mentor).post(url, {"answer": "Well", "request": [own.pk, other.pk]})
    assert set(ExcuseRequest.objects.values_list("reason", "state")) == {
        ("My own fever", "granted"),
        ("Another fever", "pending"),
    }


def test_in_the_browser(cast: SimpleNamespace, as_: Callable) -> None:
    DailyRecordFactory(mission_enrollment=cast.enrolled, on=SATURDAY, status="absent")
    url = f"/attendance/{cast.enrolled.pk}/excuses/"
    form = {"first": "2026-11-21", "last": "2026-11-22", "reason": "Dengue fever"}
    assert [as_(cast.student).post(url, form).status_code for _ in range(2)] == [302, 422]
    request = ExcuseRequest.objects.get()
    answer = f"/attendance/excuses/answer/?_do=grant&_rows={request.pk}"
    assert "Dengue fever" in as_(cast.sre).get(answer).text
    assert as_(cast.sre).post(answer, {"answer": "", "request": request.pk}).status_code == 422
    given = as_(cast.sre).post(answer, {"answer": "Get well soon", "request": request.pk}, follow=True)
    assert "1 request is answered." in given.text
    again = as_(cast.sre).post(answer, {"answer": "Twice", "request": request.pk}, follow=True)
    assert "None of these waits" in again.text
    assert "Nusrat Rahman: Get well soon" in as_(cast.student).get(url).text
    history = as_(cast.student).get(f"/attendance/{cast.enrolled.pk}/").text
    assert "absent → excused, by Nusrat Rahman" in history
    assert as_(cast.student).post(f"/attendance/excuses/{request.pk}/withdraw/", follow=True).text.count("meanwhile")
    assert days(cast.enrolled)[0][1] == "excused"


def test_a_clock_that_is_put_back_does_no_harm(cast: SimpleNamespace, frozen: Callable) -> None:
    with frozen(datetime(2026, 11, 22, 23, 59, tzinfo=DHAKA)):
        assert close_day(mission=cast.mission, on=SUNDAY) == 2
    with frozen(datetime(2026, 11, 22, 21, tzinfo=DHAKA)):
        taps = [
            submit_attendance(actor=cast.student, mission_enrollment=cast.enrolled, on=SUNDAY, is_holiday=False)
            for _ in range(2)
        ]
        assert close_day(mission=cast.mission, on=SUNDAY) == 0
    assert [tap.record.status for tap in taps] == ["late", "late"]
    assert days(cast.enrolled) == [(SUNDAY, "late", "")]
