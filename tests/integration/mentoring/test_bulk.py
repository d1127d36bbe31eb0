"""The bulk forms: what an import and its undo call."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from sms.accounts.models import User
from sms.audit.models import Event
from sms.authorization import grants
from sms.authorization.actions import create_role
from sms.core import clock
from sms.core.problems import Refused
from sms.mentoring.actions import assign_pairs, end_assignment, end_pairs, remove_pairs
from sms.mentoring.models import MentorAssignment
from sms.mentoring.queries import open_pairs
from sms.programme.actions import leave_missions
from sms.programme.models import MissionEnrollment
from sms.programme.queries import visible_to
from tests.conftest import rolled_back
from tests.factories import MissionEnrollmentFactory, UserFactory


def agree() -> bool:
    return grants.all_pairs() == open_pairs()


def told(verb: str) -> list[tuple[str, dict]]:
    return list(Event.objects.filter(verb=verb).order_by("pk").values_list("subject_label", "data"))


@pytest.fixture
def others(cast: SimpleNamespace) -> list[int]:
    return [MissionEnrollmentFactory(mission=cast.mission).pk for _ in range(3)]


class TestAssigning:
    def test_new_ones_are_counted_and_told_of(self, cast: SimpleNamespace, others: list[int]) -> None:
        pairs = [(cast.mentor.pk, cast.enrolled.pk), *((cast.mentor.pk, key) for key in others)]
        pairs.append((cast.mentor2.pk, others[0]))
        before = Event.objects.count()
        assert assign_pairs(actor=cast.manager, pairs=iter([*pairs, *pairs])) == 4
        assert agree()
        assert {student.pk for student in visible_to(cast.mentor)} == {cast.enrolled.pk, *others}
        assert told("assigned students to")[-2:] == [("Sadia Karim", {"students": 3}), ("Imran Kabir", {"students": 1})]
        assert Event.objects.count() == before + 2
        assert set(MentorAssignment.objects.filter(mission_enrollment__in=others).values_list("assigned_by")) == {
            (cast.manager.pk,)
        }

    def test_again_adds_nothing(self, cast: SimpleNamespace, others: list[int]) -> None:
        pairs = [(cast.mentor.pk, key) for key in others]
        assert assign_pairs(actor=cast.manager, pairs=pairs) == 3
        before = Event.objects.count(), list(MentorAssignment.objects.order_by("pk").values())
        assert assign_pairs(actor=cast.manager, pairs=pairs) == 0
        assert (Event.objects.count(), list(MentorAssignment.objects.order_by("pk").values())) == before

    def test_nothing_is_nothing(self, cast: SimpleNamespace) -> None:
        assert [act(actor=cast.manager, pairs=[]) for act in (assign_pairs, end_pairs, remove_pairs)] == [0, 0, 0]

    def test_who_is_no_mentor_is_named(self, cast: SimpleNamespace, others: list[int]) -> None:
        pairs = [(person.pk, others[0]) for person in (cast.mentor, cast.sre, cast.admin)]
        with pytest.raises(Refused, match=r"^Ayesha Admin, Nusrat Rahman are not mentors who can sign in\."):
            assign_pairs(actor=cast.manager, pairs=pairs)
        assert not MentorAssignment.objects.filter(mission_enrollment__in=others).exists()

    @pytest.mark.parametrize("why", ["inactive", "nobody"])
    def test_who_cannot_sign_in_gets_nobody(self, cast: SimpleNamespace, others: list[int], why: str) -> None:
        User.objects.filter(pk=cast.mentor.pk).update(is_active=False)
        key, name = (cast.mentor.pk, "Sadia Karim") if why == "inactive" else (0, "Somebody who no longer exists")
        with pytest.raises(Refused, match=f"^{name} is not a mentor who can sign in"):
            assign_pairs(actor=cast.manager, pairs=[(key, others[0])])

    def test_students_who_are_gone_stop_it(self, cast: SimpleNamespace, others: list[int]) -> None:
        with pytest.raises(Refused, match=r"^2 of the students are no longer in the mission\."):
            assign_pairs(actor=cast.manager, pairs=[(cast.mentor.pk, key) for key in (others[0], 10**9, 10**9 + 1)])
        assert not MentorAssignment.objects.filter(mission_enrollment__in=others).exists()

    def test_the_number_of_statements_does_not_grow_with_the_students(self, cast: SimpleNamespace) -> None:
        def statements(number: int) -> int:
            pairs = [(cast.mentor.pk, MissionEnrollmentFactory(mission=cast.mission).pk) for _ in range(number)]
            with CaptureQueriesContext(connection) as captured:
                assign_pairs(actor=cast.manager, pairs=pairs)
                end_pairs(actor=cast.manager, pairs=pairs)
            return len(captured)

        statements(1)
        assert statements(1) == statements(12)


class TestEnding:
    def test_ends_what_is_open(self, cast: SimpleNamespace, others: list[int], ordinary_morning: object) -> None:
        assign_pairs(actor=cast.manager, pairs=[(cast.mentor.pk, key) for key in others])
        pairs = [(cast.mentor.pk, others[0]), (cast.mentor.pk, others[1]), (cast.mentor2.pk, others[2])]
        assert end_pairs(actor=cast.sre, pairs=pairs, reason="Goes on leave") == 2
        assert end_pairs(actor=cast.sre, pairs=pairs, reason="Once more") == 0
        assert agree()
        ended = MentorAssignment.objects.filter(ended_at__isnull=False).values_list(
            "mission_enrollment", "ended_at", "ended_by", "reason"
        )
        assert set(ended) == {(key, clock.now(), cast.sre.pk, "Goes on leave") for key in others[:2]}
        assert told("ended assignments of") == [("Sadia Karim", {"students": 2, "reason": "Goes on leave"})]

    def test_the_history_stays_when_it_begins_anew(self, cast: SimpleNamespace, others: list[int]) -> None:
        pairs = [(cast.mentor.pk, others[0])]
        for _ in range(2):
            assign_pairs(actor=cast.manager, pairs=pairs)
            end_pairs(actor=cast.manager, pairs=pairs)
        assert assign_pairs(actor=cast.manager, pairs=pairs) == 1
        held = MentorAssignment.objects.filter(mission_enrollment=others[0]).order_by("pk")
        assert [bool(each.ended_at) for each in held] == [True, True, False]
        assert agree()

    def test_an_open_assignment_carries_no_end(self, cast: SimpleNamespace) -> None:
        with pytest.raises(IntegrityError, match="mentoring_open_has_no_end"), transaction.atomic():
            MentorAssignment.objects.update(reason="It ended")


class TestRemoving:
    def test_as_if_it_had_never_been(self, cast: SimpleNamespace, others: list[int]) -> None:
        mine = [(cast.mentor.pk, others[0])]
        assign_pairs(actor=cast.manager, pairs=mine)
        end_pairs(actor=cast.manager, pairs=mine)
        history = list(MentorAssignment.objects.order_by("pk").values())
        assign_pairs(actor=cast.manager, pairs=[*mine, (cast.mentor.pk, others[1])])
        assert remove_pairs(actor=cast.manager, pairs=[*mine, (cast.mentor.pk, others[1])]) == 2
        assert list(MentorAssignment.objects.order_by("pk").values()) == history
        assert agree()
        assert told("undid assignments of") == [("Sadia Karim", {"students": 2})]
        assert remove_pairs(actor=cast.manager, pairs=mine) == 0


@pytest.mark.parametrize("act", [assign_pairs, end_pairs, remove_pairs])
def test_a_rollback_leaves_neither(cast: SimpleNamespace, others: list[int], act: Callable) -> None:
    before = grants.all_pairs(), open_pairs()
    pairs = [(cast.mentor2.pk, others[0])] if act is assign_pairs else [(cast.mentor.pk, cast.enrolled.pk)]
    with rolled_back():
        assert act(actor=cast.manager, pairs=pairs) == 1
        assert grants.all_pairs() == open_pairs() != before[1]
    assert (grants.all_pairs(), open_pairs()) == before


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_the_same_pairs_are_opened_once(self, cast: SimpleNamespace, at_once: Callable) -> None:
        students = [MissionEnrollmentFactory(mission=cast.mission).pk for _ in range(40)]
        pairs = [(mentor.pk, student) for student in students for mentor in (cast.mentor, cast.mentor2)]
        opened = at_once(lambda given: assign_pairs(actor=cast.manager, pairs=given), [pairs, pairs[::-1], pairs])
        assert sum(opened) == 80
        assert (agree(), len(open_pairs())) == (True, 82)

    def test_opening_and_ending_leave_no_grant_behind(self, cast: SimpleNamespace, at_once: Callable) -> None:
        students = [MissionEnrollmentFactory(mission=cast.mission).pk for _ in range(30)]
        pairs = [(cast.mentor.pk, student) for student in students]
        for _ in range(5):
            at_once(
                lambda act: act(actor=cast.manager, pairs=pairs),
                [assign_pairs, end_pairs, assign_pairs, remove_pairs],
            )
            assert agree()

    def test_of_the_last_two_one_stays(self, cast: SimpleNamespace, at_once: Callable) -> None:
        assign_pairs(actor=cast.manager, pairs=[(cast.mentor2.pk, cast.enrolled.pk)])

        def end(assignment: MentorAssignment) -> str:
            try:
                end_assignment(actor=cast.manager, assignment=assignment)
            except Refused as refusal:
                return str(refusal)
            return "ended"

        answers = at_once(end, cast.enrolled.mentor_assignments.all())
        assert sorted(answers) == ["Nobody else guides this student in this mission.", "ended"]
        assert cast.enrolled.mentor_assignments.filter(ended_at=None).count() == 1
        assert agree()


def test_a_mentor_of_a_custom_role_is_one(cast: SimpleNamespace, others: list[int]) -> None:
    permission = Permission.objects.get(codename="view_own_students", content_type__app_label="mentoring")
    create_role(actor=cast.admin, key="tutor", title="Tutor", permissions=[permission])
    tutor = UserFactory(name="Tutor Tania", roles=("tutor",))
    assert assign_pairs(actor=cast.manager, pairs=[(tutor.pk, others[0])]) == 1
    assert [student.pk for student in visible_to(tutor)] == others[:1]


class TestWhoLeaves:
    def test_gets_no_mentor(self, cast: SimpleNamespace) -> None:
        leave_missions(actor=cast.manager, mission_enrollments=[cast.enrolled])
        with pytest.raises(Refused, match=r"^1 of the students is no longer in the mission\."):
            assign_pairs(actor=cast.manager, pairs=[(cast.mentor2.pk, cast.enrolled.pk)])
        assert agree()

    @pytest.mark.django_db(transaction=True)
    def test_while_somebody_assigns(self, cast: SimpleNamespace, at_once: Callable) -> None:
        for _ in range(5):
            student = MissionEnrollmentFactory(mission=cast.mission)

            def assign(student: MissionEnrollment) -> int:
                try:
                    return assign_pairs(actor=cast.sre, pairs=[(cast.mentor.pk, student.pk)])
                except Refused:
                    return 0

            def leave(student: MissionEnrollment) -> None:
                leave_missions(actor=cast.manager, mission_enrollments=[student])

            at_once(lambda given: given[0](given[1]), [(assign, student), (leave, student)])
            assert not student.mentor_assignments.filter(ended_at=None).exists()
            assert agree()
