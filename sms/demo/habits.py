"""How the students of the demo attend: who is steady, who slips, who is gone.

Of every twenty students fourteen are on track, three to be watched, two at risk and one in a critical
state, by the rules of sms/risk/choices.py; each keeps to habits of their own (hour, being late).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sms.core import clock
from sms.risk.choices import WINDOW_DAYS, RiskLabel

ON_TRACK, WATCH, AT_RISK, CRITICAL = RiskLabel.ON_TRACK, RiskLabel.WATCH, RiskLabel.AT_RISK, RiskLabel.CRITICAL

OF_TWENTY = [ON_TRACK] * 14 + [WATCH] * 3 + [AT_RISK] * 2 + [CRITICAL]
FIXED = {0: ON_TRACK, 1: WATCH}  # student@ and student2@

ATTENDS_BEFORE = {
    ON_TRACK: 0.97,
    WATCH: 0.90,
    AT_RISK: 0.82,
    CRITICAL: 0.72,
}  # share, before the days that risk looks at
ATTENDS_TODAY = {ON_TRACK: 0.95, WATCH: 0.6, AT_RISK: 0.3, CRITICAL: 0.0}

# What the days that risk looks at may be like: (absent in a row at their end, other absences), one picked at random.
# None is so near to the next label that a day more or less would change it.
LAST_DAYS = {
    ON_TRACK: ((0, 0), (0, 0), (0, 0), (0, 1), (0, 1), (1, 0)),
    WATCH: ((2, 0), (2, 1), (0, 4), (0, 5)),
    AT_RISK: ((3, 0), (3, 1), (4, 0), (0, 7), (1, 6)),
    CRITICAL: ((5, 1), (7, 0), (9, 1), (12, 0), (1, 9)),
}
STILL_RUNNING = timedelta(days=7)  # since the last day that asked for attendance
LATE_FROM, LATE_UNTIL = 21 * 60 + 5, 23 * 60 + 50  # minutes of the day


@dataclass(frozen=True)
class Habits:
    """One student: the standing they shall end up with, the hour they submit at, and how often they are late."""

    number: int
    label: RiskLabel
    usual_minute: int
    late_share: float


def habits_of(seed: int, number: int) -> Habits:
    chance = random.Random(f"{seed}/habits/{number}")
    return Habits(
        number, label_of(seed, number), int(chance.triangular(8 * 60, 20 * 60, 10 * 60)), chance.uniform(0.01, 0.15)
    )


def label_of(seed: int, number: int) -> RiskLabel:
    return _twenty(seed, number // 20)[number % 20]


@lru_cache(maxsize=1_000)
def _twenty(seed: int, block: int) -> tuple[RiskLabel, ...]:
    labels = list(OF_TWENTY)
    random.Random(f"{seed}/labels/{block}").shuffle(labels)
    if block == 0:
        for place, label in FIXED.items():
            # Swapped with another who has that label, so that the shares stay.
            other = next(n for n, found in enumerate(labels) if found == label and n not in range(place))
            labels[place], labels[other] = labels[other], labels[place]
    return tuple(labels)


def submissions(
    seed: int, habits: Habits, mission_code: str, days: Sequence[date], *, now: datetime, zone: ZoneInfo
) -> dict[date, datetime]:
    """When the student submitted on which of `days`; a day that is missing was not attended.

    A time of today that has not come yet is left out. The two demo students have today before them.
    """
    chance = random.Random(f"{seed}/days/{mission_code}/{habits.number}")
    today = now.astimezone(zone).date()
    past = [day for day in days if day < today]
    attended = [day for day, came in zip(past, _attendance(chance, habits, past, today), strict=True) if came]
    if (
        today in days
        and habits.number not in FIXED
        and chance.random() < ATTENDS_TODAY[habits.label]
        and _may_come(attended, past)
    ):
        attended.append(today)
    moments = {day: _moment(chance, habits, day, zone) for day in attended}
    return {day: moment for day, moment in moments.items() if moment <= now}


def _attendance(chance: random.Random, habits: Habits, past: Sequence[date], today: date) -> list[bool]:
    """Whether they came on each of the past days, oldest first."""
    recent = min(len(past), WINDOW_DAYS) if past and today - past[-1] < STILL_RUNNING else 0
    share = 1.0 if habits.number == 0 else ATTENDS_BEFORE[habits.label]
    came = [chance.random() < share for _day in past]
    if habits.number == 0 and len(past) > recent:
        came[1] = False  # a good student, and no machine
    if not recent:
        return came
    run, others = (0, 0) if habits.number == 0 else chance.choice(LAST_DAYS[habits.label])
    run = min(run, recent)
    first = len(past) - recent
    came[first:] = [True] * (recent - run) + [False] * run
    # Not on the day before the run, which would lengthen it, nor on the last day when there is none.
    candidates = range(first, max(first, len(past) - run - 1))
    for place in chance.sample(candidates, min(others, len(candidates))):
        came[place] = False
    return came


def _may_come(attended: Sequence[date], past: Sequence[date]) -> bool:
    """Who was absent yesterday stays away today too: the run of absences is what they shall show."""
    return not past or (bool(attended) and attended[-1] == past[-1])


def _moment(chance: random.Random, habits: Habits, day: date, zone: ZoneInfo) -> datetime:
    if chance.random() < habits.late_share:
        minute = chance.randint(LATE_FROM, LATE_UNTIL)
    else:
        minute = min(max(int(chance.gauss(habits.usual_minute, 40)), 5), LATE_FROM - 10)
    return clock.at_local(day, time(minute // 60, minute % 60, chance.randrange(60)), zone)
