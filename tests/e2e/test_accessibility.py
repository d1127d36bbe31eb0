"""axe finds no violation on any page, in either theme, on the phone and on the desktop."""

from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.conftest import DESKTOP, PHONE
from tests.factories import AssignmentFactory, CallEntryFactory, attended


def pages(cast) -> dict[str, list[str]]:
    """The pages of each role."""
    student, mission, batch = cast.enrolled.pk, cast.mission.pk, cast.batch.pk
    assignment = cast.mission.assignments.get().pk
    return {
        "nobody": ["/accounts/waiting/", "/accounts/profile/"],
        "student": ["/dashboard/student/", f"/attendance/{student}/", f"/points/{student}/", "/assignments/"],
        "mentor": ["/dashboard/mentor/", f"/students/{student}/"],
        "sre": [
            "/dashboard/sre/",
            "/calls/",
            "/calls/log/",
            "/follow-ups/",
            "/risk/",
            "/students/",
            f"/students/{student}/",
            f"/students/{student}/mentors/",
            f"/attendance/{student}/correct/",
            "/mentors/",
            "/approvals/",
            f"/assignments/{assignment}/edit/",
        ],
        "manager": [
            "/dashboard/manager/",
            "/batches/",
            "/batches/new/",
            f"/batches/{batch}/",
            f"/batches/{batch}/edit/",
            f"/batches/{batch}/missions/new/",
            f"/batches/{batch}/holidays/",
            "/missions/",
            f"/missions/{mission}/",
            f"/missions/{mission}/edit/",
            f"/missions/{mission}/attendance/",
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
        "developer": ["/developer/", "/developer/errors/", "/developer/jobs/", "/developer/components/"],
        "": ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/no-such-page/"],
    }


@pytest.mark.parametrize("role", ["nobody", "student", "mentor", "sre", "manager", "admin", "developer", ""])
@pytest.mark.parametrize(("theme", "size"), [("light", PHONE), ("dark", DESKTOP)], ids=["light-phone", "dark-desktop"])
def test_no_violation(role, theme, size, cast, visit, ordinary_morning):
    AssignmentFactory(mission=cast.mission)
    attended(cast.enrolled, "PPLAAEAA", date(2026, 11, 21))
    CallEntryFactory(mission_enrollment=cast.enrolled)
    # axe measures with inline styles of its own, which our policy refuses.
    page = visit(getattr(cast, role) if role else None, size=size, theme=theme, bypass_csp=True)
    found = []
    for path in pages(cast)[role]:
        page.goto(path)
        results = Axe().run(page, options={"resultTypes": ["violations"]})
        found += [
            f"{path}: {violation['id']}: {violation['nodes'][0]['html'][:160]}"
            for violation in results.response["violations"]
        ]
        for width in (390, 768, 1440):
            page.set_viewport_size({"width": width, "height": 844})
            too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if too_wide > 0:
                found.append(f"{path} at {width} px is {too_wide} px too wide")
        page.set_viewport_size(size)
    # The browser reports the missing page, which is one of the pages looked at.
    visit.complaints[:] = [complaint for complaint in visit.complaints if "404" not in complaint]
    assert found == [], "\n".join(found)
