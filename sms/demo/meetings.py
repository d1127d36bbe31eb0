"""The weekly meetings of the demo: who came to them, for how long, and that their hosts closed them."""

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time, timedelta

from sms.accounts.models import User
from sms.attendance.actions import (
    Was,
    close_meeting,
    create_series,
    lay_out_series,
    open_meeting,
    set_meeting_records,
)
from sms.attendance.choices import DayStatus, MeetingState
from sms.attendance.models import Meeting, MeetingSeries
from sms.attendance.queries import days_of
from sms.core import clock
from sms.demo.habits import habits_of, submissions
from sms.programme.models import Mission, MissionEnrollment

STARTS_AT, MINUTES = time(20), 60
TITLE = "Weekly hour with the mentors"
LINK = "https://meet.example.com/weekly-hour"
LONGEST_WAIT = 15  # minutes until somebody joins

Happening = tuple[datetime, Callable[[], None]]


def begin(actor: User, host: User, mission: Mission, weekday: int) -> MeetingSeries:
    return create_series(
        actor=actor,
        mission=mission,
        title=TITLE,
        weekday=weekday,
        starts_at=STARTS_AT,
        minutes=MINUTES,
        host=host,
        link=LINK,
    )


def happenings(
    mission: Mission, newcomers: Mapping[int, list[MissionEnrollment]], seed: int, now: datetime
) -> Iterator[Happening]:
    """The meetings of a mission up to `now`, each with the moment at which its host closed it."""
    zone = mission.batch.zone
    members = {n: place.pk for n, places in newcomers.items() for place in places if place.mission_id == mission.pk}
    for series in mission.meeting_series.select_related("mission__batch"):
        days = days_of(series, mission.starts_on, now.astimezone(zone).date())
        came = {
            number: submissions(seed, habits_of(seed, number), f"{mission.code}/meetings", days, now=now, zone=zone)
            for number in members
        }
        for day in days:
            start = clock.at_local(day, series.starts_at, zone)
            if start + series.length <= now:
                there = {pk: day in came[number] for number, pk in members.items()}
                yield start - timedelta(minutes=5), _lay_out(series, start)
                yield (
                    start + series.length,
                    _hold(series, start, there, random.Random(f"{seed}/{mission.code}/meeting/{day}")),
                )


def _lay_out(series: MeetingSeries, start: datetime) -> Callable[[], None]:
    def happen() -> None:
        lay_out_series(actor=None, series=series)
        for meeting in series.meetings.filter(starts_at=start, state=MeetingState.SCHEDULED):
            open_meeting(actor=series.host, meeting=meeting)

    return happen


def _hold(
    series: MeetingSeries, start: datetime, there: Mapping[int, bool], chance: random.Random
) -> Callable[[], None]:
    def happen() -> None:
        meeting = Meeting.objects.select_related("mission__batch").filter(series=series, starts_at=start).first()
        if meeting is None:
            return
        rows = {(meeting.pk, pk): _was(meeting, is_there, chance) for pk, is_there in there.items()}
        set_meeting_records(actor=None, rows=rows)
        close_meeting(actor=series.host, meeting=meeting)

    return happen


def _was(meeting: Meeting, is_there: bool, chance: random.Random) -> Was:
    """As a report would say it."""
    if not is_there:
        return Was(DayStatus.ABSENT.value)
    waited = int(chance.triangular(0, LONGEST_WAIT, 2))
    status = DayStatus.LATE if waited >= meeting.late_after else DayStatus.PRESENT
    stayed = MINUTES - waited - chance.choice((0, 0, 0, 5))
    return Was(status.value, minutes=stayed, joined_at=meeting.starts_at + timedelta(minutes=waited))
