"""Importing students: what a file says against what stands there, all of it applied or nothing, and taken back."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sms.accounts.models import StudentProfile, User
from sms.audit.models import Event
from sms.authorization import roles
from sms.core.problems import Refused
from sms.data_exchange import actions
from sms.data_exchange.choices import RunState
from sms.data_exchange.looking import look_at
from sms.programme.models import Enrollment
from tests.factories import BatchFactory, DailyRecordFactory, MissionEnrollmentFactory, StudentFactory, UserFactory
from tests.integration.data_exchange.helpers import applied, counts, finish, messages, planned, undo_of

pytestmark = pytest.mark.django_db

NILA = """
    Email,Full name,Mobile,Student ID,City,Batch
    Nila@Example.com ,  Nila   Akter,01712345678,007,Sylhet,b1
"""


@pytest.fixture
def batch(db: None) -> object:
    return BatchFactory(code="b1")


def test_a_new_student_arrives_with_everything(batch: object) -> None:
    run = applied("students", NILA)
    assert (run.state, counts(run)) == (RunState.APPLIED, {"new": 1})
    nila = User.objects.get(email="nila@example.com")
    assert (nila.name, nila.phone, nila.student_profile.student_id, nila.student_profile.city) == (
        "Nila Akter", "+8801712345678", "007", "Sylhet",
    )  # fmt: skip
    assert nila.student_profile.status == "active"
    assert list(nila.groups.values_list("role__key", flat=True)) == [roles.STUDENT]
    assert Enrollment.objects.get(student=nila).batch == batch
    assert not nila.has_usable_password()
    assert set(Event.objects.values_list("verb", flat=True)) >= {"created", "imported"}


def test_the_preview_writes_nothing(batch: object) -> None:
    before = User.objects.count()
    run = planned("students", NILA)
    assert (run.state, counts(run), User.objects.count()) == (RunState.PLANNED, {"new": 1}, before)


def test_cleaning_is_shown(batch: object) -> None:
    row = planned("students", NILA).rows.get()
    assert row.cleaned == {"email": "Nila@Example.com ", "name": "  Nila   Akter", "phone": "01712345678"}


def test_the_same_file_again_changes_nothing(batch: object) -> None:
    applied("students", NILA)
    assert counts(planned("students", NILA)) == {"unchanged": 1}


def test_a_blank_cell_leaves_and_clear_empties(batch: object) -> None:
    applied("students", NILA)
    run = applied("students", "email,phone,city,name\nnila@example.com,,<clear>,Nila A.")
    row = run.rows.get()
    assert (row.before, row.status) == ({"city": "Sylhet", "name": "Nila Akter"}, "changed")
    nila = User.objects.get(email="nila@example.com")
    assert (nila.phone, nila.student_profile.city, nila.name) == ("+8801712345678", "", "Nila A.")


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("a@example.com,Ana,8.80171E+12,,b1", "phone", ""),
        ("a@example.com,Ana,01712345678 01812345678,,b1", "phone", ""),
        ("a@example.com,???,,,b1", "name", ""),
        ("a@example.com,Ana,,,b7", "batch", "There is no batch “b7”. Create it first, or correct the cell."),
        ("a@example.com,Ana,#N/A,,b1", "phone", ""),
        ("a@example.com,,,,b1", "name", "A new row needs this. Fill in the cell."),
        ("not-an-address,Ana,,,b1", "email", ""),
        (",Ana,,,b1", "email", "Every row needs this, since rows are told apart by it. Fill in the cell."),
        ("a@example.com,Ana,,taken,b1", "student_id", "other@example.com has this student number."),
        ("staff@example.com,Ana,,,", "email", "This person is not a student."),
        ("a@example.com,<clear>,,,b1", "name", "This cannot be emptied."),
    ],
)
def test_rejected_rows_say_what_to_do(batch: object, line: str, column: str, words: str) -> None:
    StudentProfile.objects.filter(user=StudentFactory(email="other@example.com")).update(student_id="taken")
    UserFactory(email="staff@example.com", roles=(roles.SRE,))
    run = planned("students", f"email,name,phone,student_id,batch\n{line}\ngood@example.com,Good,,,b1")
    assert counts(run) == {"rejected": 1, "new": 1}
    [(at, where, sentence)] = messages(run)
    assert (at, where) == (2, column)
    assert sentence.startswith(words)
    assert sentence.endswith(".")


def test_all_faults_of_a_row_in_one_go(batch: object) -> None:
    run = planned("students", "email,name,phone,batch\nx@example.com,?,12,b9")
    assert [column for _line, column, _sentence in messages(run)] == ["name", "phone", "batch"]


def test_a_row_twice_in_a_file(batch: object) -> None:
    run = planned("students", "email,name\na@example.com,Ana\nA@example.com,Anna")
    assert counts(run) == {"new": 1, "rejected": 1}
    assert messages(run) == [(3, "email", "Line 2 has the same key. Keep one of the two lines.")]


def test_one_number_for_two_new_students(batch: object) -> None:
    run = planned("students", "email,name,student_id\na@example.com,Ana,7\nb@example.com,Bea,7")
    assert [(line, column) for line, column, _sentence in messages(run)] == [(3, "student_id")]


def test_a_suggestion_is_a_warning_and_never_a_change(batch: object) -> None:
    run = applied("students", "email,name\nana@gmail.con,Ana")
    assert counts(run) == {"new": 1, "warned": 1}
    assert User.objects.filter(email="ana@gmail.con").exists()


def test_the_batch_column_only_adds(batch: object) -> None:
    BatchFactory(code="b2")
    applied("students", NILA)
    run = applied("students", "email,batch\nnila@example.com,b2")
    assert run.rows.get().values["batch"] == ["b1", "b2"]
    assert Enrollment.objects.filter(student__email="nila@example.com", ended_on=None).count() == 2


def test_a_status_moves_as_it_may(batch: object) -> None:
    applied("students", NILA)
    assert counts(applied("students", "email,status\nnila@example.com,left")) == {"changed": 1}
    run = planned("students", "email,status\nnila@example.com,waiting")
    assert messages(run) == [(2, "status", "A student who is left cannot become waiting for approval.")]


def test_passwords_in_a_file_are_neither_kept_nor_shown(batch: object) -> None:
    run = planned("students", "email,name,password\nana@example.com,?,hunter2\nbea@example.com,Bea,hunter2")
    assert run.options["secrets"] == ["password"]
    look = look_at(run, {})
    assert [row.cells for row in look.first] == [
        ["email", "name", "password"], ["ana@example.com", "?", "•••"], ["bea@example.com", "Bea", "•••"],
    ]  # fmt: skip
    assert "hunter2" not in str(list(run.rows.values())) + str(look)


def test_what_was_guessed_about_the_letters_is_said(batch: object) -> None:
    run = planned("students", "email,name\nana@example.com,Renée".encode("cp1252"))
    assert (run.options["notes"] != [], run.rows.get().values["name"]) == (True, "Renée")


def test_one_column_cannot_mean_two_things(batch: object) -> None:
    run = planned("students", "email,name\nana@example.com,Ana")
    with pytest.raises(Refused, match="“email” is used twice"):
        actions.choose_mapping(actor=None, run=run, mapping={"email": 0, "name": 0}, heading_row=0)


# --- What happens in between


def test_a_row_that_changed_since_the_preview_stops_everything(batch: object) -> None:
    applied("students", NILA)
    run = planned("students", "email,name,city\nnila@example.com,Nila,Dhaka\nnew@example.com,New,Dhaka")
    StudentProfile.objects.update(city="Khulna")
    finish(run)
    assert run.state == RunState.STOPPED
    assert run.sentence.startswith("1 row has changed since the preview: line 2.")
    assert not User.objects.filter(email="new@example.com").exists()


def test_somebody_created_the_student_meanwhile(batch: object) -> None:
    run = planned("students", NILA)
    StudentFactory(email="nila@example.com")
    assert finish(run).state == RunState.STOPPED


def test_what_another_column_says_does_not_stop(batch: object) -> None:
    applied("students", NILA)
    run = planned("students", "email,name\nnila@example.com,Nila")
    StudentProfile.objects.update(city="Khulna")
    assert finish(run).state == RunState.APPLIED


def test_applying_twice_does_it_once(batch: object) -> None:
    run = applied("students", NILA)
    actions.apply(run_id=run.pk)
    actions.plan(run_id=run.pk)
    actions.confirm(actor=None, run=run, wait=True)
    run.refresh_from_db()
    assert (run.state, User.objects.filter(email="nila@example.com").count()) == (RunState.APPLIED, 1)


# --- Undo


def test_undo_removes_the_new_and_restores_the_changed(batch: object) -> None:
    applied("students", NILA)
    run = applied("students", "email,name,city,batch\nnila@example.com,Other,Bogura,\nnew@example.com,New,,b1")
    undo = undo_of(run)
    assert (undo.state, counts(undo)) == (RunState.PLANNED, {"changed": 1, "removed": 1})
    assert User.objects.get(email="nila@example.com").name == "Other"
    finish(undo)
    nila = User.objects.get(email="nila@example.com")
    assert (nila.name, nila.student_profile.city) == ("Nila Akter", "Sylhet")
    assert not User.objects.filter(email="new@example.com").exists()
    assert not Enrollment.objects.filter(student__email="new@example.com").exists()


def test_undo_leaves_what_was_edited_since_and_names_it(batch: object) -> None:
    applied("students", NILA)
    run = applied("students", "email,city\nnila@example.com,Bogura")
    StudentProfile.objects.update(city="Khulna")
    undo = undo_of(run)
    assert counts(undo) == {"kept": 1}
    assert messages(undo) == [
        (2, "city", "Edited since the import: it is “Khulna” now, the import set “Bogura”."),
    ]


def test_undo_leaves_a_student_of_whom_something_was_recorded(batch: object, cast: SimpleNamespace) -> None:
    run = applied("students", "email,name,batch\nnew@example.com,New,batch-12\nidle@example.com,Idle,batch-12")
    new = User.objects.get(email="new@example.com")
    DailyRecordFactory(mission_enrollment=MissionEnrollmentFactory(mission=cast.mission, student=new))
    undo = undo_of(run)
    assert counts(undo) == {"kept": 1, "removed": 1}
    finish(undo)
    assert User.objects.filter(email="new@example.com").exists()
    assert not User.objects.filter(email="idle@example.com").exists()


def test_undo_takes_back_the_batch_that_was_added(batch: object) -> None:
    BatchFactory(code="b2")
    applied("students", NILA)
    finish(undo_of(applied("students", "email,batch\nnila@example.com,b2")))
    assert list(Enrollment.objects.values_list("batch__code", flat=True)) == ["b1"]


def test_undo_once(batch: object) -> None:
    run = applied("students", NILA)
    first, second = undo_of(run), undo_of(run)
    assert first == second
    finish(first)
    with pytest.raises(Refused):
        undo_of(run)


# --- Who may


def test_a_manager_may_not_edit_students(cast: SimpleNamespace) -> None:
    with pytest.raises(Refused):
        planned("students", NILA, actor=cast.manager)


def test_a_large_change_is_confirmed_once_more(batch: object, settings: object) -> None:
    settings.IMPORT_LARGE_ROWS = 0
    applied("students", NILA)
    run = planned("students", "email,city\nnila@example.com,Bogura")
    with pytest.raises(Refused, match="This changes 1 of 1 rows"):
        actions.confirm(actor=None, run=run, wait=True)
    assert finish(run).state == RunState.APPLIED


# --- The number of queries does not depend on the rows


def test_queries_do_not_grow(batch: object) -> None:

    def queries(n: int, offset: int) -> int:
        lines = "\n".join(f"s{offset + i}@example.com,Student {i},b1" for i in range(n))
        with CaptureQueriesContext(connection) as captured:
            applied("students", f"email,name,batch\n{lines}")
        return len(captured)

    queries(2, 0)
    assert queries(3, 100) == queries(40, 200)
