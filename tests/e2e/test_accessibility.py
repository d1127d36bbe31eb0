"""axe finds no violation on any page: all of its rules on the light phone, those of appearance on the dark desktop."""

from datetime import date, timedelta

import pytest

from sms.accounts.actions import register_student
from sms.assignments.actions import Criterion, apply_list, record_submissions, set_rubric, start_list
from sms.assignments.pasting import parse
from sms.assignments.queries import resolution_of
from sms.authorization.actions import invite_people
from sms.authorization.links import token_of
from sms.authorization.models import Invitation
from sms.core import clock
from sms.data_exchange.actions import confirm
from sms.developer.models import ErrorRecord, JobRecord
from sms.outreach.actions import take_next
from sms.points.actions import give_points, take_requests
from sms.points.models import PointsSettings
from sms.programme.actions import change_access, set_guidelines
from tests.architecture.addresses import an_excuse
from tests.e2e.conftest import findings
from tests.factories import AssignmentFactory, CallEntryFactory, LateTapFactory, MeetingFactory, attended
from tests.integration.data_exchange.helpers import finish, planned, undo_of


def invitation_links() -> list[str]:
    """The link of an open invitation, and one that lets nobody in."""
    return [f"/invitations/accept/{token}/" for token in (token_of(Invitation.objects.get()), "not-whole")]


# One row changed, one with a warning, one rejected; and a file whose headings say too little.
ACCESS = "email,batch,mission,access\nstudent@example.com,batch-12,js,restricted\ntypo@gmail.con,batch-12,js,full"
UNCLEAR = "Who,Cohort,Mission,Password\nstudent@example.com,batch-12,js,secret"


def imports_of(sre) -> list[str]:
    """The pages of an import that is planned, of one that is done and one that takes it back, of one that is asked
    about, and of one at work.
    """
    finish(done := planned("enrollments", ACCESS, actor=sre), actor=sre)
    undo = undo_of(done, actor=sre)
    unclear = planned("enrollments", UNCLEAR, actor=sre)
    waiting = planned("enrollments", ACCESS, actor=sre)
    at_work = planned("enrollments", ACCESS.replace("restricted", "revoked"), actor=sre)
    confirm(actor=sre, run=at_work, wait=True)
    runs = [f"/imports/{run.pk}/" for run in (waiting, done, undo, unclear, at_work)]
    return [*runs, f"/imports/{unclear.pk}/mapping/"]


def lists_of(cast) -> list[str]:
    """A list with a suspected typo and a student who is missing, as a draft and confirmed."""
    text = "student@example.con\nTanvir <student2@example.com>\nstranger@example.org"
    assignment = AssignmentFactory(mission=cast.mission, title="Closures")
    entries = parse(text, cast.batch.zone).entries
    draft, done = (
        start_list(actor=cast.sre, assignment=assignment, entries=entries, as_of=clock.now()) for _ in range(2)
    )
    apply_list(actor=cast.sre, submission_list=done, fingerprint=resolution_of(done).fingerprint)
    groups = ("typo", "not_enrolled", "missing", "recorded")
    return [
        *(f"{draft.get_absolute_url()}?show={group}" for group in groups),
        f"{done.get_absolute_url()}?show=matched",
    ]


def pages(cast, role: str) -> dict[str, list[str]]:
    """The pages of each role."""
    student, mission, batch = cast.enrolled.pk, cast.mission.pk, cast.batch.pk
    submission = cast.enrolled.submissions.order_by("pk")[0]
    submission, assignment = submission.pk, submission.assignment_id
    meeting = cast.mission.meetings.get().pk
    return {
        "nobody": ["/accounts/waiting/", "/accounts/profile/"],
        "student": [
            "/dashboard/student/",
            f"/attendance/{student}/",
            f"/attendance/{student}/excuses/",
            f"/points/{student}/",
            "/assignments/",
            f"/assignments/{assignment}/grade/",
            f"/assignments/{assignment}/",
            "/meetings/",
            f"/meetings/{meeting}/",
        ],
        "mentor": [
            "/grading/",
            f"/grading/{submission}/",
            "/dashboard/mentor/",
            f"/students/{student}/",
            f"/assignments/{assignment}/students/{student}/",
            f"/assignments/{assignment}/extensions/new/",
            f"/meetings/{meeting}/host/",
            "/attendance/grid/",
            f"/attendance/{student}/report/",
        ],
        "sre": [
            "/dashboard/sre/",
            "/calls/",
            f"/calls/{cast.enrolled.call_entries.get().pk}/",
            "/calls/log/",
            "/attendance/taps/review/",
            "/attendance/taps/review/decide/?_do=refuse&_scope=matching",
            "/follow-ups/",
            "/risk/",
            "/students/",
            f"/students/{student}/",
            f"/students/{student}/mentors/",
            "/students/records/",
            f"/students/records/{cast.student.pk}/",
            f"/students/records/{cast.student.pk}/edit/",
            "/invitations/",
            "/invitations/new/",
            f"/students/{student}/access/",
            f"/students/{student}/leave/",
            f"/batches/{batch}/students/",
            f"/batches/{batch}/enroll/",
            f"/batches/{batch}/enrollment-templates/new/",
            f"/enrollments/{cast.enrolled.enrollment_id}/",
            f"/attendance/{student}/correct/",
            "/attendance/excuses/",
            f"/attendance/excuses/{cast.enrolled.excuses.get().pk}/",
            f"/attendance/excuses/answer/?_do=grant&_rows={cast.enrolled.excuses.get().pk}",
            f"/missions/{mission}/attendance/mark/",
            "/mentors/",
            f"/mentors/{cast.mentor.pk}/",
            f"/mentors/{cast.mentor.pk}/history/",
            f"/mentors/{cast.mentor.pk}/capacity/",
            f"/mentors/{cast.mentor.pk}/reassign/",
            f"/missions/{mission}/mentors/",
            f"/missions/{mission}/mentors/distribute/",
            "/approvals/",
            f"/assignments/{assignment}/edit/",
            f"/assignments/{assignment}/submissions/",
            f"/assignments/{assignment}/grades/",
            f"/assignments/{assignment}/rubric/",
            f"/assignments/{assignment}/",
            f"/assignments/{assignment}/extensions/",
            f"/assignments/{assignment}/extensions/new/",
            "/submission-lists/",
            f"/submission-lists/new/?assignment={assignment}",
            *(lists_of(cast) if role == "sre" else []),
            "/meetings/",
            f"/meetings/{meeting}/",
            f"/meetings/{meeting}/edit/",
            f"/meetings/{meeting}/cancel/",
            f"/meetings/{meeting}/mark/?whom=everyone&status=present&reason=Outage",
            f"/meetings/{meeting}/records/{student}/",
            f"/meetings/{meeting}/report/",
            f"/missions/{mission}/meetings/new/",
            f"/missions/{mission}/meetings/series/new/",
            f"/students/bulk/?_do=access&_rows={student}",
            "/imports/",
            "/imports/new/",
            "/imports/new/enrollments/",
            "/exports/",
            *(imports_of(cast.sre) if role == "sre" else []),
        ],
        "manager": [
            "/dashboard/manager/",
            f"/students/records/{cast.student.pk}/performance/",
            "/batches/",
            "/batches/new/",
            f"/batches/{batch}/",
            f"/batches/{batch}/edit/",
            f"/batches/{batch}/missions/new/",
            f"/batches/{batch}/holidays/",
            f"/batches/{batch}/duplicate/",
            "/missions/",
            f"/missions/{mission}/",
            f"/missions/{mission}/edit/",
            f"/missions/{mission}/attendance/",
            "/attendance/overview/",
            "/attendance/records/",
            f"/missions/{mission}/attendance/days/",
            f"/missions/{mission}/attendance/report/",
            f"/batches/{batch}/attendance/",
            f"/batches/{batch}/attendance/report/",
            f"/batches/{batch}/attendance/missions/",
            f"/missions/{mission}/attendance/lock/",
            f"/missions/{mission}/guidelines/",
            f"/missions/{mission}/points-rules/",
            f"/missions/{mission}/points-rules/rehearsal/?attendance.present=12",
            f"/missions/{mission}/points-settings/",
            f"/points/{student}/",
            f"/points/{student}/give/",
            f"/points/given/{cast.enrolled.manual_points.get().pk}/withdraw/",
            f"/points/missions/{mission}/leaderboard/",
            "/points/check/",
            f"/missions/{mission}/assignments/new/",
        ],
        "admin": [
            "/dashboard/admin/",
            "/users/",
            "/users/new/",
            f"/users/{cast.student.pk}/",
            f"/users/{cast.student.pk}/edit/",
            "/roles/",
            "/audit/",
            "/audit/sign-ins/",
        ],
        "developer": [
            "/developer/",
            "/developer/errors/",
            f"/developer/errors/{ErrorRecord.objects.get().pk}/",
            "/developer/jobs/",
            f"/developer/jobs/{JobRecord.objects.get().pk}/",
            "/developer/components/",
        ],
        "": [
            "/accounts/login/",
            "/accounts/signup/",
            "/accounts/password/reset/",
            "/offline/",
            "/no-such-page/",
            *invitation_links(),
        ],
    }


# Half of the pages a test where a role has many, so that both workers have something to do until the end.
@pytest.mark.parametrize("part", ["even", "odd"])
@pytest.mark.parametrize("role", ["nobody", "student", "mentor", "sre", "manager", "admin", "developer", ""])
def test_no_violation(role, part, cast, visit, ordinary_morning):
    assignment = AssignmentFactory(mission=cast.mission)
    MeetingFactory(mission=cast.mission, host=cast.mentor, state="open", link="https://meet.example.com/abc")
    record_submissions(actor=cast.sre, rows=[(cast.enrolled.pk, assignment.pk, clock.now(), 78)])
    set_rubric(actor=cast.sre, assignment=assignment, criteria=[Criterion(None, "It runs", 60, "Without an error.")])
    set_guidelines(actor=None, mission=cast.mission, do="# First\n\n- Ask [early](https://example.com)", dont="Copy")
    change_access(actor=cast.sre, mission_enrollments=[cast.enrolled], access="restricted", reason="Unpaid")
    change_access(actor=cast.sre, mission_enrollments=[cast.enrolled], access="full", reason="Paid")
    attended(cast.enrolled, "PPLAAEAA", date(2026, 11, 21))
    LateTapFactory(mission_enrollment=cast.enrolled, claimed_at=clock.now() - timedelta(days=1))
    an_excuse(cast.enrolled)
    CallEntryFactory(mission_enrollment=cast.enrolled)
    take_next(actor=cast.sre)
    invite_people(
        actor=cast.sre, people=[("Nila Akter", "nila@example.com")], role_keys=["student"], site="https://example.com/"
    )
    register_student(email="tania@example.com", name="Tania Sultana", password="river of tea 9", phone="01712345678")
    ErrorRecord.objects.create(at=clock.now(), logger="django.request", message="It broke", traceback="Traceback …")
    JobRecord.objects.create(name="sms.points.tasks.recalculate_left_over", state="failed", started_at=clock.now())
    PointsSettings.objects.create(mission=cast.mission, has_leaderboard=True)
    give_points(actor=cast.manager, mission_enrollment=cast.enrolled, points=5, reason="Helped others")
    take_requests()
    # axe measures with inline styles of its own, which our policy refuses.
    page = visit(getattr(cast, role) if role else None, bypass_csp=True)
    found = [finding for path in pages(cast, role)[role][part == "odd" :: 2] for finding in findings(page, path)]
    # The browser reports the missing page, which is one of the pages looked at.
    visit.complaints[:] = [complaint for complaint in visit.complaints if "404" not in complaint]
    assert found == [], "\n".join(found)
