"""Objects for tests, each valid by itself. They are built the way the site builds them: by its actions."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from sms.accounts.choices import StudentStatus
from sms.accounts.models import StudentProfile, User
from sms.assignments.models import Assignment
from sms.attendance.choices import DayStatus
from sms.attendance.models import DailyRecord, LateTap, Meeting
from sms.authorization import roles
from sms.core import clock
from sms.mentoring.actions import assign_mentor
from sms.outreach.models import CallEntry
from sms.programme.choices import BatchStatus, MissionStatus
from sms.programme.models import Batch, Enrollment, Mission, MissionEnrollment

PASSWORD = "mentorship"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.Sequence(lambda n: f"person{n}@example.com")
    phone = factory.Sequence(lambda n: f"+88017123{n % 100000:05d}")
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def roles(self: User, create: bool, extracted: tuple[str, ...] | None, **_options: Any) -> None:
        """`UserFactory(roles=("mentor",))` gives the built-in role."""
        for key in extracted or ():
            self.groups.add(Group.objects.get(role__key=key))


class StudentFactory(UserFactory):
    name = factory.Sequence(lambda n: f"Student {n}")

    @factory.post_generation
    def profile(self: User, create: bool, extracted: object, **_options: Any) -> None:
        self.groups.add(Group.objects.get(role__key=roles.STUDENT))
        StudentProfile.objects.create(user=self, status=StudentStatus.ACTIVE)


class BatchFactory(DjangoModelFactory):
    class Meta:
        model = Batch

    code = factory.Sequence(lambda n: f"cohort-{n}")
    title = factory.Sequence(lambda n: f"Batch {n}")
    status = BatchStatus.ACTIVE
    starts_on = factory.LazyFunction(lambda: clock.now().date() - timedelta(days=60))
    ends_on = factory.LazyFunction(lambda: clock.now().date() + timedelta(days=120))
    timezone = "Asia/Dhaka"


class MissionFactory(DjangoModelFactory):
    class Meta:
        model = Mission

    batch = factory.SubFactory(BatchFactory)
    code = factory.Sequence(lambda n: f"mission-{n}")
    title = factory.Sequence(lambda n: f"Mission {n}")
    order = factory.Sequence(lambda n: n % 1000)
    status = MissionStatus.ACTIVE
    starts_on = factory.LazyFunction(lambda: clock.now().date() - timedelta(days=30))
    ends_on = factory.LazyFunction(lambda: clock.now().date() + timedelta(days=30))


class EnrollmentFactory(DjangoModelFactory):
    class Meta:
        model = Enrollment

    student = factory.SubFactory(StudentFactory)
    batch = factory.SubFactory(BatchFactory)
    started_on = factory.LazyFunction(lambda: clock.now().date() - timedelta(days=40))


class MissionEnrollmentFactory(DjangoModelFactory):
    """A student in a mission. `student=` names the person."""

    class Meta:
        model = MissionEnrollment

    class Params:
        student = None

    mission = factory.SubFactory(MissionFactory)
    joined_on = factory.LazyFunction(lambda: clock.now().date() - timedelta(days=40))
    left_on = factory.LazyAttribute(lambda o: o.enrollment.ended_on)
    enrollment = factory.LazyAttribute(
        lambda o: (
            Enrollment.objects.filter(student=o.student, batch=o.mission.batch, ended_on=None).first()
            or EnrollmentFactory(batch=o.mission.batch, **({"student": o.student} if o.student else {}))
        )
    )


class DailyRecordFactory(DjangoModelFactory):
    class Meta:
        model = DailyRecord

    mission_enrollment = factory.SubFactory(MissionEnrollmentFactory)
    on = factory.LazyFunction(lambda: clock.now().date())
    status = DayStatus.PRESENT
    submitted_at = factory.LazyAttribute(lambda o: clock.now() if o.status in ("present", "late") else None)


class MeetingFactory(DjangoModelFactory):
    """A meeting that begins this very moment, with nobody in it yet."""

    class Meta:
        model = Meeting

    mission = factory.SubFactory(MissionFactory)
    title = factory.Sequence(lambda n: f"Meeting {n}")
    starts_at = factory.LazyFunction(clock.now)
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(hours=1))
    opened_at = factory.LazyAttribute(lambda o: o.starts_at if getattr(o, "state", "") == "open" else None)


class LateTapFactory(DjangoModelFactory):
    """A tap of `claimed_at` that arrives now, from a device whose clock is right."""

    class Meta:
        model = LateTap

    mission_enrollment = factory.SubFactory(MissionEnrollmentFactory)
    claimed_at = factory.LazyFunction(clock.now)
    on = factory.LazyAttribute(lambda tap: tap.claimed_at.astimezone(tap.mission_enrollment.mission.batch.zone).date())
    key = factory.LazyFunction(uuid4)
    tapped_at = factory.SelfAttribute("claimed_at")
    sent_at = factory.SelfAttribute("received_at")
    received_at = factory.LazyFunction(clock.now)


class AssignmentFactory(DjangoModelFactory):
    class Meta:
        model = Assignment

    mission = factory.SubFactory(MissionFactory)
    code = factory.Sequence(lambda n: f"day-{n}")
    day = factory.Sequence(lambda n: n % 60 + 1)
    title = factory.Sequence(lambda n: f"Exercise {n}")
    opens_at = factory.LazyFunction(lambda: clock.now() - timedelta(days=1))
    due_at = factory.LazyFunction(lambda: clock.now() + timedelta(days=1))


class CallEntryFactory(DjangoModelFactory):
    class Meta:
        model = CallEntry

    mission_enrollment = factory.SubFactory(MissionEnrollmentFactory)
    reasons = ["Absent 4 days in a row"]
    due_at = factory.LazyFunction(clock.now)
    created_at = factory.LazyFunction(clock.now)


def guided_by(mentor: User, mission_enrollment: MissionEnrollment) -> MissionEnrollment:
    """Assigns the mentor as the site does, grant included."""
    assign_mentor(actor=None, mentor=mentor, mission_enrollments=[mission_enrollment])
    return mission_enrollment


def attended(mission_enrollment: MissionEnrollment, statuses: str, last: date) -> None:
    """Days that end with `last`, oldest first, one letter each: P(resent) L(ate) A(bsent) E(xcused), - for none."""
    names = {"P": "present", "L": "late", "A": "absent", "E": "excused"}
    for on, letter in zip(clock.days_until(last, len(statuses)), statuses, strict=True):
        if letter != "-":
            DailyRecordFactory(
                mission_enrollment=mission_enrollment,
                on=on,
                status=names[letter],
                submitted_at=datetime.combine(on, time(4), tzinfo=clock.UTC) if letter in "PL" else None,
            )
