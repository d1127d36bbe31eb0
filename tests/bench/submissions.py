"""Students who submit their attendance: throughput against the minimal view, and three thousand in a minute.

Every request is a different student's real first submission. Between rounds the day is cleared (the ledger's guard is
lifted for it: this is the bench's own database) and the queue has to be empty, so that the worker of one round does not
work in the next.
"""

import secrets
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psutil
import psycopg
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import F, Sum
from django.utils import timezone
from huey.contrib.djhuey import HUEY

from sms.accounts.models import User
from sms.attendance.models import DailyRecord
from sms.audit.models import Event
from sms.core import clock
from sms.core.queue import MOST_ATTEMPTS
from sms.points.models import LedgerEntry
from sms.points.queries import rules_of
from sms.programme import queries as programme
from sms.programme.models import Mission, MissionEnrollment
from tests.bench.load import generate
from tests.bench.report import Result, below, none_of
from tests.bench.surroundings import MINIMAL_PORT, SITE_PORT, backends_cpu_seconds, cpu_seconds

CONNECTIONS = 32
ROUNDS = 7
STUDENTS_A_ROUND = 1_000
WARM_UP = 400
BURST_RATE = 50  # students a second: 3,000 within a minute
BACKENDS = {"site": "sms.authorization.backends.RoleBackend", "minimal": "django.contrib.auth.backends.ModelBackend"}
EXPECTED = {"site": "marked for today", "minimal": "marked for today"}
LONGEST_SETTLING = 120.0  # seconds
CSRF_TOKEN = "b" * 32

CLEAR_DAY = """
ALTER TABLE points_ledgerentry DISABLE TRIGGER USER;
DELETE FROM points_ledgerentry entry USING programme_missionenrollment taking_part
 WHERE entry.mission_enrollment_id = taking_part.id AND taking_part.mission_id = {mission}
   AND entry.source = 'attendance.day' AND entry.reference = '{day}';
ALTER TABLE points_ledgerentry ENABLE TRIGGER USER;
DELETE FROM attendance_dailyrecord record USING programme_missionenrollment taking_part
 WHERE record.mission_enrollment_id = taking_part.id AND taking_part.mission_id = {mission} AND record."on" = '{day}';
TRUNCATE bench_minimal;
"""
MINIMAL_TABLE = """
CREATE TABLE bench_minimal (
    id bigserial PRIMARY KEY, student_id bigint NOT NULL, day date NOT NULL, at timestamptz NOT NULL, UNIQUE (student_id, day)
)
"""


@dataclass
class Round:
    """What the load generator saw, and the milliseconds of processor time that each request took of whom."""

    seconds: float
    latencies: list[float]
    failures: dict[str, int]
    cpu: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds


class Bench:
    def __init__(self, processes: dict[str, psutil.Process], connection: psycopg.Connection, database: str) -> None:
        self.processes = processes
        self.connection = connection
        self.database = database
        self.mission = programme.running_missions().get(status="active")
        self.day = clock.today(self.mission.batch.zone)
        taking_part = MissionEnrollment.objects.filter(programme.taking_part(), mission=self.mission, access="full")
        self.students = list(taking_part.select_related("enrollment__student").order_by("pk"))
        people = [student.student for student in self.students]
        self.cookies = {kind: self.sign_in(people, backend) for kind, backend in BACKENDS.items()}
        self.lost_or_doubled = 0
        connection.execute(MINIMAL_TABLE)

    @staticmethod
    def sign_in(people: Sequence[User], backend: str) -> list[str]:
        """A session for each person, as a browser would present it."""
        store, expires = SessionStore(), timezone.now() + timedelta(days=1)
        sessions = [
            Session(
                session_key=secrets.token_hex(16),
                session_data=store.encode(
                    {
                        "_auth_user_id": str(person.pk),
                        "_auth_user_backend": backend,
                        "_auth_user_hash": person.get_session_auth_hash(),
                    }
                ),
                expire_date=expires,
            )
            for person in people
        ]
        Session.objects.bulk_create(sessions, batch_size=1000)
        return [f"csrftoken={CSRF_TOKEN}; session={session.session_key}" for session in sessions]

    def clear_day(self) -> None:
        self.settle()
        self.connection.execute(CLEAR_DAY.format(mission=self.mission.pk, day=self.day))
        self.connection.execute("VACUUM ANALYZE attendance_dailyrecord, points_ledgerentry, huey_task, bench_minimal")
        self.connection.execute("VACUUM ANALYZE points_recalculationrequest, audit_event, django_session")

    def settle(self) -> float:
        """Waits for the worker. Returns the seconds until nothing was left to do."""
        begun = time.monotonic()
        while self.connection.execute(
            "SELECT EXISTS (SELECT FROM points_recalculationrequest)"
            " OR EXISTS (SELECT FROM huey_task WHERE attempts < %s)",
            [MOST_ATTEMPTS],
        ).fetchone()[0]:
            if time.monotonic() - begun > LONGEST_SETTLING:
                raise TimeoutError(f"The queue is not empty after {LONGEST_SETTLING:.0f} s: {self.left_over()}.")
            time.sleep(0.05)
        return time.monotonic() - begun

    def left_over(self) -> str:
        tasks, attempts = self.connection.execute("SELECT COUNT(*), MAX(attempts) FROM huey_task").fetchone()
        requests = self.connection.execute("SELECT COUNT(*) FROM points_recalculationrequest").fetchone()[0]
        worker = self.processes["worker"].status()
        return f"{tasks} tasks with up to {attempts} attempts, {requests} requests for points, the worker is {worker}"

    def submit(self, kind: str, numbers: Sequence[int], rate: int | None = None) -> Round:
        before = self.cpu()
        said = generate(self.plan(kind, numbers, rate))
        each = 1000 / len(numbers)
        cpu = {name: (after - before[name]) * each for name, after in self.cpu().items()}
        return Round(said["seconds"], said["latencies"], said["failures"], {**cpu, "generator": said["cpu"] * each})

    def plan(self, kind: str, numbers: Sequence[int], rate: int | None = None) -> dict[str, Any]:
        """For the load generator: so many a second, or as fast as they are answered."""
        path = {
            "site": lambda n: f"/attendance/{self.students[n].pk}/days/{self.day}/",
            "minimal": lambda n: "/record/",
        }[kind]
        requests = [
            {"path": path(n), "cookie": self.cookies[kind][n], "body": f"csrfmiddlewaretoken={CSRF_TOKEN}"}
            for n in numbers
        ]
        if rate:
            requests = [{**request, "at": place / rate} for place, request in enumerate(requests)]
        return {
            "port": {"site": SITE_PORT, "minimal": MINIMAL_PORT}[kind],
            "connections": CONNECTIONS,
            "expected": EXPECTED[kind],
            "requests": requests,
        }

    def cpu(self) -> dict[str, float]:
        used = {name: cpu_seconds(process) for name, process in self.processes.items()}
        return used | {"postgres": backends_cpu_seconds(self.connection, self.database)}

    def throughput(self) -> list[Result]:
        """The site and the minimal view in turns."""
        self.clear_day()
        for kind in BACKENDS:
            self.submit(kind, range(WARM_UP))
        rounds: dict[str, list[Round]] = {kind: [] for kind in BACKENDS}
        for number in range(ROUNDS):
            first = number * STUDENTS_A_ROUND % (len(self.students) - STUDENTS_A_ROUND + 1)
            chosen = range(first, first + STUDENTS_A_ROUND)
            # Who goes first changes, so that a drift of the machine hits both.
            for kind in list(BACKENDS)[:: 1 if number % 2 else -1]:
                self.clear_day()
                acts_before = self.acts()
                rounds[kind].append(self.submit(kind, chosen))
                self.settle()
                if kind == "site":
                    self.lost_or_doubled += self.wrong(chosen, acts_before)
                else:
                    count = self.connection.execute("SELECT COUNT(*) FROM bench_minimal").fetchone()[0]
                    self.lost_or_doubled += abs(count - STUDENTS_A_ROUND)
        site, minimal = (statistics.median(r.rate for r in rounds[kind]) for kind in ("site", "minimal"))
        paired = statistics.median(a.rate / b.rate for a, b in zip(rounds["site"], rounds["minimal"], strict=True))
        failures = sum(sum(r.failures.values()) for kind in BACKENDS for r in rounds[kind])
        return [
            Result(
                f"attendance submissions, {CONNECTIONS} connections",
                round(site, 1),
                "1/s",
                reference=round(minimal, 1),
                ratio=round(paired, 3),
                goal="ratio >= 0.5",
                ok=paired >= 0.5,
            ),
            none_of("  requests that failed", failures),
            none_of("  submissions lost, doubled or with wrong points", self.lost_or_doubled),
            *(
                Result(f"  {what}, median", round(of(rounds["site"]), 2), "ms", round(of(rounds["minimal"]), 2))
                for what, of in {
                    "response time": lambda some: 1000 * statistics.median(t for r in some for t in r.latencies),
                    "processor time, server": lambda some: statistics.median(
                        r.cpu["site"] + r.cpu["minimal"] for r in some
                    ),
                    "processor time, PostgreSQL": lambda some: statistics.median(r.cpu["postgres"] for r in some),
                    "processor time, worker": lambda some: statistics.median(r.cpu["worker"] for r in some),
                    "processor time, load generator": lambda some: statistics.median(r.cpu["generator"] for r in some),
                }.items()
            ),
        ]

    def burst(self) -> list[Result]:
        """All students within a minute."""
        self.clear_day()
        acts_before = self.acts()
        chosen = range(len(self.students))
        done = self.submit("site", chosen, rate=BURST_RATE)
        settled = self.settle()
        centiles = statistics.quantiles(done.latencies, n=100)
        return [
            below(f"{len(chosen)} students at {BURST_RATE}/s, p95", centiles[94], "s", 1),
            Result("  median", round(centiles[49], 4), "s"),
            Result("  slowest", round(max(done.latencies), 3), "s"),
            none_of("  requests that failed", sum(done.failures.values())),
            none_of("  submissions lost, doubled or with wrong points", self.wrong(chosen, acts_before)),
            none_of("  tasks that no worker takes any more, all rounds", HUEY.storage.stuck_tasks()),
            Result("  after the last answer until the queue was empty", round(settled, 2), "s"),
            Result("  processor time a submission, worker", round(done.cpu["worker"], 2), "ms"),
        ]

    def acts(self) -> int:
        return Event.objects.filter(verb="submitted attendance in").count()

    def wrong(self, numbers: Sequence[int], acts_before: int) -> int:
        """How many students lack their record, event or points of the day, or have too many."""
        keys = [self.students[n].pk for n in numbers]
        records = DailyRecord.objects.filter(mission_enrollment__in=keys, on=self.day)
        stored = dict(records.values_list("mission_enrollment_id", "status"))
        rules = rules_of(Mission.objects.get(pk=self.mission.pk))
        expected = {pk: rules[f"attendance.{status}"] for pk, status in stored.items()}
        entries = LedgerEntry.objects.filter(
            mission_enrollment__in=keys, source="attendance.day", reference=str(self.day)
        )
        booked = dict(entries.values_list("mission_enrollment_id").annotate(total=Sum(F("points"))))
        return (
            abs(len(keys) - len(stored))
            + sum(booked.get(pk) != points for pk, points in expected.items())
            + abs(entries.count() - len(keys))
            + abs(self.acts() - acts_before - len(keys))
        )
