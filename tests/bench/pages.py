"""Every page of the site, for each role that may see it: how long it takes and how many queries it makes.

`main(repeats)` runs in a process of its own, on a site with the demo programme, and writes one JSON object a page.
Pages are found in the URLconf, so a new one is measured without a word here; where it needs an object that `objects`
does not know, nobody can open it and the bench says so.
"""

import json
import logging
import re
import statistics
import time
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from sms.accounts.models import User
from sms.assignments.actions import start_list
from sms.assignments.models import Assignment, Evidence, Extension, Submission, SubmissionList
from sms.assignments.pasting import parse
from sms.attendance.actions import ask_for_excuse
from sms.attendance.models import Meeting
from sms.core import clock
from sms.developer.models import ErrorRecord, JobRecord
from sms.outreach.actions import take_next
from sms.outreach.queries import held_by
from sms.programme.models import Mission, MissionEnrollment

ROLES = ("nobody", "student", "mentor", "sre", "manager", "admin", "developer")
NOT_MEASURED = {
    "account_confirm_email": "needs a key out of an e-mail",
    "account_reset_password_from_key": "needs a key out of an e-mail",
}


def objects() -> dict[str, Any]:
    """What stands for a parameter of an address, by `route:parameter`, `namespace:parameter` or `parameter`."""
    student = User.objects.get(email="student@example.com")
    taking_part = MissionEnrollment.objects.select_related("mission").get(
        enrollment__student=student, mission__status="active"
    )
    sre = User.objects.get(email="sre@example.com")
    call = held_by(sre) or take_next(actor=sre)
    handed_in = Submission.objects.filter(mission_enrollment__mission=taking_part.mission).first()
    meeting = Meeting.objects.filter(mission=taking_part.mission, host__email="mentor@example.com").latest("starts_at")
    error = ErrorRecord.objects.create(at=clock.now(), logger="bench", message="An error to look at")
    job = JobRecord.objects.create(task_id="bench", name="bench", state="failed", started_at=clock.now())
    excuse = ask_for_excuse(
        actor=student,
        mission_enrollment=taking_part,
        first=taking_part.mission.ends_on,
        last=taking_part.mission.ends_on,
        reason="A wedding",
        file=ContentFile(b"%PDF-1.7 an invitation", name="invitation.pdf"),
    )
    return {
        "mission_enrollment": taking_part.pk,
        "mission": taking_part.mission_id,
        "batch": taking_part.mission.batch_id,
        "on": clock.today(taking_part.mission.batch.zone),
        **dict.fromkeys((f"attendance:{name}:pk" for name in ("excuse", "excuse-file", "withdraw-excuse")), excuse.pk),
        "dashboards:student:pk": taking_part.pk,
        "dashboards:mission:pk": taking_part.mission_id,
        "programme:batch:pk": taking_part.mission.batch_id,
        "programme:batch-edit:pk": taking_part.mission.batch_id,
        "programme:mission-edit:pk": taking_part.mission_id,
        "attendance:pk": meeting.pk,
        "attendance:series-edit:pk": meeting.series_id,
        "meeting": meeting.pk,
        "assignments:pk": Assignment.objects.filter(mission=taking_part.mission).first().pk,
        "assignments:grading:pk": handed_in.pk,
        "assignments:grading-total:pk": handed_in.pk,
        "assignments:list:pk": _submission_list(sre, taking_part.mission).pk,
        "assignments:evidence:pk": Evidence.objects.filter(mission_enrollment=taking_part).exclude(file="").first().pk,
        "assignments:revoke-extension:pk": Extension.objects.first().pk,
        "authorization:key": "mentor",
        "authorization:pk": student.pk,
        "developer:error:pk": error.pk,
        "developer:job:pk": job.pk,
        "outreach:pk": call.pk,
        "mentoring:mission:pk": taking_part.mission_id,
        "mentoring:distribute:pk": taking_part.mission_id,
        "points:pk": taking_part.manual_points.first().pk,
        "mentoring:pk": User.objects.get(email="mentor@example.com").pk,
    }


def _submission_list(sre: User, mission: Mission) -> SubmissionList:
    """A draft with everybody of the mission in it."""
    assignment = Assignment.objects.select_related("mission__batch").filter(mission=mission)[0]
    people = User.objects.filter(enrollments__mission_enrollments__mission=mission).values_list("email", flat=True)
    entries = parse("\n".join(people), mission.batch.zone).entries
    return start_list(actor=sre, assignment=assignment, entries=entries, as_of=clock.now())


def routes(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[tuple[str, list[str]]]:
    """(full name, parameters) of every address."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern.url_patterns, inner)
        elif pattern.name:
            yield namespace + pattern.name, list(pattern.pattern.regex.groupindex)


def address(name: str, parameters: list[str], known: dict[str, Any]) -> str | None:
    namespace = name.rpartition(":")[0]
    keys = {p: (f"{name}:{p}", f"{namespace}:{p}", p) for p in parameters}
    values = {p: next((known[key] for key in candidates if key in known), 0) for p, candidates in keys.items()}
    try:
        return reverse(name, kwargs=values)
    except NoReverseMatch:
        return None


def clients() -> dict[str, Client]:
    found = {}
    for role in ROLES:
        found[role] = Client(SERVER_NAME="localhost", raise_request_exception=False)
        if role != "nobody":
            found[role].force_login(User.objects.get(email=f"{role}@example.com"))
    return found


def measure(client: Client, url: str, repeats: int) -> dict[str, float]:
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    statements = [query for query in queries if not re.match(r"SAVEPOINT|RELEASE|BEGIN|COMMIT", query["sql"])]
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        client.get(url)
        times.append(time.perf_counter() - begun)
    return {"queries": len(statements), "milliseconds": 1000 * statistics.median(times) if times else 0.0}


def main(repeats: int) -> None:
    logging.getLogger("django.request").setLevel(logging.ERROR)  # each page that a role may not see is a warning
    known, signed_in = objects(), clients()
    for name, parameters in routes(get_resolver().url_patterns):
        url = address(name, parameters, known)
        if name in NOT_MEASURED or url is None:
            continue
        statuses = {}
        for role, client in signed_in.items():
            statuses[role] = client.get(url).status_code
            if statuses[role] == 200:
                print(json.dumps({"page": name, "role": role, **measure(client, url, repeats)}))
        if max(statuses.values()) >= 500 or not {200, 302, 405} & set(statuses.values()):
            print(json.dumps({"page": name, "problem": f"{url} answers {statuses}"}))
