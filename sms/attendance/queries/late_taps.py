"""Reading what has to do with a tap without a network: what a device may keep, and what waits for review."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from sms.accounts.models import User
from sms.attendance.choices import ATTENDED, KIND_BY_MISSION_STATUS, TapState
from sms.attendance.models import DailyRecord, Holiday, LateTap
from sms.attendance.queries.daily import policy_of
from sms.attendance.windows import Window, window_of
from sms.core import clock
from sms.programme import queries as programme
from sms.programme.choices import Access, MissionStatus
from sms.programme.models import Mission

# A phone that has not been online for a week has nothing to keep a tap for: the claim would be refused.
DAYS_AHEAD = 7
OWN_TAPS_SHOWN_FOR = timedelta(days=14)


def person_key(user: User) -> str:
    """Stands for a person on a device, which so knows whose tap it keeps and learns nothing about them."""
    return salted_hmac("sms.attendance.taps", str(user.pk)).hexdigest()[:32]


@dataclass(frozen=True)
class MissionToTap:
    """A mission as far as a device must know it to take taps without a network."""

    mission_enrollment_id: int
    title: str
    timezone: str
    windows: list[Window]
    recorded_on: date | None


def missions_to_tap(user: User) -> list[MissionToTap]:
    """The student's running missions, each with its windows of this day and the next ones."""
    running = programme.own(user).filter(
        mission__status=MissionStatus.ACTIVE, mission__batch__status="active", access=Access.FULL
    )
    students = list(running.select_related("mission__attendance_policy"))
    holidays = set(
        Holiday.objects.filter(batch__in={s.mission.batch_id for s in students}).values_list("batch_id", "on")
    )
    todays = {student.pk: clock.today(student.mission.batch.zone) for student in students}
    recorded = set(
        DailyRecord.objects.filter(
            mission_enrollment__in=todays, on__in=set(todays.values()), status__in=ATTENDED
        ).values_list("mission_enrollment_id", "on")
    )
    found = []
    for student in students:
        mission, today = student.mission, todays[student.pk]
        days = [today + timedelta(days=n) for n in range(DAYS_AHEAD)]
        windows = [
            window_of(policy_of(mission), on, mission.batch.zone, is_holiday=(mission.batch_id, on) in holidays)
            for on in days
        ]
        found.append(
            MissionToTap(
                student.pk,
                mission.title,
                mission.batch.timezone,
                [window for window in windows if not window.is_off],
                today if (student.pk, today) in recorded else None,
            )
        )
    return found


def window_on(mission: Mission, on: date) -> Window:
    is_holiday = Holiday.objects.filter(batch=mission.batch_id, on=on).exists()
    return window_of(policy_of(mission), on, mission.batch.zone, is_holiday=is_holiday)


def taps_to_review(user: User) -> QuerySet[LateTap]:
    """Taps of students whom the person may see, but for their own, in whatever state."""
    visible = programme.visible_to(user).exclude(enrollment__student=user)
    return LateTap.objects.filter(mission_enrollment__in=visible.order_by().values("pk")).select_related(
        "mission_enrollment__enrollment__student",
        "mission_enrollment__mission__batch",
        "mission_enrollment__mission__attendance_policy",
        "decided_by",
    )


def own_taps(user: User) -> QuerySet[LateTap]:
    """A student's own taps that wait, or were decided in the last two weeks; newest first."""
    recent = Q(state=TapState.PENDING) | Q(decided_at__gte=clock.now() - OWN_TAPS_SHOWN_FOR)
    return (
        LateTap.objects.filter(recent, mission_enrollment__enrollment__student=user)
        .select_related("mission_enrollment__mission__batch")
        .order_by("-claimed_at")
    )


def add_worth(taps: Iterable[LateTap]) -> None:
    """Hangs on each tap what it would count as by the window of its day, as `worth`; None outside of it."""
    taps = list(taps)
    batches = {tap.mission_enrollment.mission.batch_id for tap in taps}
    days = {tap.on for tap in taps}
    holidays = set(Holiday.objects.filter(batch__in=batches, on__in=days).values_list("batch_id", "on"))
    for tap in taps:
        mission = tap.mission_enrollment.mission
        is_holiday = (mission.batch_id, tap.on) in holidays
        window = window_of(policy_of(mission), tap.on, mission.batch.zone, is_holiday=is_holiday)
        tap.worth = window.status_at(tap.claimed_at)


def takes_attendance(mission: Mission) -> bool:
    return mission.status in KIND_BY_MISSION_STATUS and mission.batch.status != "archived"
