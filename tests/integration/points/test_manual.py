"""Points by hand: within the limit of the role, with a reason that the student reads, taken back and never deleted."""

from collections.abc import Callable
from datetime import date, datetime
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, transaction

from sms.audit.models import Event
from sms.core.problems import Refused
from sms.points.actions import change_settings, give_points, take_requests, withdraw_points
from sms.points.models import ManualPoints
from sms.points.queries import points_of, room_for
from sms.programme.models import MissionEnrollment
from tests.conftest import build_cast
from tests.factories import attended, guided_by

SUNDAY = date(2026, 11, 22)
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def give(cast: SimpleNamespace, person: str, points: int, reason: str = "Helped others") -> ManualPoints:
    return give_points(actor=getattr(cast, person), mission_enrollment=cast.enrolled, points=points, reason=reason)


def test_given_and_taken_back(cast: SimpleNamespace) -> None:
    given = give(cast, "mentor", 7)
    take_requests()
    assert points_of(cast.enrolled) == 7
    withdraw_points(actor=cast.manager, given=given, reason="The wrong student")
    take_requests()
    entries = cast.enrolled.ledger_entries.order_by("pk")
    assert list(entries.values_list("points", "cause", "actor", "rule")) == [
        (7, "recorded", cast.mentor.pk, None),
        (-7, "recorded", cast.manager.pk, None),
    ]
    with pytest.raises(Refused, match="taken back already"):
        withdraw_points(actor=cast.mentor, given=given, reason="Again")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ManualPoints.objects.update(points=9)
    event = Event.objects.get(verb="gave points by hand to")
    assert (event.actor_id, event.data) == (cast.mentor.pk, {"points": 7, "reason": "Helped others"})


@pytest.mark.parametrize(("person", "most"), [("mentor", 20), ("sre", 50), ("manager", 200)])
def test_the_limit_holds_for_the_sum(cast: SimpleNamespace, person: str, most: int) -> None:
    give(cast, person, most - 1)
    give(cast, person, 1)
    for points in (1, -2 * most - 1):
        with pytest.raises(Refused, match="from"):
            give(cast, person, points)
    given = give(cast, person, -2 * most)
    withdraw_points(actor=getattr(cast, person), given=given, reason="Too much")
    assert room_for(getattr(cast, person), cast.enrolled).most == 0


def test_the_limit_of_the_mission(cast: SimpleNamespace) -> None:
    change_settings(
        actor=cast.manager, mission=cast.mission, has_leaderboard=False, leaderboard_size=10, manual_limit=5
    )
    enrolled = MissionEnrollment.objects.select_related("mission__batch", "enrollment__student").get(
        pk=cast.enrolled.pk
    )
    assert [room_for(getattr(cast, person), enrolled).most for person in ("mentor", "manager", "admin")] == [5, 5, None]


def test_nobody_gives_to_themself(cast: SimpleNamespace) -> None:
    cast.mentor.groups.add(*cast.student.groups.all())
    own = guided_by(cast.mentor2, cast.enrolled)
    own.enrollment.student = cast.mentor
    own.enrollment.save()
    with pytest.raises(Refused, match="yourself"):
        give_points(actor=cast.mentor, mission_enrollment=own, points=1, reason="I was good")


@pytest.mark.django_db(transaction=True)
def test_at_once_the_limit_holds(at_once: Callable, ordinary_morning: datetime) -> None:
    cast = build_cast()

    def try_to_give(_n: int) -> bool:
        try:
            give(cast, "mentor", 8)
        except Refused:
            return False
        return True

    assert sum(at_once(try_to_give, range(5))) == 2
    take_requests()
    assert points_of(cast.enrolled) == 16


def test_in_the_browser(cast: SimpleNamespace, as_: Callable) -> None:
    url = f"/points/{cast.enrolled.pk}/"
    assert "from -20 to +20 points" in as_(cast.mentor).get(url).text
    assert "By hand" not in as_(cast.student).get(url).text
    posted = {"points": "15", "reason": "Held a talk"}
    assert as_(cast.mentor2).post(f"{url}give/", posted).status_code == 404
    assert as_(cast.student).post(f"{url}give/", posted).status_code == 403
    answers = [as_(cast.mentor).post(f"{url}give/", posted) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 422]
    assert "from -35 to +5 points" in answers[1].text
    take_requests()
    assert "Sadia Karim gave points by hand: Held a talk" in as_(cast.student).get(url).text
    given = ManualPoints.objects.get()
    back = f"/points/given/{given.pk}/withdraw/"
    assert "+15 from Sadia Karim: Held a talk" in as_(cast.mentor).get(back).text
    assert as_(cast.mentor2).get(back).status_code == 404
    assert as_(cast.sre).post(back, {"reason": "No"}).status_code == 422
    assert [as_(cast.mentor).post(back, {"reason": "No talk"}).status_code for _ in range(2)] == [302, 422]
    take_requests()
    assert "Sadia Karim took points back that were given by hand: No talk" in as_(cast.student).get(url).text


def test_many_gifts_cost_as_much_as_one(
    cast: SimpleNamespace, as_: Callable, django_assert_num_queries: Callable
) -> None:
    attended(cast.enrolled, "PP", SUNDAY)
    for number in range(3):
        give(cast, "sre", 1, f"Reason {number}")
    take_requests()
    client = as_(cast.student)
    client.get(f"/points/{cast.enrolled.pk}/")
    with django_assert_num_queries(10):
        assert "Reason 2" in client.get(f"/points/{cast.enrolled.pk}/").text
