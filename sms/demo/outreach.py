"""The SREs of the demo at work: they list who falls behind, phone, note what came of it, and keep most promises."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sms.accounts.models import User
from sms.core import clock
from sms.demo.people import CALLERS, find
from sms.outreach.actions import finish_follow_up, list_for_calls, log_call, take_next
from sms.outreach.choices import Outcome
from sms.outreach.models import CallEntry
from sms.outreach.queries import held_by, open_follow_ups, waiting
from sms.programme.models import Batch
from sms.risk.choices import RiskLabel
from sms.risk.queries import low_performers

SESSIONS = (9, 7, 5, 3, 2, 1)  # days before today
SESSION_STARTS = time(11)
LAST_CALL = time(18, 40)
MINUTES_A_CALL = 6
MOST_CALLS = 8  # of one SRE in a session
FEW_LISTED = 10  # then those to be watched are listed as well
CALLED_LATELY = timedelta(days=4)
SHARE_CALLED = 0.25  # of those who wait, in one session
CALLBACK_DUE = timedelta(minutes=25)  # before now

NOTES = {
    Outcome.PICKED: (
        "Was travelling for a family wedding. Will catch up by the weekend.",
        "Lost the thread at functions; asked for a short session with the mentor.",
        "Exams until Thursday. Promised to submit every evening from then on.",
        "Internet was down for some days, works again.",
        "Did not know that attendance counts each day. Explained where to tap.",
        "Has taken a part-time job. Can study after nine in the evening.",
    ),
    Outcome.RESCHEDULE: ("In class, asked to be called later.", "On the bus, could not hear."),
    Outcome.NO_ANSWER: ("", "", "Rang for a minute."),
    Outcome.PHONE_OFF: ("",),
    Outcome.BUSY: ("", "Line busy twice."),
    Outcome.WRONG_NUMBER: ("Someone else answered; the number is not theirs.",),
    Outcome.DO_NOT_CALL: ("Asked for e-mail instead of calls.",),
}
OUTCOMES = {
    Outcome.PICKED: 46,
    Outcome.NO_ANSWER: 24,
    Outcome.PHONE_OFF: 11,
    Outcome.BUSY: 8,
    Outcome.RESCHEDULE: 7,
    Outcome.WRONG_NUMBER: 3,
    Outcome.DO_NOT_CALL: 1,
}


@dataclass(frozen=True)
class Moment:
    at: datetime
    happen: Callable[[], None]


def moments(batch: Batch, seed: int, now: datetime) -> Iterator[Moment]:
    """The calls of the last days, and who is on the list now."""
    today = now.astimezone(batch.zone).date()
    for days in SESSIONS:
        at = clock.at_local(today - timedelta(days=days), SESSION_STARTS, batch.zone)
        yield Moment(at, _session(random.Random(f"{seed}/calls/{days}"), at))
    evening = clock.at_local(today - timedelta(days=1), LAST_CALL, batch.zone)
    yield Moment(evening, lambda: _ask_for_callback(find(CALLERS[1]), now - CALLBACK_DUE))
    yield Moment(now - timedelta(minutes=1), lambda: _list(find(CALLERS[0])))


def _session(chance: random.Random, at: datetime) -> Callable[[], None]:
    def happen() -> None:
        # Whoever has a student on the phone at this very moment is left alone.
        callers = [sre for sre in map(find, CALLERS) if not held_by(sre)]
        if not callers:
            return
        _list(callers[0])
        for sre in callers:
            _keep_promises(chance, sre)
        calls = min(MOST_CALLS * len(callers), round(waiting().count() * SHARE_CALLED) or 1)
        for number in range(calls):
            round_starts = at + timedelta(minutes=MINUTES_A_CALL * (number // len(callers)))
            _call(chance, callers[number % len(callers)], round_starts)

    return happen


def _list(sre: User) -> None:
    """Those at risk, unless they were phoned lately; in a small programme also those to be watched."""
    lately = CallEntry.objects.filter(calls__started_at__gte=clock.now() - CALLED_LATELY).values("mission_enrollment")
    candidates = low_performers(sre).exclude(pk__in=lately).order_by("pk")
    grave = list(candidates.exclude(label=RiskLabel.WATCH))
    list_for_calls(actor=sre, students=grave if len(grave) >= FEW_LISTED else list(candidates))


def _call(chance: random.Random, sre: User, at: datetime) -> None:
    with clock.frozen_at(at):
        entry = take_next(actor=sre)
    if entry is None:
        return
    outcome = chance.choices(list(OUTCOMES), list(OUTCOMES.values()))[0]
    with clock.frozen_at(at + timedelta(minutes=chance.randint(1, MINUTES_A_CALL - 1))):
        log_call(
            actor=sre,
            entry=entry,
            outcome=outcome,
            notes=chance.choice(NOTES[outcome]),
            follow_up_at=_follow_up(chance, outcome),
        )


def _follow_up(chance: random.Random, outcome: Outcome) -> datetime | None:
    if outcome == Outcome.RESCHEDULE:
        return clock.now() + timedelta(hours=chance.choice((5, 24, 26)))
    if outcome == Outcome.PICKED and chance.random() < 0.6:
        return clock.now() + timedelta(days=chance.randint(1, 4))
    return None


def _keep_promises(chance: random.Random, sre: User) -> None:
    for follow_up in open_follow_ups(sre).filter(due_at__lte=clock.now() + timedelta(days=1)):
        if chance.random() < 0.75:
            finish_follow_up(actor=sre, follow_up=follow_up)


def _ask_for_callback(sre: User, due: datetime) -> None:
    """One student said when to call back, and that was a little while ago."""
    entry = None if held_by(sre) else take_next(actor=sre)
    if entry:
        log_call(
            actor=sre, entry=entry, outcome=Outcome.RESCHEDULE, notes=NOTES[Outcome.RESCHEDULE][0], follow_up_at=due
        )
