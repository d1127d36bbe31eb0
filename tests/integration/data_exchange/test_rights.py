"""Who may do what with an import, what it tells to whom, and what an undo must not undo."""

import json
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from sms.accounts.models import StudentProfile, User
from sms.audit.models import Event
from sms.authorization.actions import create_role, remove_people, set_roles
from sms.core import clock
from sms.core.problems import Refused
from sms.data_exchange import actions
from sms.data_exchange.choices import RunState
from sms.data_exchange.models import ImportRun
from sms.mentoring.actions import assign_pairs, end_pairs
from sms.mentoring.models import MentorAssignment
from sms.programme.actions import enroll, leave_batch, leave_missions
from sms.programme.models import Enrollment
from tests.factories import MissionFactory, StudentFactory, UserFactory
from tests.integration.data_exchange.helpers import applied, counts, finish, messages, planned, undo_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ordinary_morning")]


def chosen_from_the_list(cast: SimpleNamespace, as_: Callable, mission: object) -> ImportRun:
    """What a manager's bulk action on the list of students leads to."""
    url = f"{reverse('dashboards:students-bulk')}?_do=enroll&_rows={cast.enrolled2.pk}"
    assert as_(cast.manager).post(url, {"mission": mission.pk}).status_code == 302
    run = ImportRun.objects.latest("pk")
    actions.plan(run_id=run.pk)
    run.refresh_from_db()
    return run


class TestRights:
    def test_a_plan_is_applied_by_the_rights_of_whoever_confirms_it(self, cast: SimpleNamespace) -> None:
        may = Permission.objects.filter(codename__in=("manage_users", "view_users", "import_data", "view_all_imports"))
        create_role(actor=cast.admin, key="registrar", title="Registrar", permissions=list(may))
        registrar = UserFactory(email="registrar@example.com", roles=("registrar",))
        run = planned("staff", "email,name,roles\nnew@example.com,New Person,admin", actor=cast.admin)
        finish(run, actor=registrar)
        assert run.state == RunState.STOPPED
        assert not User.objects.filter(email="new@example.com").exists()

    @pytest.mark.parametrize("step", [actions.plan_again, actions.cancel, actions.confirm, actions.start_undo])
    def test_every_step_asks_for_the_kind(self, cast: SimpleNamespace, step: Callable) -> None:
        run = planned("students", "email,name\nnew@example.com,New")
        with pytest.raises(Refused, match="You may not import this kind"):
            step(actor=cast.manager, run=run)

    def test_the_runs_of_others_are_not_there(self, cast: SimpleNamespace, as_: Callable) -> None:
        run = planned("enrollments", "email,batch,mission\nstudent@example.com,batch-12,js\nx,y,z", actor=cast.sre)
        for person, answer in ((cast.sre2, 404), (cast.manager, 404), (cast.mentor, 403), (cast.student, 403)):
            for name in ("confirm", "cancel", "again", "undo", "mapping"):
                assert as_(person).post(reverse(f"data_exchange:{name}", args=[run.pk])).status_code == answer
            for name, args in (("run", []), ("progress", []), ("rejected", ["csv"])):
                assert as_(person).get(reverse(f"data_exchange:{name}", args=[run.pk, *args])).status_code == answer

    def test_somebody_elses_undo_is_said_and_not_shown(self, cast: SimpleNamespace) -> None:
        run = applied("students", "email,name\nnew@example.com,New", actor=cast.sre)
        actions.start_undo(actor=cast.admin, run=run, wait=True)
        with pytest.raises(Refused, match="Ayesha Admin is about to take this import back"):
            actions.start_undo(actor=cast.sre, run=run, wait=True)

    def test_staff_are_no_students(self, cast: SimpleNamespace) -> None:
        run = planned("enrollments", "email,batch\nadmin@example.com,batch-12", actor=cast.manager)
        assert [where for _line, where, _sentence in messages(run)] == ["email"]

    def test_an_sre_edits_nobody_above_them(self, cast: SimpleNamespace) -> None:
        StudentProfile.objects.create(user=cast.admin, status="left")
        run = planned("students", "email,name\nadmin@example.com,Somebody", actor=cast.sre)
        assert counts(run) == {"rejected": 1}


class TestWhatIsTold:
    def test_a_student_number_is_no_way_to_an_address(self, cast: SimpleNamespace, as_: Callable) -> None:
        StudentProfile.objects.filter(user=cast.student2).update(student_id="S-2")
        run = planned("enrollments", "student_id,batch,mission\nS-2,batch-12,js", actor=cast.manager)
        page = as_(cast.manager).get(run.get_absolute_url()).text
        assert ("Tanvir Hasan" in page, "student2@example.com" in page) == (True, False)

    def test_a_run_from_a_list_confirms_no_guess(self, cast: SimpleNamespace, as_: Callable) -> None:
        run = chosen_from_the_list(cast, as_, MissionFactory(batch=cast.batch))
        pages = [as_(cast.manager).get(run.get_absolute_url(), {"q": q}).text for q in ("", "student2@exa", "zzz@")]
        assert len({page.count("Tanvir Hasan") for page in pages}) == 1
        assert not any("student2@example.com" in page for page in pages)

    def test_a_stopped_run_names_lines_and_no_addresses(self, cast: SimpleNamespace, as_: Callable) -> None:
        mission = MissionFactory(batch=cast.batch)
        first, second = (chosen_from_the_list(cast, as_, mission) for _run in range(2))
        finish(second, actor=cast.manager)
        finish(first, actor=cast.manager)
        assert first.state == RunState.STOPPED
        told = [*Event.objects.filter(verb="stopped the import").values_list("data", flat=True), first.sentence]
        assert "@" not in json.dumps(told)

    def test_students_of_a_batch_are_not_found_by_address(self, cast: SimpleNamespace, as_: Callable) -> None:
        page = as_(cast.manager).get(reverse("programme:batch-students", args=[cast.batch.pk]), {"q": "student2@exa"})
        assert "Tanvir Hasan" not in page.text


class TestUndoLeaves:
    def test_what_a_rule_does_not_let_back_and_restores_the_rest(self, cast: SimpleNamespace) -> None:
        StudentProfile.objects.filter(user=cast.student).update(status="waiting")
        run = applied("students", "email,status,city\nstudent@example.com,active,\nstudent2@example.com,,Sylhet")
        finish(undo_of(run))
        assert StudentProfile.objects.get(user=cast.student2).city == ""
        assert StudentProfile.objects.get(user=cast.student).status == "waiting"

    def test_an_assignment_that_was_made_by_hand_since(self, cast: SimpleNamespace) -> None:
        text = "student_email,batch,mission,mentor_email\nstudent@example.com,batch-12,js,mentor2@example.com"
        run = applied("mentor-assignments", text)
        pair = [(cast.mentor2.pk, cast.enrolled.pk)]
        with clock.frozen_at(clock.now() + timedelta(minutes=5)):
            end_pairs(actor=cast.sre, pairs=pair)
            assign_pairs(actor=cast.sre, pairs=pair)
            undo = undo_of(run)
        assert counts(undo) == {"kept": 1}
        assert MentorAssignment.objects.filter(mentor=cast.mentor2, mission_enrollment=cast.enrolled, ended_at=None)

    def test_who_left_since_and_came_again(self, cast: SimpleNamespace) -> None:
        new = StudentFactory(email="new@example.com")
        run = applied("enrollments", "email,batch\nnew@example.com,batch-12")
        leave_batch(actor=cast.sre, enrollments=Enrollment.objects.filter(student=new))
        enroll(actor=cast.sre, students=[new], batch=cast.batch)
        assert counts(undo_of(run)) == {"kept": 1}

    def test_somebody_who_is_staff_by_now(self, cast: SimpleNamespace) -> None:
        run = applied("students", "email,name\nnew@example.com,New", actor=cast.sre)
        set_roles(actor=cast.admin, user=User.objects.get(email="new@example.com"), role_keys=["student", "manager"])
        assert counts(undo_of(run, actor=cast.sre)) == {"kept": 1}

    def test_an_enrollment_that_was_made_by_hand_between_preview_and_application(self, cast: SimpleNamespace) -> None:
        new = StudentFactory(email="new@example.com")
        run = planned("enrollments", "email,batch,mission\nnew@example.com,batch-12,js")
        enroll(actor=cast.sre, students=[new], batch=cast.batch)
        assert finish(run).state == RunState.STOPPED


class TestGoneInBetween:
    def test_a_place_in_the_mission(self, cast: SimpleNamespace) -> None:
        text = "student_email,batch,mission,mentor_email\nstudent@example.com,batch-12,js,mentor2@example.com"
        run = planned("mentor-assignments", text)
        leave_missions(actor=cast.sre, mission_enrollments=[cast.enrolled])
        finish(run)
        assert run.state == RunState.STOPPED
        assert run.sentence.startswith("Line 2 can no longer be applied: The student is not in this mission.")

    def test_the_person(self, cast: SimpleNamespace) -> None:
        gone = StudentFactory(email="gone@example.com")
        run = planned("enrollments", "email,batch\ngone@example.com,batch-12")
        remove_people(actor=None, users=[gone])
        assert finish(run).sentence.startswith("Line 2 can no longer be applied: No student has this address.")

    def test_a_plan_whose_rows_are_forgotten_is_cancelled(self, cast: SimpleNamespace) -> None:
        run = planned("students", "email,name\nnew@example.com,New")
        actions.prune(before=clock.now() + timedelta(days=1))
        run.refresh_from_db()
        assert run.state == RunState.CANCELLED
        with pytest.raises(Refused, match="The file of this import is no longer kept"):
            actions.plan_again(actor=None, run=run)
