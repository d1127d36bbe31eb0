"""Importing missions, enrollments, mentor assignments and staff, and taking that back."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings

from sms.accounts.models import User
from sms.authorization import grants, roles
from sms.authorization.actions import create_role
from sms.core import clock
from sms.data_exchange import actions
from sms.data_exchange.choices import RunState
from sms.mentoring.models import MentorAssignment
from sms.mentoring.queries import open_pairs
from sms.programme.actions import change_access, leave_missions
from sms.programme.models import AccessChange, Enrollment, Mission, MissionEnrollment
from sms.programme.queries import visible_to
from tests.factories import BatchFactory, DailyRecordFactory, MissionFactory, StudentFactory, UserFactory
from tests.integration.data_exchange.helpers import applied, counts, finish, messages, planned, undo_of

pytestmark = pytest.mark.django_db

ROSTERS = Path(settings.BASE_DIR).parent / "shared" / "data" / "rosters"
needs_rosters = pytest.mark.skipif(not ROSTERS.exists(), reason="shared/data/rosters lies beside the project only here")


class TestMissions:
    FILE = """
        batch,mission,title,order,status,starts_on,ends_on
        batch-12,css,Style sheets,2,upcoming,2026-12-01,31/12/2026
    """

    def test_a_new_one_and_again(self, cast: SimpleNamespace) -> None:
        assert counts(applied("missions", self.FILE)) == {"new": 1}
        mission = Mission.objects.get(code="css")
        assert (mission.title, mission.order, str(mission.ends_on)) == ("Style sheets", 2, "2026-12-31")
        assert counts(planned("missions", self.FILE)) == {"unchanged": 1}

    def test_a_change_and_back(self, cast: SimpleNamespace) -> None:
        applied("missions", self.FILE)
        run = applied("missions", "batch,mission,title,status\nbatch-12,css,CSS,active")
        finish(undo_of(run))
        mission = Mission.objects.get(code="css")
        assert (mission.title, mission.status) == ("Style sheets", "upcoming")

    def test_a_created_one_goes_unless_somebody_takes_part(self, cast: SimpleNamespace) -> None:
        run = applied("missions", self.FILE)
        applied("enrollments", "email,batch,mission\nstudent@example.com,batch-12,css")
        undo = undo_of(run)
        assert counts(undo) == {"kept": 1}
        assert messages(undo)[0][2].startswith("Students take part in the mission")

    @pytest.mark.parametrize(
        ("line", "column"),
        [
            ("batch-99,x,X,1,upcoming,2026-01-01,2026-02-01", "batch"),
            ("batch-12,x,X,1,upcoming,2026-03-01,2026-02-01", "ends_on"),
            ("batch-12,js,JS,1,upcoming,2026-02-30,2030-02-01", "starts_on"),
            ("batch-12,js,JS,1,done,2026-02-01,2026-02-02", "status"),
            ("batch-12,no spaces,JS,1,upcoming,2026-02-01,2026-02-02", "mission"),
            ("batch-12,x,X,0,upcoming,2026-02-01,2026-02-02", "order"),
        ],
    )
    def test_rejected(self, cast: SimpleNamespace, line: str, column: str) -> None:
        run = planned("missions", f"batch,mission,title,order,status,starts_on,ends_on\n{line}")
        assert [(where) for _line, where, _sentence in messages(run)] == [column]

    def test_the_order_of_day_and_month_is_asked_once(self, cast: SimpleNamespace) -> None:
        run = planned("missions", "batch,mission,title,starts_on,ends_on\nbatch-12,x,X,3/4/2026,5/6/2026")
        assert (run.state, set(run.options["orders"].values())) == (RunState.MAPPING, {"ambiguous"})
        actions.choose_mapping(
            actor=None,
            run=run,
            mapping=run.options["mapping"],
            heading_row=0,
            orders={"starts_on": "dmy", "ends_on": "dmy"},
        )
        actions.plan(run_id=run.pk)
        run.refresh_from_db()
        assert run.rows.get().values["starts_on"] == "2026-04-03"


class TestEnrollments:
    def test_into_batch_and_mission_at_once(self, cast: SimpleNamespace) -> None:
        new = StudentFactory(email="new@example.com")
        run = applied("enrollments", "email,batch,mission,access\nnew@example.com,batch-12,js,restricted")
        assert counts(run) == {"new": 1}
        taking_part = MissionEnrollment.objects.get(enrollment__student=new)
        assert (taking_part.access, taking_part.mission) == ("restricted", cast.mission)

    def test_undo_takes_the_batch_along_that_came_with_the_mission(self, cast: SimpleNamespace) -> None:
        StudentFactory(email="new@example.com")
        text = "email,batch,mission\nnew@example.com,batch-12,js\nstudent@example.com,batch-12,"
        run = applied("enrollments", text)
        assert counts(run) == {"new": 1, "unchanged": 1}
        finish(undo_of(run))
        assert not Enrollment.objects.filter(student__email="new@example.com").exists()
        assert Enrollment.objects.filter(student=cast.student).exists()

    def test_undo_leaves_a_batch_that_was_there_before(self, cast: SimpleNamespace) -> None:
        MissionFactory(batch=cast.batch, code="css")
        finish(undo_of(applied("enrollments", "email,batch,mission\nstudent@example.com,batch-12,css")))
        assert list(MissionEnrollment.objects.filter(enrollment__student=cast.student)) == [cast.enrolled]

    def test_access_changes_with_history_and_back(self, cast: SimpleNamespace) -> None:
        run = applied("enrollments", "email,batch,mission,access\nstudent@example.com,batch-12,js,revoked")
        assert counts(run) == {"changed": 1}
        finish(undo_of(run))
        cast.enrolled.refresh_from_db()
        assert cast.enrolled.access == "full"
        assert list(AccessChange.objects.order_by("pk").values_list("before", "after")) == [
            ("full", "revoked"),
            ("revoked", "full"),
        ]

    def test_what_was_recorded_since_stays(self, cast: SimpleNamespace) -> None:
        StudentFactory(email="new@example.com")
        run = applied("enrollments", "email,batch,mission\nnew@example.com,batch-12,js")
        DailyRecordFactory(
            mission_enrollment=MissionEnrollment.objects.get(enrollment__student__email="new@example.com")
        )
        assert counts(undo_of(run)) == {"kept": 1}

    def test_a_student_by_number(self, cast: SimpleNamespace) -> None:
        StudentFactory(email="new@example.com")
        applied("students", "email,student_id\nnew@example.com,007")
        run = planned("enrollments", "student id,batch,mission\n007,batch-12,js\n008,batch-12,js")
        assert counts(run) == {"new": 1, "rejected": 1}
        assert messages(run) == [(3, "email", "No student has the number “008”.")]

    @pytest.mark.parametrize(
        ("line", "column"),
        [
            ("nobody@example.com,batch-12,js,full", "email"),
            ("student@example.com,batch-13,js,full", "batch"),
            ("student@example.com,batch-12,jss,full", "mission"),
            ("student@example.com,batch-12,js,total", "access"),
            ("student@example.com,batch-12,,full", "access"),
        ],
    )
    def test_rejected(self, cast: SimpleNamespace, line: str, column: str) -> None:
        BatchFactory(code="other")
        run = planned("enrollments", f"email,batch,mission,access\n{line}")
        assert [where for _line, where, _sentence in messages(run)] == [column]


class TestLeaving:
    def test_left_ends_the_spell_and_the_undo_of_the_same_day_continues_it(self, cast: SimpleNamespace) -> None:
        change_access(actor=None, mission_enrollments=[cast.enrolled], access="restricted", reason="Unpaid")
        run = applied("enrollments", "email,batch,mission,access\nstudent@example.com,batch-12,js,left")
        assert counts(run) == {"changed": 1}
        assert cast.enrolled not in visible_to(cast.mentor)
        finish(undo_of(run))
        taking_part = MissionEnrollment.objects.get(enrollment__student=cast.student)
        assert (taking_part.pk, taking_part.left_on, taking_part.access) == (cast.enrolled.pk, None, "restricted")
        assert cast.enrolled in visible_to(cast.mentor)
        assert grants.all_pairs() == open_pairs()

    def test_a_move_within_the_batch_and_back(self, cast: SimpleNamespace) -> None:
        MissionFactory(batch=cast.batch, code="css")
        text = "email,batch,mission,access\nstudent@example.com,batch-12,js,left\nstudent@example.com,batch-12,css,"
        run = applied("enrollments", text)
        assert counts(run) == {"changed": 1, "new": 1}
        here = MissionEnrollment.objects.filter(enrollment__student=cast.student, left_on=None)
        assert here.get().mission.code == "css"
        finish(undo_of(run))
        assert here.get() == cast.enrolled

    def test_a_move_to_another_batch_and_back(self, cast: SimpleNamespace) -> None:
        MissionFactory(batch=BatchFactory(code="b2"), code="css")
        text = "email,batch,mission,access\nstudent@example.com,batch-12,,left\nstudent@example.com,b2,css,"
        run = applied("enrollments", text)
        assert counts(run) == {"changed": 1, "new": 1}
        assert list(Enrollment.objects.filter(student=cast.student, ended_on=None).values_list("batch__code")) == [
            ("b2",)
        ]
        finish(undo_of(run))
        assert MissionEnrollment.objects.get(enrollment__student=cast.student) == cast.enrolled
        assert Enrollment.objects.get(student=cast.student).ended_on is None
        assert cast.enrolled in visible_to(cast.mentor)

    def test_who_left_days_ago_begins_a_new_spell(self, cast: SimpleNamespace) -> None:
        ago = clock.today(cast.batch.zone) - timedelta(days=3)
        leave_missions(actor=None, mission_enrollments=[cast.enrolled], on=ago)
        run = applied("enrollments", "email,batch,mission\nstudent@example.com,batch-12,js")
        assert counts(run) == {"changed": 1}
        assert MissionEnrollment.objects.filter(enrollment__student=cast.student).count() == 2
        assert counts(planned("enrollments", "email,batch,mission\nstudent@example.com,batch-12,js")) == {
            "unchanged": 1
        }

    def test_nobody_leaves_where_they_never_were(self, cast: SimpleNamespace) -> None:
        MissionFactory(batch=cast.batch, code="css")
        run = planned("enrollments", "email,batch,mission,access\nstudent@example.com,batch-12,css,left")
        assert [where for _line, where, _sentence in messages(run)] == ["access"]


class TestMentorAssignments:
    FILE = "student_email,batch,mission,mentor_email\nstudent@example.com,batch-12,js,mentor2@example.com"

    def test_the_mentor_sees_the_student_at_once_and_no_longer_after_the_undo(self, cast: SimpleNamespace) -> None:
        run = applied("mentor-assignments", self.FILE)
        assert cast.enrolled in visible_to(cast.mentor2)
        assert grants.all_pairs() == open_pairs()
        finish(undo_of(run))
        assert cast.enrolled not in visible_to(cast.mentor2)
        assert grants.all_pairs() == open_pairs()
        assert MentorAssignment.objects.filter(mission_enrollment=cast.enrolled).count() == 1

    def test_again_is_no_change(self, cast: SimpleNamespace) -> None:
        applied("mentor-assignments", self.FILE)
        assert counts(planned("mentor-assignments", self.FILE)) == {"unchanged": 1}

    @pytest.mark.parametrize(
        ("line", "column"),
        [
            ("student@example.com,batch-12,js,sre@example.com", "mentor_email"),
            ("student@example.com,batch-12,js,nobody@example.com", "mentor_email"),
            ("nobody@example.com,batch-12,js,mentor@example.com", "student_email"),
            ("outside@example.com,batch-12,js,mentor@example.com", "student_email"),
        ],
    )
    def test_rejected(self, cast: SimpleNamespace, line: str, column: str) -> None:
        StudentFactory(email="outside@example.com")
        run = planned("mentor-assignments", f"student_email,batch,mission,mentor_email\n{line}")
        assert [where for _line, where, _sentence in messages(run)] == [column]


class TestStaff:
    def test_new_changed_and_back(self, cast: SimpleNamespace) -> None:
        run = applied(
            "staff", "email,name,roles\nnew@example.com,New Mentor,mentor; sre\nsre@example.com,Nusrat R.,sre",
            actor=cast.admin,
        )  # fmt: skip
        assert counts(run) == {"new": 1, "changed": 1}
        new = User.objects.get(email="new@example.com")
        assert set(new.groups.values_list("role__key", flat=True)) == {roles.MENTOR, roles.SRE}
        finish(undo_of(run, actor=cast.admin), actor=cast.admin)
        assert not User.objects.filter(email="new@example.com").exists()
        assert User.objects.get(email="sre@example.com").name == "Nusrat Rahman"

    def test_a_role_above_ones_own(self, cast: SimpleNamespace) -> None:
        from django.contrib.auth.models import Permission

        manage = Permission.objects.filter(codename__in=("manage_users", "import_data"))
        create_role(actor=cast.admin, key="registrar", title="Registrar", permissions=list(manage))
        registrar = UserFactory(email="registrar@example.com", roles=("registrar",))
        run = planned(
            "staff", "email,name,roles\nnew@example.com,New,admin\nb@example.com,B,registrar", actor=registrar
        )
        assert counts(run) == {"rejected": 1, "new": 1}
        assert messages(run)[0][1:] == (
            "roles", "The role “admin” may do more than you. Ask an admin to give or take it.",
        )  # fmt: skip

    def test_the_only_admin_stays_one(self, cast: SimpleNamespace) -> None:
        run = planned("staff", "email,roles\nadmin@example.com,sre", actor=cast.admin)
        assert finish(run, actor=cast.admin).state == RunState.STOPPED
        assert cast.admin.groups.filter(role__key=roles.ADMIN).exists()


@needs_rosters
class TestOtherSystems:
    def test_school_data_sync(self, cast: SimpleNamespace) -> None:
        """Students by user name and number, and their sections, which are missions here."""
        MissionFactory(batch=cast.batch, code="11001")
        MissionFactory(batch=cast.batch, code="11002")
        run = planned("students", (ROSTERS / "sds-25/Student.csv").read_bytes(), name="Student.csv")
        assert run.options["recognised"] == "sds-students"
        assert counts(run)["rejected"] == run.rows_read, "user names are no addresses without a domain"
        actions.choose_mapping(
            actor=None, run=run, mapping=run.options["mapping"], heading_row=0, domain="school.example"
        )
        actions.plan(run_id=run.pk)
        run.refresh_from_db()
        assert counts(run) == {"new": run.rows_read}
        finish(run)
        ora = User.objects.get(email="oklein@school.example")
        assert (ora.name, ora.student_profile.student_id) == ("Ora Christopher Klein", "13001")

        enrollments = planned("enrollments", (ROSTERS / "sds-25/StudentEnrollment.csv").read_bytes(), name="x.csv")
        assert (enrollments.state, enrollments.options["missing"]) == (RunState.MAPPING, ["batch"])
        actions.choose_mapping(
            actor=None,
            run=enrollments,
            mapping=enrollments.options["mapping"],
            heading_row=0,
            constants={"batch": "batch-12"},
        )
        actions.plan(run_id=enrollments.pk)
        enrollments.refresh_from_db()
        assert counts(enrollments) == {"new": 44}
        assert finish(enrollments).state == RunState.APPLIED
        assert MissionEnrollment.objects.filter(mission__code="11001").count() == 22

    def test_files_that_are_no_students(self) -> None:
        for file in sorted((ROSTERS / "csv-spectrum").glob("*.csv")):
            run = planned("students", file.read_bytes(), name=file.name)
            assert run.state == RunState.REFUSED, file.name
            assert "email" in run.sentence, file.name


def test_a_remembered_mapping_serves_the_next_file_of_that_shape(cast: SimpleNamespace) -> None:
    text = "correo,nombre\nana@example.com,Ana"
    run = planned("students", text)
    assert run.state == RunState.REFUSED
    actions.choose_mapping(actor=None, run=run, mapping={"email": 0, "name": 1}, heading_row=0)
    actions.plan(run_id=run.pk)
    run.refresh_from_db()
    assert counts(run) == {"new": 1}
    again = planned("students", text.replace("ana", "bea"))
    assert (again.state, counts(again)) == (RunState.PLANNED, {"new": 1})


def test_an_action_on_a_list_is_an_import_like_any_other(cast: SimpleNamespace) -> None:
    run = actions.start_from_rows(
        actor=cast.sre,
        kind="enrollments",
        title="Access restricted: =unpaid",
        rows=[{"email": "student@example.com", "batch": "batch-12", "mission": "js", "access": "restricted"}],
    )
    actions.plan(run_id=run.pk)
    run.refresh_from_db()
    assert (run.title, counts(run)) == ("Access restricted: =unpaid", {"changed": 1})
    finish(run, actor=cast.sre)
    change = AccessChange.objects.get()
    assert (change.mission_enrollment, change.after, change.reason) == (
        cast.enrolled, "restricted", "Access restricted: =unpaid",
    )  # fmt: skip
    finish(undo_of(run, actor=cast.sre), actor=cast.sre)
    assert AccessChange.objects.order_by("-pk")[0].reason == "Undo of “Access restricted: =unpaid”"
