"""Builds the demo programme, or lets it grow.

All of it is one transaction: a build that is broken off leaves nothing behind. What exists is never
changed; a larger number of students adds those who are missing.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from sms.accounts.models import StudentProfile, User
from sms.core import clock
from sms.demo import people, programme
from sms.demo.history import live_through
from sms.mentoring.actions import assign_mentor
from sms.programme.actions import enroll, join_mission
from sms.programme.choices import MissionStatus
from sms.programme.models import Batch, MissionEnrollment

STUDENTS_PER_MENTOR = 25
BUILT_BEFORE = timedelta(days=62)  # when staff came and the programme was set up
SECOND_MENTOR_EVERY = 12  # students beyond the first fifty

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Built:
    """What a build came to: students in the programme, and how many of them are new."""

    students: int
    added: int


@transaction.atomic
def build(*, students: int, seed: int, progress: Progress) -> Built:
    """Brings the demo to `students` students. With as many or more it changes nothing."""
    now = clock.now()
    batch = Batch.objects.filter(code=programme.BATCH_CODE).first()
    is_new = batch is None
    missing = _missing_numbers(students)
    if not missing and not is_new:
        return Built(_count(), 0)
    if is_new:
        progress("people and programme")
        batch = _found(now)
    progress(f"{len(missing)} students")
    newcomers = _welcome(batch, missing, seed)
    live_through(batch, newcomers, seed=seed, is_new=is_new, now=now, progress=progress)
    return Built(_count(), len(missing))


def _found(now: datetime) -> Batch:
    """Staff and programme, weeks ago; and the student who registered this morning."""
    zone = ZoneInfo(settings.TIME_ZONE)
    with clock.frozen_at(now - BUILT_BEFORE):
        people.create_staff()
        batch = programme.create(people.find("manager"), now.astimezone(zone).date(), settings.TIME_ZONE)
    with clock.frozen_at(now - timedelta(hours=4)):
        people.register_waiting_student()
    return batch


def _welcome(batch: Batch, numbers: list[int], seed: int) -> dict[int, list[MissionEnrollment]]:
    """Students join the batch on its first day, and all its missions. Returns the latter by the student's number."""
    manager = people.find("manager")
    with clock.frozen_at(clock.at_local(batch.starts_on, programme.WORK_DUE, batch.zone)):
        users = people.create(people.student(seed, number) for number in numbers)
        number_of = dict(zip((user.pk for user in users), numbers, strict=True))
        enrollments = enroll(actor=manager, students=users, batch=batch, on=batch.starts_on)
        student_of = {enrollment.pk: enrollment.student_id for enrollment in enrollments}
        joined: dict[int, list[MissionEnrollment]] = {number: [] for number in numbers}
        for mission in batch.missions.exclude(status=MissionStatus.ARCHIVED):
            for mission_enrollment in join_mission(actor=manager, enrollments=enrollments, mission=mission):
                mission_enrollment.mission = mission
                joined[number_of[student_of[mission_enrollment.enrollment_id]]].append(mission_enrollment)
        _assign_mentors(manager, joined, seed)
    return joined


def _assign_mentors(manager: User, joined: dict[int, list[MissionEnrollment]], seed: int) -> None:
    """In every mission but the last, for which the roster is still to be made."""
    last = max((m.mission.order for mission_enrollments in joined.values() for m in mission_enrollments), default=0)
    by_mentor: dict[str, list[MissionEnrollment]] = {}
    for number, mission_enrollments in joined.items():
        for account in mentors_of(number):
            by_mentor.setdefault(account, []).extend(m for m in mission_enrollments if m.mission.order < last)
    mentors = _mentors(by_mentor, seed)
    for account, mission_enrollments in by_mentor.items():
        assign_mentor(actor=manager, mentor=mentors[account], mission_enrollments=mission_enrollments)


def mentors_of(number: int) -> list[str]:
    """Accounts of a student's mentors. The first fifty are shared out between mentor@ and mentor2@, beginning with
    student@ and student2@; from then on one mentor takes twenty-five in a row, and some have a second one.
    """
    if number < 2 * STUDENTS_PER_MENTOR:
        own = [people.mentor_account(number % 2)]
        return [*own, "mentor.sre"] if number in range(4, 10) else own
    place = number // STUDENTS_PER_MENTOR
    own = [people.mentor_account(place)]
    return [*own, people.mentor_account(place - 1)] if number % SECOND_MENTOR_EVERY == 0 else own


def _mentors(accounts: Collection[str], seed: int) -> dict[str, User]:
    """The mentors with these accounts; those who do not exist yet are created."""
    by_email = {user.email: user for user in User.objects.filter(email__in=map(people.address, accounts))}
    new = [people.mentor(seed, people.mentor_number(a)) for a in accounts if people.address(a) not in by_email]
    by_email |= {user.email: user for user in people.create(new)}
    return {account: by_email[people.address(account)] for account in accounts}


def _missing_numbers(students: int) -> list[int]:
    there = set(
        StudentProfile.objects.filter(student_id__startswith=people.STUDENT_ID_PREFIX).values_list(
            "student_id", flat=True
        )
    )
    return [number for number in range(students) if people.student_id(number) not in there]


def _count() -> int:
    return StudentProfile.objects.filter(student_id__startswith=people.STUDENT_ID_PREFIX).count()
