"""Taking the next student, logging what came of it, and what follows from each outcome."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from sms.audit.models import Event
from sms.authorization import roles
from sms.core.problems import Refused
from sms.outreach.actions import finish_follow_up, list_for_calls, log_call, release, take_next
from sms.outreach.choices import LEASE, EntryState, Outcome
from sms.outreach.models import Call, CallEntry, DoNotCall, FollowUp
from sms.outreach.queries import held_by, open_follow_ups, takeable
from sms.risk.queries import low_performers, visible_to
from tests.conftest import ORDINARY_MORNING, build_cast
from tests.factories import CallEntryFactory, MissionEnrollmentFactory, MissionFactory, UserFactory, attended

NOW = ORDINARY_MORNING
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def entry_of(cast: SimpleNamespace, **fields: object) -> CallEntry:
    fields.setdefault("mission_enrollment", cast.enrolled)
    return CallEntryFactory(**fields)


def fresh(entry: CallEntry) -> CallEntry:
    return CallEntry.objects.get(pk=entry.pk)


class TestListing:
    def test_students_come_with_their_reasons(self, cast: SimpleNamespace) -> None:
        attended(cast.enrolled, "AAAAA", NOW.date())
        attended(cast.enrolled2, "PPPPPPPPPPPPAA", NOW.date())
        assert list_for_calls(actor=cast.sre, students=low_performers(cast.sre)) == 2
        assert list_for_calls(actor=cast.sre, students=low_performers(cast.sre)) == 0
        rows = CallEntry.objects.order_by("-priority").values_list(
            "mission_enrollment", "priority", "reasons", "state", "due_at"
        )
        assert list(rows) == [
            (
                cast.enrolled.pk,
                3,
                ["Absent 5 days in a row, not once present", "Attendance 0 % in the last 14 days"],
                "waiting",
                NOW,
            ),
            (cast.enrolled2.pk, 1, ["Absent 2 days in a row, last present Fri 20 Nov"], "waiting", NOW),
        ]

    def test_who_asked_not_to_be_called_never_comes_on(self, cast: SimpleNamespace) -> None:
        DoNotCall.objects.create(student=cast.student, since=NOW)
        assert list_for_calls(actor=cast.sre, students=visible_to(cast.sre)) == 1
        assert [entry.mission_enrollment for entry in CallEntry.objects.all()] == [cast.enrolled2]

    def test_who_was_done_with_can_come_on_again(self, cast: SimpleNamespace) -> None:
        entry_of(cast, state=EntryState.DONE)
        assert list_for_calls(actor=cast.sre, students=visible_to(cast.sre)) == 2


class TestTaking:
    def test_leases_the_student_and_says_so(self, cast: SimpleNamespace) -> None:
        entry = entry_of(cast)
        taken = take_next(actor=cast.sre)
        assert (taken, taken.leased_by, taken.leased_until) == (entry, cast.sre, NOW + LEASE)
        assert fresh(entry).leased_until == NOW + LEASE
        assert list(Event.objects.filter(verb="took the call with").values_list("actor_id", "subject_id")) == [
            (cast.sre.pk, entry.pk)
        ]

    def test_the_same_sre_gets_the_same_student(self, cast: SimpleNamespace) -> None:
        entry_of(cast)
        entry_of(cast, mission_enrollment=cast.enrolled2)
        assert take_next(actor=cast.sre) == take_next(actor=cast.sre)
        assert Event.objects.filter(verb="took the call with").count() == 1

    def test_two_sres_get_two_students_and_a_third_none(self, cast: SimpleNamespace) -> None:
        entry_of(cast)
        entry_of(cast, mission_enrollment=cast.enrolled2)
        assert take_next(actor=cast.sre) != take_next(actor=cast.sre2)
        assert take_next(actor=cast.admin) is None

    def test_callbacks_first_then_priority_then_waiting_time(self, cast: SimpleNamespace) -> None:
        fields = {
            "long": {"due_at": NOW - 9 * HOUR, "priority": 1},
            "short": {"due_at": NOW - HOUR, "priority": 1},
            "grave": {"due_at": NOW, "priority": 3},
            "callback": {"due_at": NOW, "priority": 0, "is_callback": True},
            "not due": {"due_at": NOW + timedelta(seconds=1), "priority": 9, "is_callback": True},
        }
        entries = {
            CallEntryFactory(mission_enrollment=MissionEnrollmentFactory(mission=cast.mission), **values).pk: name
            for name, values in fields.items()
        }
        assert [entries[entry.pk] for entry in takeable()] == ["callback", "grave", "long", "short"]

    def test_a_lease_ends_by_itself(self, cast: SimpleNamespace, frozen: Callable) -> None:
        entry = entry_of(cast)
        take_next(actor=cast.sre)
        with frozen(NOW + LEASE - timedelta(seconds=1)):
            assert (take_next(actor=cast.sre2), held_by(cast.sre)) == (None, entry)
        with frozen(NOW + LEASE):
            assert held_by(cast.sre) is None
            assert (take_next(actor=cast.sre2), take_next(actor=cast.sre)) == (entry, None)
            with pytest.raises(Refused, match="no longer yours"):
                log_call(actor=cast.sre, entry=entry, outcome=Outcome.PICKED)

    def test_a_call_longer_than_the_lease_is_logged_while_nobody_else_has_the_student(
        self, cast: SimpleNamespace, frozen: Callable
    ) -> None:
        entry = entry_of(cast)
        take_next(actor=cast.sre)
        with frozen(NOW + 2 * LEASE):
            assert log_call(actor=cast.sre, entry=entry, outcome=Outcome.PICKED).caller == cast.sre

    def test_given_back_it_is_free(self, cast: SimpleNamespace) -> None:
        entry = entry_of(cast)
        take_next(actor=cast.sre)
        release(actor=cast.sre2, entry=entry)
        assert held_by(cast.sre) == entry
        for _ in range(2):
            release(actor=cast.sre, entry=entry)
        assert (fresh(entry).leased_by, fresh(entry).leased_until) == (None, None)
        assert Event.objects.filter(verb="gave back the call with").count() == 1

    @pytest.mark.parametrize("reason", ["do not call", "deactivated", "done"])
    def test_who_is_never_taken(self, cast: SimpleNamespace, reason: str) -> None:
        entry_of(cast, state=EntryState.DONE if reason == "done" else EntryState.WAITING)
        if reason == "do not call":
            DoNotCall.objects.create(student=cast.student, since=NOW)
        elif reason == "deactivated":
            cast.student.is_active = False
            cast.student.save(update_fields=["is_active"])
        assert take_next(actor=cast.sre) is None


@pytest.mark.django_db(transaction=True)
def test_eight_sres_at_once_get_eight_students(at_once: Callable, ordinary_morning: datetime) -> None:
    cast = build_cast()
    for _ in range(8):
        CallEntryFactory(mission_enrollment=MissionEnrollmentFactory(mission=cast.mission))
    sres = [UserFactory(roles=(roles.SRE,)) for _ in range(8)]
    taken = at_once(lambda sre: take_next(actor=sre), sres)
    assert len({entry.pk for entry in taken}) == 8
    assert [fresh(entry).leased_by for entry in taken] == sres


@pytest.mark.django_db(transaction=True)
def test_one_sre_with_eight_tabs_gets_one_student(at_once: Callable, ordinary_morning: datetime) -> None:
    cast = build_cast()
    for _ in range(8):
        CallEntryFactory(mission_enrollment=MissionEnrollmentFactory(mission=cast.mission))
    taken = at_once(lambda _tab: take_next(actor=cast.sre), range(8))
    assert len({entry.pk for entry in taken}) == 1
    assert CallEntry.objects.filter(leased_by=cast.sre).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_call_is_logged_once_however_often_it_is_sent(at_once: Callable, ordinary_morning: datetime) -> None:
    cast = build_cast()
    entry = entry_of(cast)
    take_next(actor=cast.sre)

    def log(_n: int) -> str:
        try:
            return log_call(actor=cast.sre, entry=entry, outcome=Outcome.BUSY).outcome
        except Refused:
            return "refused"

    assert sorted(at_once(log, range(6))) == ["busy"] + ["refused"] * 5
    assert (Call.objects.count(), fresh(entry).attempts) == (1, 1)


class TestLogging:
    @pytest.mark.parametrize(
        ("outcome", "state", "due_at", "is_callback"),
        [
            (Outcome.PICKED, "done", NOW, False),
            (Outcome.NO_ANSWER, "waiting", NOW + 5 * HOUR, False),
            (Outcome.PHONE_OFF, "waiting", NOW + 5 * HOUR, False),
            (Outcome.BUSY, "waiting", NOW + HOUR / 2, False),
            (Outcome.WRONG_NUMBER, "stopped", NOW, False),
            (Outcome.RESCHEDULE, "waiting", NOW + 2 * HOUR, True),
            (Outcome.DO_NOT_CALL, "stopped", NOW, False),
        ],
    )
    def test_what_follows(
        self, cast: SimpleNamespace, outcome: str, state: str, due_at: datetime, is_callback: bool
    ) -> None:
        entry = entry_of(cast)
        take_next(actor=cast.sre)
        later = NOW + 2 * HOUR if outcome == Outcome.RESCHEDULE else None
        call = log_call(actor=cast.sre, entry=entry, outcome=outcome, notes="Said so", follow_up_at=later)
        assert (call.caller, call.started_at, call.outcome, call.notes) == (cast.sre, NOW, outcome, "Said so")
        after = fresh(entry)
        assert (after.state, after.due_at, after.is_callback, after.attempts) == (state, due_at, is_callback, 1)
        assert (after.leased_by, after.leased_until, FollowUp.objects.count()) == (None, None, 0)
        assert [d.student for d in DoNotCall.objects.all()] == (
            [cast.student] if outcome == Outcome.DO_NOT_CALL else []
        )
        event = Event.objects.get(verb="logged a call with")
        assert (event.actor_id, event.subject_id, event.data) == (cast.sre.pk, entry.pk, {"outcome": outcome})

    def test_three_failed_attempts_exhaust(self, cast: SimpleNamespace, frozen: Callable) -> None:
        entry = entry_of(cast)
        states = []
        for day, outcome in enumerate((Outcome.NO_ANSWER, Outcome.BUSY, Outcome.PHONE_OFF)):
            with frozen(NOW + timedelta(days=day)):
                assert take_next(actor=cast.sre) == entry
                log_call(actor=cast.sre, entry=entry, outcome=outcome)
            states.append((fresh(entry).state, fresh(entry).attempts))
        assert states == [("waiting", 1), ("waiting", 2), ("exhausted", 3)]
        with frozen(NOW + timedelta(days=9)):
            assert take_next(actor=cast.sre) is None

    def test_a_promise_has_an_owner_and_a_due_time(self, cast: SimpleNamespace) -> None:
        entry = entry_of(cast)
        take_next(actor=cast.sre)
        call = log_call(actor=cast.sre, entry=entry, outcome=Outcome.PICKED, follow_up_at=NOW + HOUR)
        follow_up = FollowUp.objects.get()
        assert (follow_up.call, follow_up.owner, follow_up.due_at, follow_up.done_at) == (
            call,
            cast.sre,
            NOW + HOUR,
            None,
        )
        assert (list(open_follow_ups(cast.sre)), list(open_follow_ups(cast.sre2))) == ([follow_up], [])
        for _ in range(2):
            finish_follow_up(actor=cast.sre, follow_up=follow_up)
        assert list(open_follow_ups(cast.sre)) == []
        assert Event.objects.filter(verb="finished the follow-up with").count() == 1

    @pytest.mark.parametrize("who", ["nobody took it", "someone else has it", "it was logged", "it was given back"])
    def test_without_the_lease_it_is_refused(self, cast: SimpleNamespace, who: str) -> None:
        entry = entry_of(cast)
        if who == "someone else has it":
            take_next(actor=cast.sre2)
        elif who != "nobody took it":
            take_next(actor=cast.sre)
        if who == "it was logged":
            log_call(actor=cast.sre, entry=entry, outcome=Outcome.BUSY)
        elif who == "it was given back":
            release(actor=cast.sre, entry=entry)
        before = Call.objects.count()
        with pytest.raises(Refused, match="no longer yours"):
            log_call(actor=cast.sre, entry=entry, outcome=Outcome.PICKED)
        assert Call.objects.count() == before

    def test_call_later_needs_a_time(self, cast: SimpleNamespace) -> None:
        entry = entry_of(cast)
        take_next(actor=cast.sre)
        with pytest.raises(Refused, match="Say when to call back"):
            log_call(actor=cast.sre, entry=entry, outcome=Outcome.RESCHEDULE)
        assert (Call.objects.count(), fresh(entry).attempts) == (0, 0)

    def test_do_not_call_holds_in_every_mission(self, cast: SimpleNamespace) -> None:
        entry = entry_of(cast, priority=9)
        elsewhere = MissionEnrollmentFactory(mission=MissionFactory(batch=cast.batch), student=cast.student)
        entry_of(cast, mission_enrollment=elsewhere)
        take_next(actor=cast.sre)
        log_call(actor=cast.sre, entry=entry, outcome=Outcome.DO_NOT_CALL)
        assert take_next(actor=cast.sre) is None
        assert (
            list_for_calls(actor=cast.sre, students=visible_to(cast.sre).filter(enrollment__student=cast.student)) == 0
        )
