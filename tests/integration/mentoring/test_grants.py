"""A mentor sees the students assigned to them: assignment and grant are one."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from sms.accounts.models import User
from sms.audit.models import Event
from sms.authorization import grants
from sms.core.problems import Refused
from sms.mentoring.actions import assign_mentor, end_assignment, reconcile_grants
from sms.mentoring.models import MentorAssignment
from sms.mentoring.queries import open_pairs
from sms.programme.queries import assigned_to, visible_to
from tests.conftest import rolled_back
from tests.factories import MissionEnrollmentFactory, UserFactory


def agree() -> bool:
    return grants.all_pairs() == open_pairs()


def test_each_mentor_sees_their_own(cast: SimpleNamespace) -> None:
    assert [list(visible_to(mentor)) for mentor in (cast.mentor, cast.mentor2)] == [[cast.enrolled], [cast.enrolled2]]
    assert [visible_to(person).count() for person in (cast.sre, cast.manager, cast.admin)] == [2, 2, 2]
    assert [list(visible_to(person)) for person in (cast.developer, cast.nobody)] == [[], []]
    assert list(visible_to(cast.student)) == [cast.enrolled]


def test_a_mentor_who_is_a_student_too_sees_both(cast: SimpleNamespace) -> None:
    cast.mentor.groups.add(*cast.student.groups.all())
    own = MissionEnrollmentFactory(mission=cast.mission, student=cast.mentor)
    both = User.objects.get(pk=cast.mentor.pk)
    assert set(visible_to(both)) == {cast.enrolled, own}
    assert list(assigned_to(both)) == [cast.enrolled]


def test_the_end_of_an_assignment_ends_the_sight(cast: SimpleNamespace, ordinary_morning: object) -> None:
    assign_mentor(actor=cast.sre, mentor=cast.mentor2, mission_enrollments=[cast.enrolled])
    assert set(visible_to(cast.mentor2)) == {cast.enrolled, cast.enrolled2}
    assignment = MentorAssignment.objects.get(mentor=cast.mentor2, mission_enrollment=cast.enrolled)
    for _ in range(2):
        end_assignment(actor=cast.sre, assignment=assignment)
    assert list(visible_to(cast.mentor2)) == [cast.enrolled2]
    assert list(visible_to(cast.mentor)) == [cast.enrolled]
    assert (agree(), Event.objects.filter(verb="ended assignments of").count()) == (True, 1)


def test_assigned_twice_is_assigned_once(cast: SimpleNamespace) -> None:
    before = grants.all_pairs(), MentorAssignment.objects.count()
    assign_mentor(actor=cast.sre, mentor=cast.mentor, mission_enrollments=[cast.enrolled])
    assert (grants.all_pairs(), MentorAssignment.objects.count()) == before


def test_assigned_again_after_the_end(cast: SimpleNamespace) -> None:
    end_assignment(actor=cast.sre, assignment=cast.enrolled.mentor_assignments.get(), even_the_last=True)
    assign_mentor(actor=cast.sre, mentor=cast.mentor, mission_enrollments=[cast.enrolled])
    assert sorted(bool(assignment.ended_at) for assignment in cast.enrolled.mentor_assignments.all()) == [False, True]
    assert agree()


def test_only_mentors_are_assigned(cast: SimpleNamespace) -> None:
    with pytest.raises(Refused, match="Nusrat Rahman is not a mentor"):
        assign_mentor(actor=cast.manager, mentor=cast.sre, mission_enrollments=[cast.enrolled])
    assert (agree(), cast.enrolled.mentor_assignments.count()) == (True, 1)


@pytest.mark.parametrize("act", ["assign", "end"])
def test_a_rollback_leaves_neither(cast: SimpleNamespace, act: str) -> None:
    before = grants.all_pairs(), open_pairs()
    with rolled_back():
        if act == "assign":
            assign_mentor(actor=cast.sre, mentor=cast.mentor2, mission_enrollments=[cast.enrolled])
        else:
            end_assignment(actor=cast.sre, assignment=cast.enrolled.mentor_assignments.get(), even_the_last=True)
        assert grants.all_pairs() == open_pairs() != before[1]
    assert (grants.all_pairs(), open_pairs()) == before


def test_who_loses_the_role_loses_the_sight(cast: SimpleNamespace) -> None:
    cast.mentor.groups.clear()
    assert list(visible_to(User.objects.get(pk=cast.mentor.pk))) == []


class TestReconcile:
    def check(self, capsys: pytest.CaptureFixture) -> tuple[int, str]:
        with pytest.raises(SystemExit) as exit_:
            call_command("reconcile_grants", check=True)
        return exit_.value.code, capsys.readouterr().out

    def test_equal(self, cast: SimpleNamespace, capsys: pytest.CaptureFixture) -> None:
        assert self.check(capsys) == (0, "2 assignments: 0 grants are missing, 0 too many.\n")
        assert reconcile_grants() == (0, 0)

    def test_different(self, cast: SimpleNamespace, capsys: pytest.CaptureFixture) -> None:
        stranger = UserFactory()
        grants.revoke([(cast.mentor.pk, cast.enrolled.pk)])
        grants.grant([(stranger.pk, cast.enrolled.pk), (cast.mentor2.pk, cast.enrolled.pk)])
        assert self.check(capsys) == (1, "2 assignments: 1 grants are missing, 2 too many.\n")
        assert not agree()
        call_command("reconcile_grants")
        assert (capsys.readouterr().out, agree()) == ("1 grants were added, 2 removed.\n", True)


class TestViews:
    def test_assigning(self, cast: SimpleNamespace, as_: Callable) -> None:
        url = f"/students/{cast.enrolled.pk}/mentors/"
        for _ in range(2):
            answer = as_(cast.sre).post(url, {"mentor": cast.mentor2.pk})
            assert (answer.status_code, answer["Location"]) == (302, f"/students/{cast.enrolled.pk}/")
        assert cast.enrolled.mentor_assignments.filter(mentor=cast.mentor2).count() == 1
        assert as_(cast.mentor2).get(f"/students/{cast.enrolled.pk}/").status_code == 200

    def test_whoever_is_no_mentor_cannot_be_chosen(self, cast: SimpleNamespace, as_: Callable) -> None:
        answer = as_(cast.sre).post(f"/students/{cast.enrolled.pk}/mentors/", {"mentor": cast.student2.pk})
        assert (answer.status_code, "Select a valid choice" in answer.text) == (422, True)

    def test_the_assignment_belongs_to_the_student_of_the_address(self, cast: SimpleNamespace, as_: Callable) -> None:
        assignment = cast.enrolled2.mentor_assignments.get()
        url = f"/students/{cast.enrolled.pk}/mentors/{assignment.pk}/end/"
        assert as_(cast.sre).post(url).status_code == 404
        assert agree()
