"""Every address of the site, and a scene that has something to show at each of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from io import BytesIO
from types import SimpleNamespace

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from sms.accounts.actions import remember_verified_address
from sms.accounts.choices import StudentStatus
from sms.accounts.models import StudentProfile, User
from sms.assignments.actions import change_submissions, grant_extensions, hand_in, start_list
from sms.assignments.pasting import parse
from sms.attendance.actions import Was, add_holiday, ask_for_excuse, create_series, set_meeting_records
from sms.attendance.models import BulkMark, ExcuseRequest
from sms.authorization.actions import create_role, invite_people
from sms.authorization.links import token_of
from sms.core import clock
from sms.data_exchange import actions as exchange
from sms.data_exchange.models import ImportRun
from sms.developer.choices import JobState
from sms.developer.models import ErrorRecord, JobRecord
from sms.outreach.choices import LEASE, Outcome
from sms.outreach.models import Call, FollowUp
from sms.points.actions import give_points
from sms.points.models import PointsSettings
from sms.programme.actions import create_template
from sms.programme.choices import Access
from tests.factories import (
    AssignmentFactory,
    CallEntryFactory,
    MeetingFactory,
    MissionEnrollmentFactory,
    UserFactory,
    guided_by,
)

PEOPLE = ("admin", "developer", "manager", "sre", "mentor", "student", "waiting")
NAMES = {"waiting": "nobody"}  # in the cast


@dataclass(frozen=True)
class Address:
    name: str
    view: Callable

    @property
    def module(self) -> str:
        return self.view.__module__

    @property
    def is_ours(self) -> bool:
        return self.module.startswith("sms.")


def addresses(patterns: list | None = None, namespace: str = "") -> Iterator[Address]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield Address(f"{namespace}{pattern.name}", pattern.callback)


def our_addresses() -> list[str]:
    return sorted(address.name for address in addresses() if address.is_ours)


def scene_of(cast: SimpleNamespace) -> SimpleNamespace:
    """`own` holds what belongs to student, mentor and sre; `other` what belongs to student2, mentor2 and sre2."""
    shared = SimpleNamespace(
        batch=cast.batch,
        mission=cast.mission,
        assignment=AssignmentFactory(mission=cast.mission),
        person=cast.nobody,
        template=create_template(
            actor=cast.manager, batch=cast.batch, title="Beginners", access={cast.mission: Access.FULL}
        ),
        registered=_registered(),
        holiday=add_holiday(actor=cast.manager, batch=cast.batch, on=cast.mission.ends_on, title="Day of rest").holiday,
        mark=BulkMark.objects.create(
            mission=cast.mission,
            on=clock.today(cast.batch.zone),
            status="present",
            reason="Seen",
            students=0,
            marked_by=cast.sre,
            marked_at=clock.now(),
        ),
        role=create_role(actor=cast.admin, key="auditor", title="Auditor", permissions=[]),
        error=ErrorRecord.objects.create(at=clock.now(), logger="sms", message="Broken"),
        job=JobRecord.objects.create(
            task_id="1",
            name="sms.points.tasks.recalculate_requested",
            arguments=[[], {}],
            state=JobState.FAILED,
            started_at=clock.now(),
        ),
    )
    shared.submission_list = start_list(
        actor=cast.sre,
        assignment=shared.assignment,
        entries=parse(f"{cast.student.email}\nnobody@example.com", cast.batch.zone).entries,
        as_of=clock.now(),
    )
    PointsSettings.objects.create(mission=cast.mission, has_leaderboard=True)
    own, other = ((cast.enrolled, cast.sre), (cast.enrolled2, cast.sre2))
    scene = SimpleNamespace(cast=cast, shared=shared, own=_belonging_to(*own), other=_belonging_to(*other))
    _add_meetings(scene)
    return scene


def _add_meetings(scene: SimpleNamespace) -> None:
    """A meeting that each mentor hosts; the other's is of a mission that student and mentor have no part in."""
    cast = scene.cast
    started = clock.now() - timedelta(minutes=5)
    elsewhere = guided_by(cast.mentor2, MissionEnrollmentFactory(student=cast.student2))
    meetings = ((scene.own, cast.enrolled, cast.mentor), (scene.other, elsewhere, cast.mentor2))
    for whose, enrolled, host in meetings:
        whose.meeting = MeetingFactory(
            mission=enrolled.mission, host=host, starts_at=started, way="link", state="open", title="Weekly hour"
        )
        whose.in_meeting = enrolled
        set_meeting_records(
            actor=cast.sre, rows={(whose.meeting.pk, enrolled.pk): Was("excused", reason="A word before")}
        )
    scene.shared.series = create_series(
        actor=cast.manager, mission=cast.mission, title="Weekly hour", weekday=1, starts_at=time(20), minutes=60
    )


def _registered() -> object:
    person = UserFactory(name="New Nila")
    StudentProfile.objects.create(user=person, status=StudentStatus.WAITING)
    return person


def _belonging_to(enrolled: object, sre: object) -> SimpleNamespace:
    entry = CallEntryFactory(mission_enrollment=enrolled, leased_by=sre, leased_until=clock.now() + LEASE)
    call = Call.objects.create(entry=entry, caller=sre, started_at=clock.now(), outcome=Outcome.PICKED)
    follow_up = FollowUp.objects.create(call=call, owner=sre, due_at=clock.now() + timedelta(days=1))
    [invitation] = invite_people(
        actor=sre, people=[("", f"friend-of-{sre.email}")], role_keys=["student"], site="https://example.com/"
    ).new
    work = enrolled.mission.assignments.get()
    text = SimpleUploadedFile("answer.txt", b"My answer")
    evidence = hand_in(
        actor=enrolled.enrollment.student, mission_enrollment=enrolled, assignment=work, file=text
    ).evidence
    change_submissions(actor=sre, rows=[(enrolled.pk, work.pk, clock.now(), 80)])
    grant_extensions(actor=sre, rows=[(enrolled.pk, work.pk, work.due_at + timedelta(days=1), "Ill")])
    return SimpleNamespace(
        invitation=invitation,
        evidence=evidence,
        submission=enrolled.submissions.get(),
        extension=enrolled.extensions.get(),
        enrolled=enrolled,
        given=give_points(actor=sre, mission_enrollment=enrolled, points=5, reason="Helped others"),
        excuse=an_excuse(enrolled),
        mentoring=enrolled.mentor_assignments.get(),
        entry=entry,
        follow_up=follow_up,
        run=_planned_by(sre, enrolled),
    )


def an_excuse(enrolled: object, *, days_ago: int = 0) -> ExcuseRequest:
    on = clock.today(enrolled.mission.batch.zone) - timedelta(days=days_ago)
    return ask_for_excuse(
        actor=enrolled.enrollment.student,
        mission_enrollment=enrolled,
        first=on,
        last=on,
        reason="Ill",
        file=ContentFile(b"%PDF-1.7 a note of the doctor", name="note.pdf"),
    )


def _planned_by(sre: User, enrolled: object) -> ImportRun:
    """An import that waits for confirmation, with one row to change and one that is rejected."""
    student, mission = enrolled.enrollment.student, enrolled.mission
    lines = [
        "email,batch,mission,access",
        f"{student.email},{mission.batch.code},{mission.code},restricted",
        f"{student.email},{mission.batch.code},nowhere,full",
    ]
    content = BytesIO("\n".join(lines).encode())
    run = exchange.start_import(actor=sre, kind="enrollments", name="access.csv", content=content, wait=True)
    exchange.plan(run_id=run.pk)
    run.refresh_from_db()
    return run


# What stands in the address: from the belongings of somebody, or from what everyone shares.
ARGUMENTS: dict[str, Callable[[SimpleNamespace, SimpleNamespace], tuple]] = {
    "dashboards:student": lambda _shared, whose: (whose.enrolled.pk,),
    "dashboards:student-record": lambda _shared, whose: (whose.enrolled.enrollment.student_id,),
    "dashboards:student-edit": lambda _shared, whose: (whose.enrolled.enrollment.student_id,),
    "dashboards:student-performance": lambda _shared, whose: (whose.enrolled.enrollment.student_id,),
    "dashboards:reveal-contact": lambda _shared, whose: (whose.enrolled.enrollment.student_id, "phone"),
    "dashboards:mission": lambda shared, _whose: (shared.mission.pk,),
    "programme:batch": lambda shared, _whose: (shared.batch.pk,),
    "programme:batch-edit": lambda shared, _whose: (shared.batch.pk,),
    "programme:batch-duplicate": lambda shared, _whose: (shared.batch.pk,),
    "programme:batch-move": lambda shared, _whose: (shared.batch.pk,),
    "programme:batch-students": lambda shared, _whose: (shared.batch.pk,),
    "programme:enroll": lambda shared, _whose: (shared.batch.pk,),
    "programme:enrollment": lambda _shared, whose: (whose.enrolled.enrollment_id,),
    "programme:join": lambda _shared, whose: (whose.enrolled.enrollment_id,),
    "programme:leave-batch": lambda _shared, whose: (whose.enrolled.enrollment_id,),
    "programme:enroll-again": lambda _shared, whose: (whose.enrolled.enrollment_id,),
    "programme:leave-mission": lambda _shared, whose: (whose.enrolled.pk,),
    "programme:access": lambda _shared, whose: (whose.enrolled.pk,),
    "programme:template-create": lambda shared, _whose: (shared.batch.pk,),
    "programme:template-edit": lambda shared, _whose: (shared.batch.pk, shared.template.pk),
    "programme:template-delete": lambda shared, _whose: (shared.batch.pk, shared.template.pk),
    "programme:mission-create": lambda shared, _whose: (shared.batch.pk,),
    "programme:mission-edit": lambda shared, _whose: (shared.mission.pk,),
    "programme:mission-place": lambda shared, _whose: (shared.mission.pk,),
    "programme:guidelines": lambda shared, _whose: (shared.mission.pk,),
    "programme:mission-move": lambda shared, _whose: (shared.mission.pk,),
    "mentoring:mentor": lambda _shared, whose: (whose.mentoring.mentor_id,),
    "mentoring:capacity": lambda _shared, whose: (whose.mentoring.mentor_id,),
    "mentoring:history": lambda _shared, whose: (whose.mentoring.mentor_id,),
    "mentoring:reassign": lambda _shared, whose: (whose.mentoring.mentor_id,),
    "mentoring:mission": lambda shared, _whose: (shared.mission.pk,),
    "mentoring:assign-chosen": lambda shared, _whose: (shared.mission.pk,),
    "mentoring:distribute": lambda shared, _whose: (shared.mission.pk,),
    "mentoring:assign": lambda _shared, whose: (whose.enrolled.pk,),
    "mentoring:end": lambda _shared, whose: (whose.enrolled.pk, whose.mentoring.pk),
    "attendance:history": lambda _shared, whose: (whose.enrolled.pk,),
    "attendance:daily-record": lambda shared, whose: (whose.enrolled.pk, clock.today(shared.batch.zone)),
    "attendance:correct": lambda _shared, whose: (whose.enrolled.pk,),
    "attendance:student-report": lambda _shared, whose: (whose.enrolled.pk,),
    "attendance:mission-days": lambda shared, _whose: (shared.mission.pk,),
    "attendance:mission-report": lambda shared, _whose: (shared.mission.pk,),
    "attendance:batch-days": lambda shared, _whose: (shared.batch.pk,),
    "attendance:batch-report": lambda shared, _whose: (shared.batch.pk,),
    "attendance:batch-missions": lambda shared, _whose: (shared.batch.pk,),
    "attendance:policy": lambda shared, _whose: (shared.mission.pk,),
    "attendance:ask-excuse": lambda _shared, whose: (whose.enrolled.pk,),
    **dict.fromkeys(
        (f"attendance:{name}" for name in ("excuse", "excuse-file", "withdraw-excuse")),
        lambda _shared, whose: (whose.excuse.pk,),
    ),
    "attendance:lock": lambda shared, _whose: (shared.mission.pk,),
    "attendance:mark": lambda shared, _whose: (shared.mission.pk,),
    "attendance:undo-mark": lambda shared, _whose: (shared.mission.pk, shared.mark.pk),
    "attendance:remove-holiday": lambda shared, _whose: (shared.batch.pk, shared.holiday.pk),
    "attendance:holidays": lambda shared, _whose: (shared.batch.pk,),
    **dict.fromkeys(
        (
            *("attendance:meeting", "attendance:meeting-submit", "attendance:host", "attendance:host-screen"),
            *("attendance:meeting-open", "attendance:meeting-close", "attendance:meeting-cancel"),
            *("attendance:meeting-mark", "attendance:meeting-edit", "data_exchange:meeting-report"),
        ),
        lambda _shared, whose: (whose.meeting.pk,),
    ),
    "attendance:meeting-correct": lambda _shared, whose: (whose.meeting.pk, whose.in_meeting.pk),
    "attendance:series-edit": lambda shared, _whose: (shared.series.pk,),
    "attendance:series-create": lambda shared, _whose: (shared.mission.pk,),
    "attendance:meeting-create": lambda shared, _whose: (shared.mission.pk,),
    "points:ledger": lambda _shared, whose: (whose.enrolled.pk,),
    "points:total": lambda _shared, whose: (whose.enrolled.pk,),
    "points:give": lambda _shared, whose: (whose.enrolled.pk,),
    "points:withdraw": lambda _shared, whose: (whose.given.pk,),
    **dict.fromkeys(
        (f"points:{name}" for name in ("rules", "rehearsal", "settings", "leaderboard")),
        lambda shared, _whose: (shared.mission.pk,),
    ),
    "assignments:edit": lambda shared, _whose: (shared.assignment.pk,),
    "assignments:submissions": lambda shared, _whose: (shared.assignment.pk,),
    "assignments:grading": lambda _shared, whose: (whose.submission.pk,),
    "assignments:grading-total": lambda _shared, whose: (whose.submission.pk,),
    **dict.fromkeys(
        (f"assignments:{name}" for name in ("grades", "release", "hold", "rubric", "own-grade")),
        lambda shared, _whose: (shared.assignment.pk,),
    ),
    "assignments:assignment": lambda shared, _whose: (shared.assignment.pk,),
    "assignments:hand-in": lambda shared, _whose: (shared.assignment.pk,),
    "assignments:of-student": lambda shared, whose: (shared.assignment.pk, whose.enrolled.pk),
    "assignments:evidence": lambda _shared, whose: (whose.evidence.pk,),
    "assignments:verify": lambda _shared, whose: (whose.submission.pk,),
    "assignments:extensions": lambda shared, _whose: (shared.assignment.pk,),
    "assignments:extend": lambda shared, _whose: (shared.assignment.pk,),
    "assignments:revoke-extension": lambda _shared, whose: (whose.extension.pk,),
    "assignments:create": lambda shared, _whose: (shared.mission.pk,),
    **dict.fromkeys(
        (
            f"assignments:list{step}"
            for step in ("", "-proposals", "-complete", "-apply", "-undo", "-discard", "-missing")
        ),
        lambda shared, _whose: (shared.submission_list.pk,),
    ),
    "data_exchange:upload": lambda _shared, _whose: ("mentor-assignments",),
    "data_exchange:template": lambda _shared, _whose: ("mentor-assignments", "csv"),
    "data_exchange:export": lambda _shared, _whose: ("missions",),
    **dict.fromkeys(
        (f"data_exchange:{name}" for name in ("run", "progress", "mapping", "confirm", "cancel", "again", "undo")),
        lambda _shared, whose: (whose.run.pk,),
    ),
    "data_exchange:rejected": lambda _shared, whose: (whose.run.pk, "csv"),
    "outreach:card": lambda _shared, whose: (whose.entry.pk,),
    "outreach:release": lambda _shared, whose: (whose.entry.pk,),
    "outreach:finish": lambda _shared, whose: (whose.follow_up.pk,),
    "authorization:user": lambda shared, _whose: (shared.person.pk,),
    "authorization:user-edit": lambda shared, _whose: (shared.person.pk,),
    "authorization:user-deactivate": lambda shared, _whose: (shared.person.pk,),
    "authorization:user-reactivate": lambda shared, _whose: (shared.person.pk,),
    "authorization:user-invite": lambda shared, _whose: (shared.person.pk,),
    "authorization:resend-invitation": lambda _shared, whose: (whose.invitation.pk,),
    "authorization:revoke-invitation": lambda _shared, whose: (whose.invitation.pk,),
    "authorization:accept-invitation": lambda _shared, whose: (token_of(whose.invitation),),
    "authorization:approve": lambda shared, _whose: (shared.registered.pk,),
    "authorization:decline": lambda shared, _whose: (shared.registered.pk,),
    "authorization:role-edit": lambda shared, _whose: (shared.role.key,),
    "developer:error": lambda shared, _whose: (shared.error.pk,),
    "developer:job": lambda shared, _whose: (shared.job.pk,),
    "developer:job-retry": lambda shared, _whose: (shared.job.pk,),
    "accounts:end-session": lambda _shared, _whose: (0,),
}


def url_of(name: str, scene: SimpleNamespace, whose: SimpleNamespace) -> str:
    arguments = ARGUMENTS.get(name, lambda _shared, _whose: ())
    return reverse(name, args=arguments(scene.shared, whose))


class Ask:
    """Asks as somebody, and undoes what that did: the next one finds everything as it was."""

    def __init__(self, scene: SimpleNamespace) -> None:
        self.scene = scene
        people = {"nobody": None, **{person: getattr(scene.cast, NAMES.get(person, person)) for person in PEOPLE}}
        remember_verified_address([user for user in people.values() if user])
        self.clients = {person: signed_in(user) for person, user in people.items()}

    def __call__(self, method: str, name: str, person: str, *, own: bool = True, htmx: bool = False) -> HttpResponse:
        client = self.clients[person]
        before = transaction.savepoint()
        try:
            url = url_of(name, self.scene, self.scene.own if own else self.scene.other)
            response = getattr(client, method)(url, headers={"HX-Request": "true"} if htmx else {})
            if response.streaming:
                b"".join(response.streaming_content)
            return response
        finally:
            transaction.savepoint_rollback(before)

    def belongs_to_someone(self, name: str) -> bool:
        """Whether the address of the own object is another one than that of the other person's."""
        return url_of(name, self.scene, self.scene.own) != url_of(name, self.scene, self.scene.other)


def signed_in(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client
