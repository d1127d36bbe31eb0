"""The batch of the demo: a completed, an active and an upcoming mission, their windows, holidays and work.

Every date is a distance from the day on which the demo is first built. Later, what stands in the database holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

from sms.accounts.models import User
from sms.assignments.actions import create_assignment, set_instructions
from sms.attendance.actions import add_holiday, set_policy
from sms.attendance.models import Holiday
from sms.attendance.queries import policy_of
from sms.core import clock
from sms.demo import meetings, people
from sms.points.actions import change_settings
from sms.programme.actions import create_batch, create_mission, create_template, move_batch, set_guidelines
from sms.programme.choices import Access, BatchStatus
from sms.programme.models import Batch, Mission

BATCH_CODE = "batch-12"
BATCH_STARTS = -60  # days from today
BATCH_ENDS = 75
FRIDAY, SATURDAY = 5, 6
WORK_DUE = time(23, 59)
MEETINGS_ON = 2  # a Tuesday


@dataclass(frozen=True)
class Plan:
    """A mission: when it runs, in days from today, and what its days are about."""

    code: str
    title: str
    starts: int
    ends: int
    topics: tuple[str, ...]


MISSIONS = (
    Plan(
        "git", "Git and the command line", -56, -31,
        ("Your first commit", "Branches", "Merging without fear", "Reading a diff", "The shell in an hour", "Pipes and files",
         "A pull request", "Reviewing a colleague", "Conflicts", "Rebase", "Tags and releases", "A small shell script"),
    ),
    Plan(
        "js-basics", "JavaScript basics", -27, 8,
        ("Values and types", "Conditions", "Loops", "Functions", "Arrays", "Objects", "Strings and templates", "Finding errors",
         "The document", "Events", "Forms", "A to-do list", "Modules", "Promises", "Fetching data", "Dates and times",
         "Testing a function", "Refactoring", "A quiz game", "Local storage", "Accessibility", "Your own page",
         "Reading others’ code", "The mission’s project", "Presenting it"),
    ),
    Plan(
        "react", "React from the start", 12, 47,
        ("Components", "Props", "State", "Lists and keys", "Effects", "Forms in React", "Lifting state", "Routing", "Data from a server",
         "A shared design", "Testing components", "The project"),
    ),
)  # fmt: skip

DO = """\
- Mark your attendance **every day**, before the window closes
- Hand in your own work, even when it is *not finished*
- Write to your mentor when you are stuck for more than an hour"""
DONT = """\
- Copy somebody’s work: you would miss what the exercise is for
- Share your password
- Wait until the last evening"""

INSTRUCTIONS = """\
Write it **yourself**, step by step:

1. Read the chapter of the day
2. Solve the three exercises at its end
3. Hand in a link to your repository, or the file

Stuck for more than an hour? Ask your mentor."""

HOLIDAYS = ((-44, "Eid holiday"), (-16, "Programme holiday"), (5, "Victory Day celebration"))  # days from today


def create(manager: User, today: date, timezone: str) -> Batch:
    """Batch, missions, windows, holidays and assignments, all still ahead of their time."""
    batch = create_batch(
        actor=manager,
        code=BATCH_CODE,
        title="Batch 12 · Web development",
        starts_on=today + timedelta(days=BATCH_STARTS),
        ends_on=today + timedelta(days=BATCH_ENDS),
        timezone=timezone,
    )
    move_batch(actor=manager, batch=batch, to=BatchStatus.ACTIVE)
    for days, title in HOLIDAYS:
        add_holiday(actor=manager, batch=batch, on=today + timedelta(days=days), title=title)
    for order, plan in enumerate(MISSIONS, start=1):
        mission = create_mission(
            actor=manager,
            batch=batch,
            code=plan.code,
            title=plan.title,
            order=order,
            starts_on=today + timedelta(days=plan.starts),
            ends_on=today + timedelta(days=plan.ends),
        )
        mission.attendance_policy = set_policy(
            actor=manager, mission=mission, weekdays=days_of_the_week(today), opens_at=time(0), late_after=time(21)
        )
        _set_work(manager, mission, plan)
        set_guidelines(actor=manager, mission=mission, do=DO, dont=DONT)
        change_settings(actor=manager, mission=mission, has_leaderboard=True, leaderboard_size=10, manual_limit=None)
        meetings.begin(manager, people.find("mentor"), mission, weekday=MEETINGS_ON)
    missions = list(batch.missions.all())
    create_template(
        actor=manager, batch=batch, title="The whole programme", access=dict.fromkeys(missions, Access.FULL.value)
    )
    create_template(
        actor=manager, batch=batch, title="Guests, who only look on", access={missions[1]: Access.RESTRICTED.value}
    )
    return batch


def days_of_the_week(today: date) -> list[int]:
    """All but Friday. Someone who tries the demo on a Friday shall have a day to submit: then all but Saturday."""
    rest = SATURDAY if today.isoweekday() == FRIDAY else FRIDAY
    return [day for day in range(1, 8) if day != rest]


def days_asked(mission: Mission, until: date) -> list[date]:
    """The days up to `until` on which the mission asks for attendance."""
    weekdays, holidays = policy_of(mission).weekdays, _holidays(mission)
    return [day for day in _days(mission, until) if day.isoweekday() in weekdays and day not in holidays]


def _set_work(manager: User, mission: Mission, plan: Plan) -> None:
    """One assignment for each day that asks for attendance but the last of the week: five a week."""
    zone, rest = mission.batch.zone, _rest_day(mission)
    days = [day for day in days_asked(mission, mission.ends_on) if day.isoweekday() % 7 != (rest - 1) % 7]
    for number, day in enumerate(days, start=1):
        assignment = create_assignment(
            actor=manager,
            mission=mission,
            code=f"day-{number}",
            day=number,
            title=plan.topics[(number - 1) % len(plan.topics)],
            opens_at=clock.at_local(day, time(0), zone),
            due_at=clock.at_local(day, WORK_DUE, zone, closing=True),
        )
        set_instructions(actor=manager, assignment=assignment, text=INSTRUCTIONS)


def _rest_day(mission: Mission) -> int:
    return (set(range(1, 8)) - set(policy_of(mission).weekdays)).pop()


def _holidays(mission: Mission) -> set[date]:
    return set(Holiday.objects.filter(batch=mission.batch_id).values_list("on", flat=True))


def _days(mission: Mission, until: date) -> Iterator[date]:
    day = mission.starts_on
    while day <= min(mission.ends_on, until):
        yield day
        day += timedelta(days=1)
