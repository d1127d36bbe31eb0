"""Sharing a mission out: what is shown is what happens, or nothing happens."""

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from sms.accounts.models import User
from sms.audit.models import Event
from sms.authorization import grants
from sms.authorization.actions import deactivate_person, set_roles
from sms.core.problems import Refused
from sms.mentoring import plan, queries
from sms.mentoring.actions import PlanChanged, assign_pairs, distribute, end_pairs, set_capacity
from sms.mentoring.choices import Whom
from sms.mentoring.models import MentorAssignment
from sms.programme.actions import leave_missions
from tests.factories import MissionEnrollmentFactory, StudentFactory


def seen(cast: SimpleNamespace, react: SimpleNamespace, *mentors: User, whom: Whom = Whom.MENTORLESS) -> plan.Plan:
    chosen = queries.with_load(queries.mentors().filter(pk__in=[each.pk for each in mentors]), of=react.mission)
    return plan.even(students=queries.seen_in(react.mission, cast.manager), mentors=list(chosen), whom=whom)


def act(cast: SimpleNamespace, react: SimpleNamespace, shown: plan.Plan, whom: Whom = Whom.MENTORLESS) -> plan.Plan:
    return distribute(
        actor=cast.manager,
        mission=react.mission,
        mentors=[share.mentor for share in shown.shares],
        whom=whom,
        fingerprint=shown.fingerprint,
    )


def guides(react: SimpleNamespace) -> dict[str, list[str]]:
    """Names of the mentors of each student of the mission."""
    found = {student.student.name: [] for student in react.students}
    open_here = queries.open_assignments().filter(mission_enrollment__in=react.students)
    for assignment in open_here.select_related("mentor", "mission_enrollment__enrollment__student").order_by("mentor"):
        found[assignment.mission_enrollment.student.name].append(assignment.mentor.name)
    return found


def agree() -> bool:
    return grants.all_pairs() == queries.open_pairs()


class TestThePlan:
    def test_levels_the_load_and_keeps_to_capacities(self, cast: SimpleNamespace, react: SimpleNamespace) -> None:
        shown = seen(cast, react, cast.mentor, react.small)
        # Sadia guides one in the other mission, Zara nobody but she can hold only two.
        assert [(s.mentor.name, s.mentor.load, s.gets, s.will_have, s.mentor.capacity) for s in shown.shares] == [
            ("Sadia Karim", 1, 3, 4, 30),
            ("Zara Small", 0, 2, 2, 2),
        ]
        assert (shown.left_over, shown.assigned) == ((), 5)

    def test_says_who_is_left_over(self, cast: SimpleNamespace, react: SimpleNamespace) -> None:
        assert seen(cast, react, react.small).left_over == tuple(react.keys[2:])

    def test_the_same_question_gets_the_same_answer(self, cast: SimpleNamespace, react: SimpleNamespace) -> None:
        assert seen(cast, react, cast.mentor, react.small) == seen(cast, react, react.small, cast.mentor)

    def test_whom_all_gives_a_second_mentor(self, cast: SimpleNamespace, react: SimpleNamespace) -> None:
        assign_pairs(actor=None, pairs=[(cast.mentor.pk, key) for key in react.keys[:4]])
        everyone = seen(cast, react, cast.mentor2, whom=Whom.ALL)
        assert [share.students for share in everyone.shares] == [tuple(react.keys)]
        assert [share.students for share in seen(cast, react, cast.mentor2).shares] == [(react.keys[4],)]
        # With the first mentor among the chosen, only the one whom nobody of them guides is left.
        assert seen(cast, react, cast.mentor, cast.mentor2, whom=Whom.ALL).assigned == 1

    def test_who_takes_no_part_is_not_shared_out(self, cast: SimpleNamespace, react: SimpleNamespace) -> None:
        gone, revoked, inactive, *_rest = react.students
        leave_missions(actor=cast.manager, mission_enrollments=[gone])
        revoked.access = "revoked"
        revoked.save(update_fields=["access"])
        User.objects.filter(pk=inactive.student.pk).update(is_active=False)
        assert [share.students for share in seen(cast, react, cast.mentor).shares] == [tuple(react.keys[3:])]

    @pytest.mark.parametrize("how", ["deactivated", "role"])
    def test_a_mentor_who_guides_no_longer_leaves_students_mentorless(
        self, cast: SimpleNamespace, react: SimpleNamespace, how: str
    ) -> None:
        assign_pairs(actor=None, pairs=[(cast.mentor.pk, key) for key in react.keys])
        assert seen(cast, react, cast.mentor2).assigned == 0
        if how == "deactivated":
            deactivate_person(actor=cast.admin, user=cast.mentor)
        else:
            set_roles(actor=cast.admin, user=cast.mentor, role_keys=[])
        assert seen(cast, react, cast.mentor2).assigned == 5
        assert set(queries.mentorless()) == {*react.students, cast.enrolled}


class TestTheAct:
    def test_does_what_was_shown(self, cast: SimpleNamespace, react: SimpleNamespace) -> None:
        shown = seen(cast, react, cast.mentor, react.small)
        assert act(cast, react, shown) == shown
        assert queries.open_pairs() >= set(shown.pairs)
        assert agree()
        told = Event.objects.filter(verb="assigned students to", actor_id=cast.manager.pk).order_by("subject_label")
        assert [(event.subject_label, event.data) for event in told] == [
            ("Sadia Karim", {"students": 3}),
            ("Zara Small", {"students": 2}),
        ]

    @pytest.mark.parametrize("change", ["assigned", "capacity", "load", "joined", "left"])
    def test_stops_when_the_world_has_changed(self, cast: SimpleNamespace, react: SimpleNamespace, change: str) -> None:
        shown = seen(cast, react, cast.mentor, react.small)
        if change == "assigned":
            assign_pairs(actor=None, pairs=[(cast.mentor2.pk, react.keys[0])])
        elif change == "capacity":
            set_capacity(actor=cast.manager, mentor=cast.mentor, students=2)
        elif change == "load":
            end_pairs(actor=cast.manager, pairs=[(cast.mentor.pk, cast.enrolled.pk)])
        elif change == "joined":
            MissionEnrollmentFactory(mission=react.mission)
        else:
            react.students[0].access = "revoked"
            react.students[0].save(update_fields=["access"])
        before = queries.open_pairs()
        with pytest.raises(PlanChanged, match="Something has changed since you looked"):
            act(cast, react, shown)
        assert (queries.open_pairs(), agree()) == (before, True)

    def test_other_changes_do_not_stop_it(self, cast: SimpleNamespace, react: SimpleNamespace) -> None:
        shown = seen(cast, react, cast.mentor, react.small)
        set_capacity(actor=cast.manager, mentor=cast.mentor2, students=7)
        MissionEnrollmentFactory(mission=cast.mission)
        assert act(cast, react, shown).assigned == 5

    def test_twice_assigns_once(self, cast: SimpleNamespace, react: SimpleNamespace) -> None:
        shown = seen(cast, react, cast.mentor)
        act(cast, react, shown)
        before = queries.open_pairs()
        with pytest.raises(PlanChanged):
            act(cast, react, shown)
        assert queries.open_pairs() == before

    def test_nobody_who_is_no_mentor_any_more(self, cast: SimpleNamespace, react: SimpleNamespace) -> None:
        shown = seen(cast, react, cast.mentor)
        deactivate_person(actor=cast.admin, user=cast.mentor)
        with pytest.raises(Refused, match="Sadia Karim is not a mentor who can sign in"):
            act(cast, react, shown)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.mark.parametrize("same_mentors", [True, False])
    def test_two_managers_share_one_mission_out_once(
        self, cast: SimpleNamespace, react: SimpleNamespace, at_once: Callable, same_mentors: bool
    ) -> None:
        one = seen(cast, react, cast.mentor)
        other = one if same_mentors else seen(cast, react, cast.mentor2)

        def try_it(shown: plan.Plan) -> int | str:
            try:
                return act(cast, react, shown).assigned
            except PlanChanged:
                return "changed"

        answers = at_once(try_it, [one, other])
        assert sorted(map(str, answers)) == ["5", "changed"]
        assert [len(names) for names in guides(react).values()] == [1, 1, 1, 1, 1]
        assert agree()

    def test_two_missions_do_not_overfill_one_mentor(
        self, cast: SimpleNamespace, react: SimpleNamespace, at_once: Callable
    ) -> None:
        second = SimpleNamespace(mission=cast.mission)
        for _ in range(2):
            MissionEnrollmentFactory(mission=cast.mission)
        shown = [(react, seen(cast, react, react.small)), (second, seen(cast, second, react.small))]

        def try_it(given: tuple) -> int | str:
            try:
                return act(cast, *given).assigned
            except PlanChanged:
                return "changed"

        assert sorted(map(str, at_once(try_it, shown))) == ["2", "changed"]
        assert MentorAssignment.objects.filter(mentor=react.small).count() == 2


class TestOnScreen:
    def url(self, react: SimpleNamespace) -> str:
        return f"/missions/{react.mission.pk}/mentors/distribute/"

    def fingerprint(self, text: str) -> str:
        return re.search(r'name="fingerprint" value="(\w+)"', text)[1]

    def test_offers_who_guides_here_or_else_everyone(
        self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable
    ) -> None:
        page = as_(cast.manager).get(self.url(react))
        assert [share.mentor.name for share in page.context["plan"].shares] == [
            "Imran Kabir",
            "Sadia Karim",
            "Zara Small",
        ]
        assign_pairs(actor=None, pairs=[(react.small.pk, react.keys[0])])
        page = as_(cast.manager).get(self.url(react))
        assert [share.mentor.name for share in page.context["plan"].shares] == ["Zara Small"]
        assert "3 students stay without a mentor" in page.text

    def test_shows_then_does(self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable) -> None:
        client, before = as_(cast.sre), queries.open_pairs()
        asked = {"whom": "mentorless", "mentors": [cast.mentor.pk, react.small.pk]}
        page = client.get(self.url(react), asked)
        assert ("5 students get a mentor." in page.text, queries.open_pairs()) == (True, before)
        done = client.post(self.url(react), asked | {"fingerprint": self.fingerprint(page.text)}, follow=True)
        assert done.redirect_chain == [(f"/missions/{react.mission.pk}/mentors/", 302)]
        assert "5 students are assigned." in done.text
        assert [len(names) for names in guides(react).values()] == [1, 1, 1, 1, 1]

    def test_posted_twice_assigns_once(self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable) -> None:
        client = as_(cast.sre)
        asked = {"whom": "all", "mentors": [cast.mentor.pk]}
        posted = asked | {"fingerprint": self.fingerprint(client.get(self.url(react), asked).text)}
        assert [client.post(self.url(react), posted).status_code for _ in range(2)] == [302, 422]
        assert [len(names) for names in guides(react).values()] == [1, 1, 1, 1, 1]

    def test_shows_the_new_plan_when_something_changed(
        self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable
    ) -> None:
        client = as_(cast.sre)
        asked = {"whom": "mentorless", "mentors": [cast.mentor.pk]}
        old = self.fingerprint(client.get(self.url(react), asked).text)
        assign_pairs(actor=None, pairs=[(cast.mentor.pk, react.keys[0])])
        answer = client.post(self.url(react), asked | {"fingerprint": old})
        assert (answer.status_code, "Something has changed since you looked" in answer.text) == (422, True)
        shares = answer.context["plan"].shares
        assert [(share.mentor.load, share.gets) for share in shares] == [(2, 4)]
        again = client.post(self.url(react), asked | {"fingerprint": self.fingerprint(answer.text)})
        assert again.status_code == 302

    def test_a_fragment_for_htmx(self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable) -> None:
        answer = as_(cast.sre, htmx=True).get(
            self.url(react), {"whom": "all", "mentors": [cast.mentor.pk]}, headers={"HX-Target": "plan"}
        )
        assert (answer.status_code, "<html" in answer.text) == (200, False)
        assert 'id="plan"' in answer.text

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_no_mentor_chosen(self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable, method: str) -> None:
        answer = getattr(as_(cast.sre), method)(self.url(react), {"whom": "all"})
        assert (answer.status_code, "Choose at least one mentor." in answer.text) == (422, True)

    def test_who_is_no_mentor_cannot_be_chosen(
        self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable
    ) -> None:
        answer = as_(cast.sre).post(self.url(react), {"whom": "all", "mentors": [cast.student.pk]})
        assert answer.status_code == 422


class TestByHand:
    def url(self, react: SimpleNamespace) -> str:
        return f"/missions/{react.mission.pk}/mentors/assign/"

    def test_ticked_students(self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable) -> None:
        posted = {"mentor": cast.mentor.pk, "students": react.keys[:2]}
        for _ in range(2):
            assert as_(cast.sre).post(self.url(react), posted).status_code == 302
        assert list(guides(react).values()) == [["Sadia Karim"], ["Sadia Karim"], [], [], []]
        assert agree()

    def test_several_mentors_are_normal(self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable) -> None:
        for mentor in (cast.mentor, cast.mentor2):
            as_(cast.sre).post(self.url(react), {"mentor": mentor.pk, "students": react.keys[:1]})
        assert guides(react)["Nila A"] == ["Sadia Karim", "Imran Kabir"]

    def test_over_capacity_asks_first(self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable) -> None:
        posted = {"mentor": react.small.pk, "students": react.keys[:3]}
        page = as_(cast.sre).post(self.url(react), posted)
        assert (page.status_code, "Zara Small will be 1 student over capacity." in page.text) == (200, True)
        assert not any(guides(react).values())
        fingerprint = page.context["plan"].fingerprint
        assert as_(cast.sre).post(self.url(react), posted | {"fingerprint": fingerprint}).status_code == 302
        assert MentorAssignment.objects.filter(mentor=react.small).count() == 3

    def test_all_who_match_asks_first(self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable) -> None:
        assign_pairs(actor=None, pairs=[(cast.mentor2.pk, react.keys[0])])
        posted = {"mentor": cast.mentor.pk, "everyone": "on", "mentorless": "true", "q": "nila"}
        MissionEnrollmentFactory(mission=react.mission, student=StudentFactory(name="Bobby"))
        page = as_(cast.sre).post(self.url(react), posted)
        assert page.context["plan"].pairs == [(cast.mentor.pk, key) for key in react.keys[1:]]
        assert not MentorAssignment.objects.filter(mentor=cast.mentor, mission_enrollment__in=react.keys).exists()
        carried = dict(page.context["carried"])
        assert carried == {name: str(value) for name, value in posted.items()}
        confirmed = posted | {"fingerprint": page.context["plan"].fingerprint}
        assert as_(cast.sre).post(self.url(react), confirmed).status_code == 302
        assert list(guides(react).values()) == [["Imran Kabir"], *[["Sadia Karim"]] * 4]

    def test_stops_when_another_matches_by_now(
        self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable
    ) -> None:
        posted = {"mentor": cast.mentor.pk, "everyone": "on"}
        page = as_(cast.sre).post(self.url(react), posted)
        new = MissionEnrollmentFactory(mission=react.mission)
        answer = as_(cast.sre).post(self.url(react), posted | {"fingerprint": page.context["plan"].fingerprint})
        assert (answer.status_code, answer.context["plan"].assigned) == (422, 6)
        assert not any(guides(react).values())
        assert not new.mentor_assignments.exists()

    def test_nobody_ticked(self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable) -> None:
        answer = as_(cast.sre).post(self.url(react), {"mentor": cast.mentor.pk})
        assert (answer.status_code, "Tick the students first" in answer.text) == (422, True)

    def test_only_students_of_this_mission(self, cast: SimpleNamespace, react: SimpleNamespace, as_: Callable) -> None:
        posted = {"mentor": cast.mentor2.pk, "students": [cast.enrolled.pk]}
        assert as_(cast.sre).post(self.url(react), posted).status_code == 422
        assert not MentorAssignment.objects.filter(mentor=cast.mentor2, mission_enrollment=cast.enrolled).exists()
