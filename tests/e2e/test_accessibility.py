"""axe finds no violation on any page, in either theme, on the phone and on the desktop."""

from datetime import date

import pytest

from sms.accounts.actions import register_student
from sms.assignments.actions import record_submissions
from sms.authorization.actions import invite_people
from sms.authorization.links import token_of
from sms.authorization.models import Invitation
from sms.core import clock
from sms.data_exchange.actions import confirm
from sms.developer.models import ErrorRecord, JobRecord
from sms.outreach.actions import take_next
from sms.programme.actions import change_access, set_guidelines
from tests.architecture.addresses import an_excuse
from tests.e2e.conftest import DESKTOP, PHONE, findings
from tests.factories import AssignmentFactory, CallEntryFactory, attended
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


def pages(cast, role: str) -> dict[str, list[str]]:
    """The pages of each role."""
    student, mission, batch = cast.enrolled.pk, cast.mission.pk, cast.batch.pk
    assignment = cast.mission.assignments.get().pk
    return {
        "nobody": ["/accounts/waiting/", "/accounts/profile/"],
        "student": [
            "/dashboard/student/",
            f"/attendance/{student}/",
            f"/attendance/{student}/excuses/",
            f"/points/{student}/",
            "/assignments/",
        ],
        "mentor": ["/dashboard/mentor/", f"/students/{student}/"],
        "sre": [
            "/dashboard/sre/",
            "/calls/",
            f"/calls/{cast.enrolled.call_entries.get().pk}/",
            "/calls/log/",
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
            f"/missions/{mission}/attendance/lock/",
            f"/missions/{mission}/guidelines/",
            f"/missions/{mission}/points-rules/",
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
            "/no-such-page/",
            *invitation_links(),
        ],
    }


@pytest.mark.parametrize("role", ["nobody", "student", "mentor", "sre", "manager", "admin", "developer", ""])
@pytest.mark.parametrize(("theme", "size"), [("light", PHONE), ("dark", DESKTOP)], ids=["light-phone", "dark-desktop"])
def test_no_violation(role, theme, size, cast, visit, ordinary_morning):
    assignment = AssignmentFactory(mission=cast.mission)
    record_submissions(actor=cast.sre, rows=[(cast.enrolled.pk, assignment.pk, clock.now(), 78)])
    set_guidelines(actor=None, mission=cast.mission, do="# First\n\n- Ask [early](https://example.com)", dont="Copy")
    change_access(actor=cast.sre, mission_enrollments=[cast.enrolled], access="restricted", reason="Unpaid")
    change_access(actor=cast.sre, mission_enrollments=[cast.enrolled], access="full", reason="Paid")
    attended(cast.enrolled, "PPLAAEAA", date(2026, 11, 21))
    an_excuse(cast.enrolled)
    CallEntryFactory(mission_enrollment=cast.enrolled)
    take_next(actor=cast.sre)
    invite_people(
        actor=cast.sre, people=[("Nila Akter", "nila@example.com")], role_keys=["student"], site="https://example.com/"
    )
    register_student(email="tania@example.com", name="Tania Sultana", password="river of tea 9", phone="01712345678")
    ErrorRecord.objects.create(at=clock.now(), logger="django.request", message="It broke", traceback="Traceback …")
    JobRecord.objects.create(name="sms.points.tasks.recalculate_left_over", state="failed", started_at=clock.now())
    # axe measures with inline styles of its own, which our policy refuses.
    page = visit(getattr(cast, role) if role else None, size=size, theme=theme, bypass_csp=True)
    found = [finding for path in pages(cast, role)[role] for finding in findings(page, path)]
    # The browser reports the missing page, which is one of the pages looked at.
    visit.complaints[:] = [complaint for complaint in visit.complaints if "404" not in complaint]
    assert found == [], "\n".join(found)
