"""Time passes in the demo: days are submitted and closed, missions begin and end, and the points follow.

The clock is stood still at each moment in turn and the ordinary actions are called, so every record,
ledger entry and audit event carries the time at which it would have been written.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.db.models import QuerySet

from sms.accounts.models import User
from sms.attendance.actions import close_day, correct_attendance, lay_out_all_series, record_day
from sms.attendance.choices import DayStatus
from sms.attendance.models import DailyRecord
from sms.attendance.queries import policy_of
from sms.attendance.windows import window_of
from sms.core import clock
from sms.demo import meetings, outreach, work
from sms.demo.grading import grade_some
from sms.demo.habits import habits_of, submissions
from sms.demo.people import find
from sms.demo.programme import days_asked
from sms.points.actions import give_points, take_requests, work_out_bands
from sms.points.queries import missions_to_rank
from sms.programme.actions import move_mission
from sms.programme.choices import MissionStatus
from sms.programme.models import Batch, Mission, MissionEnrollment

CORRECTIONS = (
    "Was ill; the certificate is with the SRE",
    "Power cut in the evening, wrote to the mentor",
    "Took part from a friend’s phone",
)
ANALYZE_EVERY = 5  # moments; without it PostgreSQL plans for the empty tables that it knew before the transaction
ANALYZE = (
    "ANALYZE accounts_user, programme_enrollment, programme_missionenrollment,"
    " attendance_dailyrecord, attendance_meetingrecord, points_ledgerentry"
)
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Moment:
    """Something that happens at a time. Moments are lived through in the order of time."""

    at: datetime
    happen: Callable[[], None]


def live_through(
    batch: Batch,
    newcomers: Mapping[int, list[MissionEnrollment]],
    *,
    seed: int,
    is_new: bool,
    now: datetime,
    progress: Progress,
) -> None:
    """The past of `newcomers` (mission enrollments by the student's number), up to `now`.

    In a new programme the missions begin and end on the way; in one that grows they stay as they are.
    """
    missions = list(batch.missions.select_related("batch", "attendance_policy"))
    moments = [moment for mission in missions for moment in _days_of(mission, newcomers, seed, now)]
    moments += [
        Moment(at, happen) for mission in missions for at, happen in meetings.happenings(mission, newcomers, seed, now)
    ]
    if is_new:
        moments += [moment for mission in missions for moment in _status_changes(mission, find("manager"), now)]
        moments += list(work.moments(batch, newcomers, now))
    moments += list(outreach.moments(batch, seed, now))
    for number, moment in enumerate(sorted(moments, key=lambda moment: moment.at), start=1):
        if number % ANALYZE_EVERY == 1:
            _analyze()
        with clock.frozen_at(moment.at):
            moment.happen()
        progress(f"{number} of {len(moments)}: {moment.at.astimezone(batch.zone):%a %d %b}")
    if is_new:
        with clock.frozen_at(now - timedelta(hours=1)):
            _correct_some(missions, find("sre"))
            grade_some(batch, seed)
            _give_points(missions, find("sre"))
    with clock.frozen_at(now):
        lay_out_all_series()
        _book_points()
        work_out_bands(missions=missions_to_rank())
    _analyze()


def _days_of(
    mission: Mission, newcomers: Mapping[int, list[MissionEnrollment]], seed: int, now: datetime
) -> Iterator[Moment]:
    zone = mission.batch.zone
    days = days_asked(mission, now.astimezone(zone).date())
    by_day = _submissions_by_day(mission, days, newcomers, seed, now)
    for day in days:
        window = window_of(policy_of(mission), day, zone, is_holiday=False)
        is_over = window.closes < now
        yield Moment(min(window.closes, now), _day(mission, day, by_day[day], is_over))


def _day(mission: Mission, day: date, submitted: Mapping[int, datetime], is_over: bool) -> Callable[[], None]:
    def happen() -> None:
        record_day(actor=None, mission=mission, on=day, submitted=submitted)
        if is_over:
            close_day(mission=mission, on=day)
        _book_points()

    return happen


def _submissions_by_day(
    mission: Mission, days: Sequence[date], newcomers: Mapping[int, list[MissionEnrollment]], seed: int, now: datetime
) -> dict[date, dict[int, datetime]]:
    by_day: dict[date, dict[int, datetime]] = defaultdict(dict)
    for number, mission_enrollments in newcomers.items():
        for mission_enrollment in mission_enrollments:
            if mission_enrollment.mission_id == mission.pk:
                habits = habits_of(seed, number)
                came = submissions(seed, habits, mission.code, days, now=now, zone=mission.batch.zone)
                for day, moment in came.items():
                    by_day[day][mission_enrollment.pk] = moment
    return by_day


def _status_changes(mission: Mission, manager: User, now: datetime) -> Iterator[Moment]:
    """A mission becomes active at the start of its first day, and completed after its last."""
    zone = mission.batch.zone
    begins = clock.at_local(mission.starts_on, time(0), zone)
    ends = clock.at_local(mission.ends_on + timedelta(days=1), time(9), zone)
    for at, status in ((begins, MissionStatus.ACTIVE), (ends, MissionStatus.COMPLETED)):
        if at <= now:
            yield Moment(at, _move(manager, mission, status))


def _move(manager: User, mission: Mission, status: MissionStatus) -> Callable[[], None]:
    return lambda: move_mission(actor=manager, mission=mission, to=status)


def _correct_some(missions: Sequence[Mission], sre: User) -> None:
    """A few absences that staff excused or corrected, each with its reason."""
    for record, reason in zip(_older_absences(missions)[: len(CORRECTIONS)], CORRECTIONS, strict=False):
        correct_attendance(
            actor=sre,
            mission_enrollment=record.mission_enrollment,
            on=record.on,
            status=DayStatus.EXCUSED,
            reason=reason,
        )


def _give_points(missions: Sequence[Mission], sre: User) -> None:
    """The student whom everybody tries the demo as gets points by hand, in each mission that runs."""
    student = MissionEnrollment.objects.select_related("enrollment__student", "mission__batch").filter(
        mission__in=missions, mission__status=MissionStatus.ACTIVE, enrollment__student=find("student")
    )
    for mission_enrollment in student:
        give_points(
            actor=sre,
            mission_enrollment=mission_enrollment,
            points=10,
            reason="Helped three others to set up their editor",
        )


def _older_absences(missions: Sequence[Mission]) -> QuerySet[DailyRecord]:
    """Older than what the risk labels look at."""
    return (
        DailyRecord.objects.filter(mission_enrollment__mission__in=missions, status=DayStatus.ABSENT)
        .exclude(mission_enrollment__mission__status=MissionStatus.ACTIVE)
        .select_related("mission_enrollment__mission__batch", "mission_enrollment__enrollment__student")
        .order_by("-on", "pk")
    )


def _book_points() -> None:
    while take_requests():
        pass


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute(ANALYZE)
