"""Where a student stands: bands for their own eyes, and a leaderboard only where a mission wants it."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from sms.points import actions, queries
from sms.points.choices import Band
from sms.points.models import RankBands
from sms.programme.models import Mission, MissionEnrollment
from tests.factories import MissionEnrollmentFactory
from tests.integration.points.helpers import book

pytestmark = pytest.mark.usefixtures("ordinary_morning")


@pytest.fixture
def ranked(cast: SimpleNamespace) -> SimpleNamespace:
    """Twenty students with 10, 20, … 200 points; the two of the cast have 190 and 60."""
    for place in range(1, 21):
        if place not in (19, 6):
            book(MissionEnrollmentFactory(mission=cast.mission), 10 * place)
    book(cast.enrolled, 190)
    book(cast.enrolled2, 60)
    book(MissionEnrollmentFactory(mission=cast.mission, access="revoked"), 999)
    actions.work_out_bands(missions=queries.missions_to_rank())
    cast.mission.refresh_from_db()
    return cast


def test_bands(ranked: SimpleNamespace) -> None:
    bands = RankBands.objects.get()
    assert (bands.students, bands.tenth, bands.quarter, bands.half) == (20, 190, 160, 110)
    student = MissionEnrollment.objects.select_related("mission__rank_bands").get(pk=ranked.enrolled.pk)
    places = [queries.standing_of(student, points) for points in (190, 189, 159, 60, 0)]
    assert [place and (place.band, place.to_next) for place in places] == [
        (Band.TENTH, None), (Band.QUARTER, 1), (Band.HALF, 1), (Band.REST, 50), None,
    ]  # fmt: skip
    book(ranked.enrolled2, 500)
    actions.work_out_bands(missions=Mission.objects.all())
    assert RankBands.objects.get().tenth == 200


def test_only_the_student_sees_it(ranked: SimpleNamespace, as_: Callable) -> None:
    url = f"/points/{ranked.enrolled.pk}/"
    for address in (url, f"{url}total/", "/dashboard/student/"):
        assert "in the first 10%" in as_(ranked.student).get(address).text.casefold(), address
    assert "in the first 10%" not in as_(ranked.mentor).get(url).text.casefold()
    assert "On the way to the first half" in as_(ranked.student2).get(f"/points/{ranked.enrolled2.pk}/").text


def test_a_small_mission_has_no_bands(cast: SimpleNamespace, as_: Callable) -> None:
    book(cast.enrolled, 50)
    actions.work_out_bands(missions=queries.missions_to_rank())
    assert "Where you stand" not in as_(cast.student).get(f"/points/{cast.enrolled.pk}/").text


def test_the_leaderboard(ranked: SimpleNamespace, as_: Callable) -> None:
    url = f"/points/missions/{ranked.mission.pk}/leaderboard/"
    people = (ranked.student, ranked.mentor, ranked.sre)
    assert [as_(person).get(url).status_code for person in people] == [404, 404, 404]
    posted = {"has_leaderboard": "on", "leaderboard_size": "3"}
    answer = as_(ranked.manager).post(f"/missions/{ranked.mission.pk}/points-settings/", posted)
    assert answer.status_code == 302
    assert [as_(person).get(url).status_code for person in people] == [200, 200, 200]
    book(ranked.enrolled2, 130)  # 190, beside the other
    board = queries.leaderboard(ranked.mission, 3)
    assert [(student.rank, student.points) for student in board] == [(1, 200), (2, 190), (2, 190)]
    assert {student.pk for student in board[1:]} == {ranked.enrolled.pk, ranked.enrolled2.pk}
    MissionEnrollment.objects.filter(pk=ranked.enrolled.pk).update(access="restricted")
    text = as_(ranked.student2).get(url).text
    assert ("Tanvir Hasan" in text, "Arif Rahman" in text, "999" in text) == (True, False, False)
    ranked.mission.mission_enrollments.filter(enrollment__student=ranked.student).update(access="revoked")
    assert as_(ranked.student).get(url).status_code == 404
