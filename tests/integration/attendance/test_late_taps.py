"""Taps that a device kept: in time they are submissions, too late they go to a person, and none counts twice."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from sms.attendance.actions import (
    REACH,
    TapAnswer,
    add_holiday,
    close_day,
    correct_attendance,
    decide_taps,
    receive_tap,
)
from sms.attendance.models import DailyRecord, LateTap
from sms.attendance.queries import own_taps, person_key, taps_to_review
from sms.audit.models import Event
from sms.core import clock
from sms.core.problems import Refused
from sms.points.models import RecalculationRequest
from sms.programme.choices import Access, MissionStatus
from tests.conftest import ORDINARY_MORNING, build_cast
from tests.factories import DailyRecordFactory

SUNDAY = date(2026, 11, 22)
KEY = UUID("6f1c8c5e-5d5a-4b43-9d15-0d0b3ad0a001")
EVENING = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)  # 20:30 in Dhaka: counts as late
NEXT_MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 07:00: closed, and not open yet
REFUSED = "sent a kept tap that was refused in"


def send(
    cast: SimpleNamespace, tapped_at: datetime = ORDINARY_MORNING, *, key: UUID = KEY, slow: timedelta = timedelta()
) -> TapAnswer:
    """At the frozen moment, from a device whose clock is `slow`."""
    return receive_tap(
        actor=cast.student,
        mission_enrollment=cast.enrolled,
        key=key,
        tapped_at=tapped_at - slow,
        sent_at=clock.now() - slow,
    )


def days(cast: SimpleNamespace) -> list[tuple]:
    return list(cast.enrolled.daily_records.order_by("on").values_list("on", "status", "submitted_at"))


def states() -> list[str]:
    return list(LateTap.objects.order_by("pk").values_list("state", flat=True))


@pytest.fixture
def in_review(cast: SimpleNamespace, frozen: Callable) -> LateTap:
    """A tap of 10:00 that arrived when the day was closed and absent."""
    with frozen(NEXT_MORNING):
        close_day(mission=cast.mission, on=SUNDAY)
        send(cast)
    return LateTap.objects.get()


class TestArrival:
    def test_in_the_window_it_is_a_submission_of_the_moment_of_arrival(
        self, cast: SimpleNamespace, frozen: Callable
    ) -> None:
        arrival = ORDINARY_MORNING + timedelta(hours=1)
        with frozen(arrival):
            first, again, other = send(cast), send(cast), send(cast, key=uuid4())
        assert first.outcome == again.outcome == other.outcome == "recorded"
        assert days(cast) == [(SUNDAY, "present", arrival)]
        assert not LateTap.objects.exists()

    def test_claimed_in_time_and_arrived_late_it_counts_as_late_until_somebody_decides(
        self, cast: SimpleNamespace, frozen: Callable
    ) -> None:
        with frozen(EVENING):
            assert (send(cast).outcome, send(cast).outcome) == ("review", "review")
            assert days(cast) == [(SUNDAY, "late", EVENING)]
            assert states() == ["pending"]
            decide_taps(actor=cast.sre, taps=taps_to_review(cast.sre), accept=True, answer="")
            assert days(cast) == [(SUNDAY, "present", EVENING)]
            assert send(cast).outcome == "recorded"

    def test_claimed_late_as_well_it_simply_counts_as_late(self, cast: SimpleNamespace, frozen: Callable) -> None:
        with frozen(EVENING + timedelta(minutes=20)):
            assert send(cast, EVENING).outcome == "recorded"
        assert not LateTap.objects.exists()

    def test_after_the_window_it_waits_once(self, cast: SimpleNamespace, in_review: LateTap, frozen: Callable) -> None:
        with frozen(NEXT_MORNING):
            assert [send(cast).outcome, send(cast, key=uuid4()).outcome] == ["review", "review"]
        assert (in_review.on, in_review.claimed_at, in_review.received_at) == (SUNDAY, ORDINARY_MORNING, NEXT_MORNING)
        assert states() == ["pending"]
        assert days(cast) == [(SUNDAY, "absent", None)]
        assert Event.objects.filter(verb="sent one more kept tap in").count() == 1

    def test_the_clock_of_the_device_is_taken_out_of_the_claim(self, cast: SimpleNamespace, frozen: Callable) -> None:
        with frozen(NEXT_MORNING):
            send(cast, slow=timedelta(days=3, minutes=17))
        tap = LateTap.objects.get()
        assert (tap.claimed_at, tap.on) == (ORDINARY_MORNING, SUNDAY)
        assert tap.clock_offset == timedelta(days=3, minutes=17)

    def test_what_was_recorded_meanwhile_stays(self, cast: SimpleNamespace, frozen: Callable) -> None:
        DailyRecordFactory(mission_enrollment=cast.enrolled, on=SUNDAY, status="present")
        with frozen(NEXT_MORNING):
            assert send(cast).outcome == "recorded"
        assert not LateTap.objects.exists()


class TestRefusal:
    @pytest.mark.parametrize(
        ("tapped_at", "why"),
        [
            (NEXT_MORNING + timedelta(minutes=2), "has not come yet"),
            (NEXT_MORNING - REACH - timedelta(seconds=1), "more than a week later"),
            (datetime(2026, 11, 22, 1, 59, tzinfo=UTC), "before attendance opened at 08:00"),
            (datetime(2026, 11, 22, 17, 59, tzinfo=UTC), "after attendance had closed at 23:59"),
            (datetime(2026, 11, 20, 4, 0, tzinfo=UTC), "no attendance on Friday 20 November"),
            (datetime(2026, 11, 21, 4, 0, tzinfo=UTC), "no attendance on Saturday 21 November"),
        ],
    )
    def test_a_claim_that_cannot_be(
        self, cast: SimpleNamespace, frozen: Callable, tapped_at: datetime, why: str
    ) -> None:
        add_holiday(actor=None, batch=cast.batch, on=date(2026, 11, 21), title="Day of rest")
        with frozen(NEXT_MORNING):
            answers = [send(cast, tapped_at) for _ in range(2)]
        assert [(each.outcome, why in each.sentence) for each in answers] == [("refused", True)] * 2
        assert (days(cast), states()) == ([], [])
        event = Event.objects.get(verb=REFUSED)
        assert (event.actor_id, event.data["key"]) == (cast.student.pk, str(KEY))

    def test_within_a_week_to_the_second(self, cast: SimpleNamespace, frozen: Callable) -> None:
        with frozen(ORDINARY_MORNING + REACH + timedelta(hours=-5)):
            assert send(cast).outcome == "review"

    @pytest.mark.parametrize(
        "change",
        [{"access": Access.RESTRICTED}, {"left_on": SUNDAY}],
    )
    def test_who_does_not_take_part(self, cast: SimpleNamespace, frozen: Callable, change: dict) -> None:
        for field, value in change.items():
            setattr(cast.enrolled, field, value)
        cast.enrolled.save()
        for moment in (ORDINARY_MORNING, NEXT_MORNING):
            with frozen(moment):
                assert send(cast, key=uuid4()).outcome == "refused"
        assert (days(cast), states()) == ([], [])

    def test_who_left_afterwards_was_there(self, cast: SimpleNamespace, frozen: Callable) -> None:
        cast.enrolled.left_on = SUNDAY + timedelta(days=1)
        cast.enrolled.save()
        with frozen(NEXT_MORNING):
            assert send(cast).outcome == "review"

    def test_an_archived_mission(self, cast: SimpleNamespace, frozen: Callable) -> None:
        cast.mission.status = MissionStatus.ARCHIVED
        with frozen(NEXT_MORNING):
            assert send(cast).outcome == "refused"


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_make_one(at_once: Callable, frozen: Callable) -> None:
    cast = build_cast()
    for moment in (ORDINARY_MORNING, NEXT_MORNING):
        with frozen(moment + timedelta(days=moment == NEXT_MORNING)):
            tapped_at = moment if moment == ORDINARY_MORNING else ORDINARY_MORNING + timedelta(days=1)
            answers = at_once(lambda _n, at=tapped_at: send(cast, at), range(10))
        assert len(set(answers)) == 1
    assert len(days(cast)) == len(states()) == 1


class TestDecision:
    def test_accepting_sets_the_day_and_asks_for_the_points(
        self, cast: SimpleNamespace, in_review: LateTap, frozen: Callable
    ) -> None:
        RecalculationRequest.objects.all().delete()
        with frozen(NEXT_MORNING):
            pending = taps_to_review(cast.sre)
            assert decide_taps(actor=cast.sre, taps=pending, accept=True, answer="Fine") == 1
            assert decide_taps(actor=cast.sre2, taps=pending, accept=False, answer="No") == 0
        record = cast.enrolled.daily_records.get()
        assert (record.status, record.corrected_by, record.reason) == (
            "present",
            cast.sre,
            "Tapped at 10:00 without a network",
        )
        in_review.refresh_from_db()
        assert (in_review.state, in_review.decided_by, in_review.decided_at) == ("accepted", cast.sre, NEXT_MORNING)
        corrected = Event.objects.get(verb="corrected the attendance of")
        assert (corrected.data["before"], corrected.data["after"]) == ("absent", "present")
        assert Event.objects.get(verb="accepted a kept tap of").data["answer"] == "Fine"
        assert RecalculationRequest.objects.get().mission_enrollment == cast.enrolled

    def test_refusing_needs_an_answer_and_leaves_the_day(
        self, cast: SimpleNamespace, in_review: LateTap, frozen: Callable
    ) -> None:
        pending = taps_to_review(cast.sre)
        with pytest.raises(Refused, match="Say why"):
            decide_taps(actor=cast.sre, taps=pending, accept=False, answer="")
        with frozen(NEXT_MORNING):
            decide_taps(actor=cast.sre, taps=pending, accept=False, answer="You were seen elsewhere")
            answer = send(cast)
            assert list(own_taps(cast.student)) == [in_review]
        assert (answer.outcome, "seen elsewhere" in answer.sentence) == ("refused", True)
        assert days(cast) == [(SUNDAY, "absent", None)]

    def test_it_never_makes_a_day_worse(self, cast: SimpleNamespace, frozen: Callable) -> None:
        with frozen(NEXT_MORNING):
            send(cast, EVENING)  # would count as late
            correct_attendance(
                actor=cast.sre, mission_enrollment=cast.enrolled, on=SUNDAY, status="present", reason="Seen"
            )
            assert decide_taps(actor=cast.sre, taps=taps_to_review(cast.sre), accept=True, answer="") == 1
        assert (DailyRecord.objects.get().status, states()) == ("present", ["accepted"])

    @pytest.mark.parametrize(
        "broken",
        [
            {"state": "accepted"},
            {"answer": "Half decided"},
            {"claimed_at": NEXT_MORNING + timedelta(seconds=1)},
        ],
    )
    def test_the_database_keeps_what_is_decided_together(self, in_review: LateTap, broken: dict) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            LateTap.objects.filter(pk=in_review.pk).update(**broken)


class TestBrowser:
    def post(self, client: Client, cast: SimpleNamespace, **changes: object) -> object:
        moment = ORDINARY_MORNING.isoformat()
        values = {
            "mission_enrollment": cast.enrolled.pk,
            "key": KEY,
            "tapped_at": moment,
            "sent_at": moment,
            "who": person_key(cast.student),
        }
        return client.post("/attendance/taps/", values | changes)

    def test_what_a_device_gets_to_keep(self, cast: SimpleNamespace, as_: Callable, ordinary_morning: datetime) -> None:
        answer = as_(cast.student).get("/attendance/taps/")
        facts = answer.json()
        [mission] = facts["missions"]
        assert (facts["who"], mission["id"], mission["title"]) == (
            person_key(cast.student),
            cast.enrolled.pk,
            "JavaScript basics",
        )
        assert [window["on"] for window in mission["windows"]] == [f"2026-11-{n}" for n in (22, 23, 24, 25, 26, 28)]
        assert mission["windows"][0]["closes"] == "2026-11-22T17:59:00Z"
        assert "no-store" in answer["Cache-Control"]
        for leak in (cast.student.name, cast.student.email, "Tanvir"):
            assert leak not in answer.text

    def test_a_tap_is_answered_with_the_card(
        self, cast: SimpleNamespace, as_: Callable, ordinary_morning: datetime
    ) -> None:
        client = as_(cast.student)
        answer = self.post(client, cast).json()
        assert (answer["outcome"], "You’re marked for today, at 10:00" in answer["card"]) == ("recorded", True)
        assert self.post(client, cast).json()["outcome"] == "recorded"
        assert len(days(cast)) == 1

    def test_only_for_the_person_who_tapped(
        self, cast: SimpleNamespace, as_: Callable, ordinary_morning: datetime
    ) -> None:
        assert self.post(as_(cast.student2), cast).status_code == 409
        assert self.post(as_(cast.student), cast, mission_enrollment=cast.enrolled2.pk).status_code == 404
        assert self.post(as_(None), cast).status_code == 302
        for wrong in ({"key": "x"}, {"tapped_at": "9999-12-31T00:00:00Z"}, {"sent_at": ""}):
            assert self.post(as_(cast.student), cast, **wrong).status_code == 422
        assert not DailyRecord.objects.exists()

    def test_the_queue_shows_what_one_may_see_and_not_ones_own(
        self, cast: SimpleNamespace, as_: Callable, in_review: LateTap, frozen: Callable
    ) -> None:
        with frozen(NEXT_MORNING):
            for person, sees in [(cast.sre, True), (cast.manager, True), (cast.mentor, True), (cast.mentor2, False)]:
                page = as_(person).get("/attendance/taps/review/")
                assert ("Arif Rahman" in page.text) == sees, person
                decide = as_(person).post(
                    f"/attendance/taps/review/decide/?_do=refuse&_rows={in_review.pk}", {"answer": ""}
                )
                assert decide.status_code == (422 if sees else 302), person
            cast.student.groups.add(*cast.mentor.groups.all())
            assert not as_(cast.student).get("/attendance/taps/review/").context["table"].data.data
        assert states() == ["pending"]

    def test_several_at_once_and_the_student_reads_the_answer(
        self, cast: SimpleNamespace, as_: Callable, in_review: LateTap, frozen: Callable
    ) -> None:
        with frozen(NEXT_MORNING):
            client, url = as_(cast.mentor), "/attendance/taps/review/decide/?_do=accept&_scope=matching"
            assert "Arif Rahman" in client.get(url).text
            assert "in review" in as_(cast.student).get("/dashboard/student/").text
            assert "1 tap is accepted." in client.post(url, {"answer": "Power cut, I know"}, follow=True).text
            assert "Choose at least one tap" in client.post(url, {"answer": ""}, follow=True).text
            assert "Power cut, I know" in as_(cast.student).get("/dashboard/student/").text
            assert "Power cut, I know" not in as_(cast.student2).get("/dashboard/student/").text
            assert "Power cut, I know" in client.get("/attendance/taps/review/?state=accepted").text
        assert days(cast) == [(SUNDAY, "present", None)]


def test_what_the_browser_keeps_is_the_same_for_everyone(cast: SimpleNamespace, as_: Callable) -> None:
    for url in ("/service-worker.js", "/offline/"):
        assert as_(None).get(url).content == as_(cast.student).get(url).content
    worker = as_(None).get("/service-worker.js")
    assert (worker["Content-Type"], worker["Cache-Control"]) == ("text/javascript; charset=utf-8", "no-cache")
    assert "worker-src 'self'" in worker["Content-Security-Policy"]
    assert "csrf" not in as_(None).get("/offline/").text
