"""Every page of the main job answers for the role that it is for."""

import pytest

PAGES = [
    ("student", "/dashboard/student/"),
    ("student", "/assignments/"),
    ("mentor", "/dashboard/mentor/"),
    ("sre", "/dashboard/sre/"),
    ("sre", "/calls/"),
    ("sre", "/calls/log/"),
    ("sre", "/follow-ups/"),
    ("sre", "/risk/"),
    ("sre", "/students/"),
    ("sre", "/mentors/"),
    ("manager", "/dashboard/manager/"),
    ("manager", "/batches/"),
    ("manager", "/batches/new/"),
    ("manager", "/missions/"),
    ("admin", "/dashboard/admin/"),
]


@pytest.mark.parametrize(("role", "url"), PAGES)
def test_page(cast, as_, role, url):
    response = as_(getattr(cast, role)).get(url)
    assert response.status_code == 200, response
    assert "<h1>" in response.text


def test_object_pages(cast, as_):
    e = cast.enrolled.pk
    for role, url in [
        ("student", f"/attendance/{e}/"),
        ("student", f"/points/{e}/"),
        ("mentor", f"/students/{e}/"),
        ("sre", f"/students/{e}/"),
        ("sre", f"/students/{e}/mentors/"),
        ("sre", f"/attendance/{e}/correct/"),
        ("manager", f"/batches/{cast.batch.pk}/"),
        ("manager", f"/missions/{cast.mission.pk}/"),
        ("manager", f"/missions/{cast.mission.pk}/edit/"),
        ("manager", f"/missions/{cast.mission.pk}/attendance/"),
        ("manager", f"/missions/{cast.mission.pk}/points-rules/"),
        ("manager", f"/missions/{cast.mission.pk}/assignments/new/"),
        ("manager", f"/batches/{cast.batch.pk}/holidays/"),
    ]:
        response = as_(getattr(cast, role)).get(url)
        assert response.status_code == 200, (role, url, response)


def test_submit(cast, as_, ordinary_morning):
    url = f"/attendance/{cast.enrolled.pk}/days/2026-11-22/"
    response = as_(cast.student, htmx=True).post(url)
    assert response.status_code == 200, response.text
    assert "marked for today" in response.text
    from sms.points.actions import take_requests

    assert take_requests() == 1
    assert "10" in as_(cast.student).get(f"/points/{cast.enrolled.pk}/total/").text
