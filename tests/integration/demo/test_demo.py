"""What a small demo holds, and what happens when it is built again."""

from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction
from pytest_django import DjangoDbBlocker

from sms.accounts.models import StudentProfile
from sms.assignments.models import Grade, GradeRelease
from sms.attendance.models import DailyRecord
from sms.attendance.queries import summary_of, todays
from sms.audit.models import Event
from sms.authorization.grants import all_pairs
from sms.core import clock
from sms.demo.people import PASSWORD
from sms.mentoring.queries import open_pairs
from sms.points.models import LedgerEntry, RecalculationRequest
from sms.programme.models import Mission
from sms.programme.queries import visible_to
from tests.integration.demo.helpers import NOW, contents, demo, enrolled, person


@pytest.fixture(scope="module")
def twelve(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Built once for all tests of this module; each of them runs inside a savepoint of this transaction."""
    with django_db_blocker.unblock(), transaction.atomic():
        demo(12)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def small(twelve: None, db: None) -> None:
    """A demo with twelve students."""


def test_a_second_time_changes_nothing(small):
    before = contents()
    demo(12)
    demo(5)
    assert contents() == before


def test_it_grows_by_those_who_are_missing(small):
    before = contents()
    demo(30)
    after = contents()
    assert StudentProfile.objects.filter(student_id__startswith="D12-").count() == 30
    for what in ("people", "days", "points", "calls", "mentors"):
        assert set(map(str, before[what])) <= set(map(str, after[what])), what


def test_the_accounts_of_the_demo_can_sign_in(small, client):
    accounts = ["admin", "developer", "manager", "sre", "sre2", "mentor", "mentor2", "student", "student2"]
    verified = set(EmailAddress.objects.filter(verified=True, primary=True).values_list("email", flat=True))
    for account in accounts:
        assert client.login(username=f"{account}@example.com", email=f"{account}@example.com", password=PASSWORD), (
            account
        )
        assert f"{account}@example.com" in verified


def test_mentors_see_their_own_demo_student_and_not_the_other(small):
    def sees(account: str) -> set[str]:
        return set(visible_to(person(account)).values_list("enrollment__student__email", flat=True))

    assert "student@example.com" in sees("mentor")
    assert "student2@example.com" not in sees("mentor")
    assert "student2@example.com" in sees("mentor2")
    assert "student@example.com" not in sees("mentor2")
    assert open_pairs() == all_pairs()


def test_the_demo_student_has_a_streak_and_today_still_to_do(small):
    mission_enrollment = enrolled("student")
    with clock.frozen_at(NOW):
        (today,) = todays([mission_enrollment])
        assert today.can_submit
        assert summary_of(mission_enrollment).streak >= 15


def test_the_missions_stand_where_they_should(small):
    statuses = dict(Mission.objects.values_list("code", "status"))
    assert statuses == {"git": "completed", "js-basics": "active", "react": "upcoming"}


def test_history_carries_the_time_of_its_day(small):
    of_days = LedgerEntry.objects.filter(source__in=("attendance.day", "attendance.meeting"))
    for reference, created_at in of_days.values_list("reference", "created_at"):
        on = reference.partition("T")[0]
        assert created_at.astimezone(clock.ZoneInfo("Asia/Dhaka")).date().isoformat() == on
    assert LedgerEntry.objects.filter(source="points.manual", actor__email="sre@example.com").count() == 1
    assert not RecalculationRequest.objects.exists()
    assert not DailyRecord.objects.filter(submitted_at__gt=NOW).exists()
    assert not Event.objects.filter(at__gt=NOW).exists()


def test_mentors_have_graded_some_and_have_others_to_grade(small):
    held = GradeRelease.objects.get(released_at=None).assignment
    assert [criterion.points for criterion in held.criteria.all()] == [30, 20, 10]
    given = Grade.objects.filter(submission__assignment=held)
    assert {grade.graded_by.email for grade in given} == {"mentor@example.com", "mentor2@example.com"}
    assert not held.submissions.filter(grade__isnull=False).exists()
    assert held.submissions.count() > given.count() > 0
