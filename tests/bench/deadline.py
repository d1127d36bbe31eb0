"""The minute of a deadline: everybody submits, some upload a file, and staff look on.

Three load generators side by side, each a process of its own: a student's attendance fifty times a second, a file of
two megabytes five times a second, and fifty people of staff who open one list after the other. Nobody waits for anybody:
a request starts when it is due, however slow the others are. All numbers are per second, so that a shorter
stretch is the same crowd.
"""

import itertools
import random
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count

from sms.accounts.models import User
from sms.assignments.actions import create_assignment
from sms.assignments.choices import SubmissionState, Way
from sms.assignments.models import Assignment, Evidence, Submission
from sms.audit.models import Event
from sms.authorization import roles
from sms.authorization.actions import NewPerson, create_people
from sms.core import clock
from sms.mentoring.models import MentorAssignment
from tests.bench.load import content, generate
from tests.bench.report import Result, below, none_of
from tests.bench.submissions import BACKENDS, BURST_RATE, CSRF_TOKEN, Bench
from tests.bench.surroundings import SITE_PORT

MINUTE = 60
UPLOAD_RATE = 5  # files a second: 300 within the minute
FILE_BYTES = 2 * 1024 * 1024
STAFF = {roles.MENTOR: 34, roles.SRE: 12, roles.MANAGER: 4}
PAUSES = (5.0, 15.0)  # seconds between the pages that one person opens: they read what they find there
ISSUE = "issue 4"

LISTS = {
    roles.MENTOR: ["/dashboard/mentor/", "/attendance/grid/", "/attendance/records/", "/grading/"],
    roles.SRE: [
        "/students/", "/assignments/{work}/submissions/", "/submission-lists/", "/attendance/overview/", "/risk/",
        "/grading/", "/calls/",
    ],
    roles.MANAGER: ["/students/", "/assignments/{work}/submissions/", "/attendance/overview/", "/risk/", "/batches/"],
}  # fmt: skip


class Deadline:
    def __init__(self, bench: Bench, seconds: int = MINUTE) -> None:
        self.bench = bench
        self.seconds = seconds
        self.submitting = range(min(BURST_RATE * seconds, len(bench.students)))
        uploads = UPLOAD_RATE * seconds
        # From the whole minute, not only from those who were first: some upload before they submit, some after.
        self.uploading = sorted(random.Random(uploads).sample(range(len(bench.students)), uploads))
        self.assignment = self.set_work()

    def set_work(self) -> Assignment:
        now = clock.now()
        return create_assignment(
            actor=None,
            mission=self.bench.mission,
            code="bench-deadline",
            day=1,
            title="Due within the minute",
            way=Way.FILE,
            opens_at=now - timedelta(days=1),
            due_at=now + timedelta(hours=1),
        )

    def run(self) -> list[Result]:
        self.bench.clear_day()
        acts_before = self.bench.acts()
        plans = [
            self.bench.plan("site", self.submitting, BURST_RATE),
            self.plan("", self.uploads()),
            self.plan("</html>", self.pages()),
        ]
        begun = time.monotonic()
        with ThreadPoolExecutor(len(plans)) as generators:
            submitted, uploaded, looked = generators.map(generate, plans)
        lasted = time.monotonic() - begun
        settled = self.bench.settle()
        opened = len(plans[2]["requests"])
        return [
            *_times(f"a deadline: {len(self.submitting):,} students at {BURST_RATE}/s", submitted, 1),
            none_of("  submissions lost, doubled or with wrong points", self.bench.wrong(self.submitting, acts_before)),
            *_times(f"a deadline: {opened:,} lists opened by {sum(STAFF.values())} people of staff", looked, 2),
            *_times(f"a deadline: {len(self.uploading)} files of {FILE_BYTES // 2**20} MB", uploaded),
            none_of("  files lost, doubled or not as they were sent", self.wrong_files(), ISSUE),
            Result("  from the first request to the last answer", round(lasted, 1), "s"),
            Result("  after the last answer until the queue was empty", round(settled, 2), "s"),
        ]

    def plan(self, expected: str, requests: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {"port": SITE_PORT, "expected": expected, "requests": requests}

    def uploads(self) -> list[dict[str, Any]]:
        return [
            {
                "at": place / UPLOAD_RATE,
                "path": f"/assignments/{self.assignment.pk}/hand-in/",
                "cookie": self.bench.cookies["site"][number],
                "body": f"csrfmiddlewaretoken={CSRF_TOKEN}",
                "file": {"name": _file_name(self.bench.students[number].pk), "size": FILE_BYTES},
            }
            for place, number in enumerate(self.uploading)
        ]

    def pages(self) -> list[dict[str, Any]]:
        """Each person opens the lists of their role in turn, in their own order and rhythm."""
        work = Submission.objects.filter(assignment__mission=self.bench.mission).values("assignment")
        fullest = work.annotate(number=Count("pk")).order_by("-number")[0]["assignment"]
        requests = []
        for role, number in STAFF.items():
            people = self.people(role, number)
            for person, cookie in zip(people, self.bench.sign_in(people, BACKENDS["site"]), strict=True):
                chance = random.Random(person.pk)
                addresses = [address.format(work=fullest) for address in LISTS[role]]
                chance.shuffle(addresses)
                at = chance.uniform(0, PAUSES[1])
                for address in itertools.cycle(addresses):
                    if at >= self.seconds:
                        break
                    requests.append({"at": at, "path": address, "cookie": cookie})
                    at += chance.uniform(*PAUSES)
        return requests

    def people(self, role: str, number: int) -> list[User]:
        """Those of the demo first; mentors who guide somebody in this mission."""
        found = User.objects.filter(groups__role__key=role, is_active=True).order_by("pk")
        if role == roles.MENTOR:
            guiding = MentorAssignment.objects.filter(mission_enrollment__mission=self.bench.mission, ended_at=None)
            found = found.filter(pk__in=guiding.values("mentor"))
        people = list(found[:number])
        missing = [
            NewPerson(f"{role}-{n}@bench.example.com", f"Person {n}", [role]) for n in range(number - len(people))
        ]
        return [*people, *create_people(actor=None, people=missing)]

    def wrong_files(self) -> int:
        """How many students lack their version, its file byte for byte, their claim or its event, or have too many."""
        versions = list(Evidence.objects.filter(assignment=self.assignment))
        kept = {
            version.mission_enrollment_id
            for version in versions
            if _read(version) == content(_file_name(version.mission_enrollment_id), FILE_BYTES)
        }
        students = {self.bench.students[number].pk for number in self.uploading}
        claims = Submission.objects.filter(assignment=self.assignment, state=SubmissionState.CLAIMED)
        acts = Event.objects.filter(verb="handed in", subject_id=self.assignment.pk)
        return (
            len(students ^ kept)
            + abs(len(versions) - len(students))
            + len(students ^ set(claims.values_list("mission_enrollment_id", flat=True)))
            + abs(acts.count() - len(students))
        )


def _file_name(mission_enrollment: int) -> str:
    return f"work-{mission_enrollment}.pdf"


def _read(version: Evidence) -> bytes:
    path = Path(settings.MEDIA_ROOT) / version.file
    return path.read_bytes() if path.is_file() else b""


def _times(name: str, said: dict[str, Any], limit: float | None = None) -> list[Result]:
    centiles = statistics.quantiles(said["latencies"], n=100)
    p95 = f"{name}, p95"
    return [
        below(p95, centiles[94], "s", limit, ISSUE) if limit else Result(p95, round(centiles[94], 3), "s"),
        Result("  median", round(centiles[49], 4), "s"),
        Result("  slowest", round(max(said["latencies"]), 3), "s"),
        none_of("  requests that failed", sum(said["failures"].values()), ISSUE),
    ]
