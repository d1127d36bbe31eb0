"""Handing students over: one transaction, with all that moves along, and both mentors are told."""

from collections.abc import Callable, Collection, Iterator, Mapping
from types import SimpleNamespace

import pytest

from sms.accounts.models import User
from sms.authorization import grants
from sms.core import clock
from sms.core.problems import Refused
from sms.mentoring import moving, plan, queries
from sms.mentoring.actions import (
    LastMentor,
    PlanChanged,
    assign_pairs,
    end_assignment,
    end_pairs,
    reassign,
    set_capacity,
)
from sms.mentoring.models import MentorAssignment
from sms.programme.queries import visible_to
from tests.factories import UserFactory


class Parcels:
    """Stands for what a later app keeps with a mentor and a student: a parcel for each of them."""

    def __init__(self) -> None:
        self.owner: dict[int, int] = {}
        self.kind = moving.Moving("parcels", "Parcels", self.count, self.move)

    def count(self, mentor: User, mission_enrollments: Collection[int]) -> int:
        return sum(self.owner.get(key) == mentor.pk for key in mission_enrollments)

    def move(self, *, actor: User, mentor: User, successors: Mapping[int, int]) -> None:
        for key, successor in successors.items():
            if self.owner.get(key) == mentor.pk:
                self.owner[key] = successor


@pytest.fixture
def parcels() -> Iterator[Parcels]:
    found = Parcels()
    moving.register(found.kind)
    yield found
    moving.unregister(found.kind)


@pytest.fixture
def held(cast: SimpleNamespace, react: SimpleNamespace) -> SimpleNamespace:
    """Sadia guides all of “react”, and one student of the other mission."""
    assign_pairs(actor=None, pairs=[(cast.mentor.pk, key) for key in react.keys])
    return react


def shown(cast: SimpleNamespace, *to: User, students: Collection[int] = ()) -> plan.Plan:
    guided = queries.guided_by(cast.mentor)
    return plan.handover(
        mentor=cast.mentor,
        students=guided.filter(pk__in=students) if students else guided,
        to=list(queries.with_load(queries.mentors().filter(pk__in=[each.pk for each in to]))),
    )


def act(cast: SimpleNamespace, agreed: plan.Plan, *, students: Collection[int] = (), **options: object) -> plan.Plan:
    guided = queries.guided_by(cast.mentor)
    return reassign(
        actor=cast.manager,
        mentor=cast.mentor,
        students=guided.filter(pk__in=students) if students else guided,
        to=[share.mentor for share in agreed.shares],
        fingerprint=agreed.fingerprint,
        **options,
    )


def agree() -> bool:
    return grants.all_pairs() == queries.open_pairs()


class TestToOne:
    def test_all_of_them(self, cast: SimpleNamespace, held: SimpleNamespace, ordinary_morning: object) -> None:
        MentorAssignment.objects.update(started_at=clock.now())
        assert act(cast, shown(cast, cast.mentor2), reason="On leave").moved == 6
        assert list(visible_to(cast.mentor)) == []
        assert {student.pk for student in visible_to(cast.mentor2)} == {
            *held.keys,
            cast.enrolled.pk,
            cast.enrolled2.pk,
        }
        assert agree()
        ended = MentorAssignment.objects.filter(mentor=cast.mentor).values_list("ended_at", "ended_by", "reason")
        assert set(ended) == {(clock.now(), cast.manager.pk, "On leave")}
        new = MentorAssignment.objects.filter(mentor=cast.mentor2, assigned_by=cast.manager.pk)
        assert new.count() == 6

    def test_chosen_ones(self, cast: SimpleNamespace, held: SimpleNamespace) -> None:
        chosen = held.keys[:2]
        agreed = shown(cast, cast.mentor2, students=chosen)
        assert agreed.pairs == [(cast.mentor2.pk, key) for key in chosen]
        act(cast, agreed, students=chosen)
        assert {student.pk for student in visible_to(cast.mentor)} == {*held.keys[2:], cast.enrolled.pk}

    def test_over_capacity_is_said_and_done(self, cast: SimpleNamespace, held: SimpleNamespace) -> None:
        agreed = shown(cast, held.small)
        assert (agreed.left_over, [share.over for share in agreed.shares]) == ((), [4])
        assert act(cast, agreed).moved == 6

    def test_whom_the_new_mentor_guides_already(self, cast: SimpleNamespace, held: SimpleNamespace) -> None:
        assign_pairs(actor=None, pairs=[(cast.mentor2.pk, held.keys[0])])
        agreed = shown(cast, cast.mentor2, students=held.keys)
        assert (agreed.assigned, agreed.covered, agreed.moved) == (4, 1, 5)
        act(cast, agreed, students=held.keys)
        open_here = queries.open_assignments().filter(mission_enrollment__in=held.keys)
        assert sorted(open_here.values_list("mentor", "mission_enrollment")) == sorted(
            (cast.mentor2.pk, key) for key in held.keys
        )
        assert agree()


class TestToSeveral:
    def test_evenly_as_far_as_they_have_room(self, cast: SimpleNamespace, held: SimpleNamespace) -> None:
        agreed = shown(cast, cast.mentor2, held.small)
        assert [(s.mentor.name, s.mentor.load, s.gets) for s in agreed.shares] == [
            ("Imran Kabir", 1, 4),
            ("Zara Small", 0, 2),
        ]
        act(cast, agreed)
        assert MentorAssignment.objects.filter(mentor=held.small, ended_at=None).count() == 2

    def test_who_finds_no_room_stays(self, cast: SimpleNamespace, held: SimpleNamespace) -> None:
        set_capacity(actor=cast.manager, mentor=held.small, students=1)
        other = UserFactory(name="Other mentor", roles=("mentor",))
        set_capacity(actor=cast.manager, mentor=other, students=2)
        agreed = shown(cast, held.small, other)
        assert (agreed.moved, len(agreed.left_over)) == (3, 3)
        act(cast, agreed)
        assert {student.pk for student in visible_to(cast.mentor)} == set(agreed.left_over)
        assert agree()


class TestWhatMovesAlong:
    def test_is_counted_and_moved(self, cast: SimpleNamespace, held: SimpleNamespace, parcels: Parcels) -> None:
        parcels.owner = {held.keys[0]: cast.mentor.pk, held.keys[1]: cast.mentor2.pk, held.keys[2]: cast.mentor.pk}
        chosen = held.keys[:2]
        agreed = shown(cast, held.small, students=chosen)
        assert agreed.moving == {"parcels": 1}
        act(cast, agreed, students=chosen)
        assert parcels.owner == {
            held.keys[0]: held.small.pk,
            held.keys[1]: cast.mentor2.pk,
            held.keys[2]: cast.mentor.pk,
        }

    def test_stops_when_it_is_another_number_by_now(
        self, cast: SimpleNamespace, held: SimpleNamespace, parcels: Parcels
    ) -> None:
        agreed = shown(cast, held.small)
        parcels.owner[held.keys[0]] = cast.mentor.pk
        with pytest.raises(PlanChanged):
            act(cast, agreed)

    def test_what_fails_there_undoes_everything(
        self, cast: SimpleNamespace, held: SimpleNamespace, parcels: Parcels
    ) -> None:
        def fail(**_options: object) -> None:
            raise Refused("The parcels are locked.")

        moving.register(moving.Moving("parcels", "Parcels", parcels.count, fail))
        before = queries.open_pairs()
        with pytest.raises(Refused, match="The parcels are locked"):
            act(cast, shown(cast, cast.mentor2))
        assert (queries.open_pairs(), agree()) == (before, True)


class TestRefusals:
    def test_the_same_mentor(self, cast: SimpleNamespace, held: SimpleNamespace) -> None:
        with pytest.raises(Refused, match="Choose somebody other than Sadia Karim"):
            act(cast, shown(cast, cast.mentor))

    @pytest.mark.parametrize("how", ["inactive", "without role"])
    def test_who_cannot_guide(self, cast: SimpleNamespace, held: SimpleNamespace, how: str) -> None:
        agreed = shown(cast, cast.mentor2)
        if how == "inactive":
            User.objects.filter(pk=cast.mentor2.pk).update(is_active=False)
        else:
            cast.mentor2.groups.clear()
        with pytest.raises(Refused, match="Imran Kabir is not a mentor who can sign in"):
            act(cast, agreed)
        assert MentorAssignment.objects.filter(mentor=cast.mentor, ended_at=None).count() == 6

    def test_twice(self, cast: SimpleNamespace, held: SimpleNamespace) -> None:
        agreed = shown(cast, cast.mentor2)
        act(cast, agreed)
        before = list(MentorAssignment.objects.order_by("pk").values())
        with pytest.raises(PlanChanged):
            act(cast, agreed)
        assert list(MentorAssignment.objects.order_by("pk").values()) == before

    def test_from_somebody_who_left(self, cast: SimpleNamespace, held: SimpleNamespace) -> None:
        User.objects.filter(pk=cast.mentor.pk).update(is_active=False)
        assert act(cast, shown(cast, cast.mentor2)).moved == 6
        assert not queries.mentorless().exists()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_while_somebody_ends(self, cast: SimpleNamespace, held: SimpleNamespace, at_once: Callable) -> None:
        for _ in range(5):
            assign_pairs(actor=None, pairs=[(cast.mentor.pk, key) for key in held.keys])
            agreed = shown(cast, cast.mentor2)

            def move(_given: object, agreed: plan.Plan = agreed) -> str:
                try:
                    return f"moved {act(cast, agreed).moved}"
                except PlanChanged:
                    return "changed"

            def end(_given: object) -> str:
                return f"ended {end_pairs(actor=cast.sre, pairs=[(cast.mentor.pk, held.keys[0])])}"

            answers = at_once(lambda do: do(None), [move, end])
            assert answers in ([f"moved {agreed.moved}", "ended 0"], ["changed", "ended 1"])
            assert agree()
            end_pairs(actor=cast.sre, pairs=queries.open_pairs())

    def test_two_managers_at_once(self, cast: SimpleNamespace, held: SimpleNamespace, at_once: Callable) -> None:
        plans = [shown(cast, cast.mentor2), shown(cast, held.small)]

        def move(agreed: plan.Plan) -> str:
            try:
                return f"moved {act(cast, agreed).moved}"
            except PlanChanged:
                return "changed"

        assert sorted(at_once(move, plans)) == ["changed", "moved 6"]
        open_here = queries.open_assignments().filter(mission_enrollment__in=held.keys)
        assert (open_here.count(), open_here.values("mentor").distinct().count(), agree()) == (5, 1, True)


class TestOnScreen:
    def url(self, cast: SimpleNamespace) -> str:
        return f"/mentors/{cast.mentor.pk}/reassign/"

    def test_shows_then_does(
        self, cast: SimpleNamespace, held: SimpleNamespace, parcels: Parcels, as_: Callable
    ) -> None:
        parcels.owner = dict.fromkeys(held.keys[:3], cast.mentor.pk)
        client, before = as_(cast.sre), queries.open_pairs()
        page = client.get(self.url(cast))
        assert [label for _value, label in page.context["form"].fields["which"].choices] == [
            "All of them (6)",
            "JavaScript basics (1)",
            "React from the start (5)",
            "Only those ticked",
        ]
        posted = {"which": f"mission-{held.mission.pk}", "to": [cast.mentor2.pk], "reason": "On leave"}
        preview = client.post(self.url(cast), posted)
        assert (preview.status_code, queries.open_pairs()) == (200, before)
        assert "Take 5 students from Sadia Karim?" in preview.text
        assert [(mission.title, mission.own_students) for mission in preview.context["by_mission"]] == [
            ("React from the start", 5)
        ]
        assert preview.context["moves"] == [("Parcels", 3)]
        confirmed = posted | {"fingerprint": preview.context["plan"].fingerprint}
        done = client.post(self.url(cast), confirmed, follow=True)
        assert "5 students have a new mentor." in done.text
        assert list(visible_to(cast.mentor)) == [cast.enrolled]
        assert set(parcels.owner.values()) == {cast.mentor2.pk}
        again = client.post(self.url(cast), confirmed)
        assert again.status_code == 422
        assert MentorAssignment.objects.filter(mentor=cast.mentor, reason="On leave").count() == 5

    def test_chosen_students(self, cast: SimpleNamespace, held: SimpleNamespace, as_: Callable) -> None:
        posted = {"which": "chosen", "to": [cast.mentor2.pk]}
        missing = as_(cast.sre).post(self.url(cast), posted)
        assert (missing.status_code, "Tick at least one student." in missing.text) == (422, True)
        preview = as_(cast.sre).post(self.url(cast), posted | {"students": held.keys[:2]})
        assert sorted(preview.context["plan"].successors) == held.keys[:2]
        carried = preview.context["carried"]
        assert [value for name, value in carried if name == "students"] == [str(key) for key in held.keys[:2]]

    def test_the_new_plan_when_something_changed(
        self, cast: SimpleNamespace, held: SimpleNamespace, as_: Callable
    ) -> None:
        posted = {"which": "all", "to": [cast.mentor2.pk]}
        preview = as_(cast.sre).post(self.url(cast), posted)
        end_pairs(actor=cast.sre, pairs=[(cast.mentor.pk, held.keys[0])])
        answer = as_(cast.sre).post(self.url(cast), posted | {"fingerprint": preview.context["plan"].fingerprint})
        assert (answer.status_code, answer.context["plan"].moved) == (422, 5)
        assert "Something has changed since you looked" in answer.text

    @pytest.mark.parametrize("to", ["mentor", "sre", "student"])
    def test_who_cannot_be_chosen(self, cast: SimpleNamespace, held: SimpleNamespace, as_: Callable, to: str) -> None:
        answer = as_(cast.sre).post(self.url(cast), {"which": "all", "to": [getattr(cast, to).pk]})
        assert answer.status_code == 422

    def test_students_of_others_cannot_be_taken(
        self, cast: SimpleNamespace, held: SimpleNamespace, as_: Callable
    ) -> None:
        posted = {"which": "chosen", "to": [held.small.pk], "students": [cast.enrolled2.pk]}
        assert as_(cast.sre).post(self.url(cast), posted).status_code == 422

    def test_nobody_to_reassign(self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable) -> None:
        page = as_(cast.sre).get(f"/mentors/{react.small.pk}/reassign/")
        assert "This mentor guides nobody now." in page.text


class TestTheLastMentor:
    def test_is_not_ended_by_accident(self, cast: SimpleNamespace) -> None:
        assignment = cast.enrolled.mentor_assignments.get()
        with pytest.raises(LastMentor, match="Nobody else guides this student"):
            end_assignment(actor=cast.sre, assignment=assignment)
        assert agree()
        end_assignment(actor=cast.sre, assignment=assignment, even_the_last=True, reason="Moved away")
        assignment.refresh_from_db()
        assert (assignment.reason, list(queries.mentorless())) == ("Moved away", [cast.enrolled])

    def test_another_who_cannot_sign_in_does_not_count(self, cast: SimpleNamespace) -> None:
        assign_pairs(actor=None, pairs=[(cast.mentor2.pk, cast.enrolled.pk)])
        User.objects.filter(pk=cast.mentor2.pk).update(is_active=False)
        with pytest.raises(LastMentor):
            end_assignment(actor=cast.sre, assignment=cast.enrolled.mentor_assignments.get(mentor=cast.mentor))

    def test_in_a_mission_that_does_not_run_nobody_asks(self, cast: SimpleNamespace) -> None:
        cast.mission.status = "completed"
        cast.mission.save(update_fields=["status"])
        end_assignment(actor=cast.sre, assignment=cast.enrolled.mentor_assignments.get())
        assert not cast.enrolled.mentor_assignments.filter(ended_at=None).exists()

    def test_on_screen(self, cast: SimpleNamespace, as_: Callable) -> None:
        assignment = cast.enrolled.mentor_assignments.get()
        url = f"/students/{cast.enrolled.pk}/mentors/{assignment.pk}/end/"
        asks = as_(cast.sre).post(url)
        assert asks.status_code == 422
        assert "Sadia Karim is the only one who guides Arif Rahman in this mission." in asks.text
        assert as_(cast.mentor).get(f"/students/{cast.enrolled.pk}/").status_code == 200
        for _ in range(2):
            done = as_(cast.sre).post(url, {"even_the_last": "1", "reason": "Moved away"})
            assert (done.status_code, done["Location"]) == (302, f"/students/{cast.enrolled.pk}/")
        assert as_(cast.mentor).get(f"/students/{cast.enrolled.pk}/").status_code == 404

    def test_one_of_two_ends_at_once(self, cast: SimpleNamespace, as_: Callable) -> None:
        assign_pairs(actor=None, pairs=[(cast.mentor2.pk, cast.enrolled.pk)])
        assignment = cast.enrolled.mentor_assignments.get(mentor=cast.mentor)
        url = f"/students/{cast.enrolled.pk}/mentors/{assignment.pk}/end/"
        assert [as_(cast.sre).post(url).status_code for _ in range(2)] == [302, 302]
