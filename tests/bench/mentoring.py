"""Mentors: how long it takes to share a mission out, and what a mentor's page costs beside how many others.

Both work in a database that the caller has set up with the demo programme, and leave it as it was.
"""

import json
import statistics
import time

from django.db import connection, transaction
from django.test import Client

from sms.accounts.models import User
from sms.authorization import grants, roles
from sms.authorization.actions import NewPerson, create_people
from sms.mentoring import plan, queries
from sms.mentoring.actions import assign_pairs, distribute
from sms.mentoring.choices import Whom
from sms.mentoring.models import MentorCapacity
from sms.programme.actions import create_mission, enroll, join_mission
from sms.programme.choices import MissionStatus
from sms.programme.models import Batch, Enrollment, Mission, MissionEnrollment

STUDENTS, MENTORS = 3_000, 50
OTHERS = 100_000
STUDENTS_PER_MENTOR = 60
AT_ONCE = 10_000
SITE = "https://bench.example.com/"
REPEATS = 5


def main() -> None:
    """Prints one JSON object a figure. The database has the demo programme, and is left with 100,000 more students."""
    client = Client(headers={"Host": "localhost"})
    client.force_login(User.objects.get(email="mentor@example.com"))
    tell("allocation", statistics.median(measure_allocation() for _ in range(3)))
    tell("list_few", measure_mentor_list(client))
    tell("students", add_other_students(OTHERS))
    tell("list_many", measure_mentor_list(client))


def tell(name: str, value: float) -> None:
    print(json.dumps({"name": name, "value": value}), flush=True)


def measure_allocation() -> float:
    """Seconds to share a new mission's students out evenly among fifty mentors: the plan, the check that it still
    holds, assignments, grants, history and a mail to each mentor in the queue. The constraints are checked within.
    """
    with transaction.atomic():
        manager, mission, mentors = _scene()
        students = queries.seen_in(mission, manager)
        seen = plan.even(students=students, mentors=_loaded(mentors, mission), whom=Whom.MENTORLESS)
        assert len(seen.pairs) == STUDENTS, f"the demo has only {len(seen.pairs)} students"
        begun = time.perf_counter()
        done = distribute(
            actor=manager,
            mission=mission,
            mentors=mentors,
            whom=Whom.MENTORLESS,
            fingerprint=seen.fingerprint,
            site=SITE,
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what the commit would wait for
        seconds = time.perf_counter() - begun
        assert done.assigned == STUDENTS
        assert {share.gets for share in done.shares} == {STUDENTS // MENTORS}
        assert grants.all_pairs() == queries.open_pairs()
        transaction.set_rollback(True)
    return seconds


def measure_mentor_list(client_for_mentor: Client) -> float:
    """Seconds of the mentor's home page, the median of a few."""
    url = "/dashboard/mentor/"
    assert client_for_mentor.get(url).status_code == 200
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        client_for_mentor.get(url)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def add_other_students(number: int) -> int:
    """Grows the database by students of other mentors in a mission of its own, with their grants. Returns how many
    mission enrollments there are then.
    """
    batch = Batch.objects.order_by("pk")[0]
    mission = _mission(batch, f"others-{Mission.objects.count()}")
    mentors = _mentors(max(number // STUDENTS_PER_MENTOR, 1), f"of-{mission.pk}")
    for first in range(0, number, AT_ONCE):
        people = create_people(
            actor=None,
            people=[
                NewPerson(f"other-{mission.pk}-{n}@bench.example.com", f"Other {n}", [roles.STUDENT])
                for n in range(first, min(first + AT_ONCE, number))
            ],
        )
        enrollments = enroll(actor=None, students=people, batch=batch, on=batch.starts_on)
        students = join_mission(actor=None, enrollments=enrollments, mission=mission, on=batch.starts_on)
        places = ((first + place) // STUDENTS_PER_MENTOR % len(mentors) for place in range(len(students)))
        assign_pairs(
            actor=None, pairs=[(mentors[place].pk, student.pk) for place, student in zip(places, students, strict=True)]
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return MissionEnrollment.objects.count()


def _scene() -> tuple[User, Mission, list[User]]:
    manager = User.objects.get(email="manager@example.com")
    batch = Batch.objects.order_by("pk")[0]
    mission = _mission(batch, "bench")
    enrollments = Enrollment.objects.filter(batch=batch, ended_on=None, student__is_active=True)[:STUDENTS]
    join_mission(actor=manager, enrollments=enrollments, mission=mission)
    mentors = _mentors(MENTORS, "bench")
    MentorCapacity.objects.bulk_create(
        [MentorCapacity(mentor=mentor, students=STUDENTS // MENTORS) for mentor in mentors]
    )
    return manager, mission, mentors


def _mission(batch: Batch, code: str) -> Mission:
    return create_mission(
        actor=None,
        batch=batch,
        code=code,
        title="Bench",
        status=MissionStatus.ACTIVE,
        starts_on=batch.starts_on,
        ends_on=batch.ends_on,
    )


def _mentors(number: int, key: str) -> list[User]:
    return create_people(
        actor=None,
        people=[NewPerson(f"{key}-{n}@bench.example.com", f"Mentor {n}", [roles.MENTOR]) for n in range(number)],
    )


def _loaded(mentors: list[User], mission: Mission) -> list[User]:
    return list(queries.with_load(queries.mentors().filter(pk__in=[each.pk for each in mentors]), of=mission))
