"""Submission lists: how long 3,000 lines take to be understood and to be recorded, points included.

Works in a database that the caller has set up with the demo programme, and leaves it as it was.
"""

import json
import statistics
import time
from datetime import timedelta

from django.db import connection, transaction
from django.test import RequestFactory

from sms.accounts.models import User
from sms.assignments import queries
from sms.assignments.actions import apply_list, create_assignment, start_list
from sms.assignments.models import Submission
from sms.assignments.pasting import parse
from sms.assignments.views.lists import submission_list as page
from sms.core import clock
from sms.points.actions import take_requests
from sms.points.models import RecalculationRequest
from sms.programme.actions import create_mission, join_mission
from sms.programme.choices import MissionStatus
from sms.programme.models import Batch, Enrollment

LINES = 3_000
MISSPELT = 100  # one in so many lines
REPEATS = 3


def main() -> None:
    """Prints one JSON object a figure."""
    figures = [measure() for _ in range(REPEATS)]
    for name in figures[0]:
        print(json.dumps({"name": name, "value": statistics.median(each[name] for each in figures)}), flush=True)


def measure() -> dict[str, float]:
    """Seconds from the pasted text to the page that shows whom it means, and from the confirmation to the points of
    these students being right. The constraints are checked within.
    """
    with transaction.atomic():
        sre, assignment, text = _scene()
        begun = time.perf_counter()
        entries = parse(text, assignment.mission.batch.zone).entries
        draft = start_list(actor=sre, assignment=assignment, entries=entries, as_of=clock.now())
        stored = time.perf_counter() - begun
        begun = time.perf_counter()
        _look(sre, draft.pk)
        shown = time.perf_counter() - begun
        fingerprint = queries.resolution_of(draft).fingerprint
        RecalculationRequest.objects.all().delete()
        begun = time.perf_counter()
        done = apply_list(actor=sre, submission_list=draft, fingerprint=fingerprint)
        assert take_requests() == done.counts["effects"]["recorded"] > LINES * 0.95
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what the commit would wait for
        applied = time.perf_counter() - begun
        assert Submission.objects.filter(assignment=assignment).count() == done.counts["effects"]["recorded"]
        transaction.set_rollback(True)
    return {"paste": stored, "page": shown, "resolve": stored + shown, "apply": applied}


def _look(user: User, pk: int) -> None:
    request = RequestFactory().get("/")
    request.user, request.htmx = user, None
    assert page(request, pk).status_code == 200


def _scene() -> tuple[User, object, str]:
    sre = User.objects.get(email="sre@example.com")
    batch = Batch.objects.order_by("pk")[0]
    mission = create_mission(
        actor=None,
        batch=batch,
        code="bench-lists",
        title="Bench",
        status=MissionStatus.ACTIVE,
        starts_on=batch.starts_on,
        ends_on=batch.ends_on,
    )
    enrollments = Enrollment.objects.filter(batch=batch, ended_on=None, student__is_active=True)[:LINES]
    students = join_mission(actor=None, enrollments=enrollments, mission=mission)
    assert len(students) == LINES, f"the demo has only {len(students)} students"
    now = clock.now()
    assignment = create_assignment(
        actor=None,
        mission=mission,
        code="bench",
        day=1,
        title="Bench",
        opens_at=now - timedelta(days=1),
        due_at=now + timedelta(days=1),
        max_points=60,
    )
    people = User.objects.filter(enrollments__mission_enrollments__mission=mission).order_by("pk")
    lines = [
        f"{name} <{address if place % MISSPELT else address.replace('.com', '.con')}>"
        for place, (name, address) in enumerate(people.values_list("name", "email"))
    ]
    return sre, assignment, "\n".join(lines)
