"""Which heading means which column."""

import random
from itertools import combinations

import pytest

from sms.data_exchange.headings import TARGETS, Match, find_heading_row, fingerprint, match_headings
from sms.data_exchange.reading import FileRefused, Limits, SourceRow, source_of_text
from sms.data_exchange.targets import Target
from sms.data_exchange.words import plain

INTERFACE = {
    "students": "email, name, phone, student_id, status, timezone, city, batch",
    "staff": "email, name, phone, roles",
    "enrollments": "email, batch, mission, access",
    "mentor-assignments": "student_email, batch, mission, mentor_email",
    "missions": "batch, mission, title, order, status, starts_on, ends_on",
    "assignments": "batch, mission, assignment, title, opens_at, due_at, max_points",
    "attendance": "email, batch, mission, date, status, reason",
    "meeting-records": "email, batch, mission, meeting, status, minutes, joined_at, reason",
    "submissions": "email, batch, mission, assignment, submitted_at, grade, record_state",
    "extensions": "email, batch, mission, assignment, due_at, reason",
    "calls": "id, email, batch, mission, caller_email, started_at, outcome, notes",
}


def match(headings: str, kind: str = "students", **options: object) -> Match:
    return match_headings(headings.split(","), TARGETS[kind], kind, **options)


def refusal(headings: str, kind: str = "students") -> str:
    with pytest.raises(FileRefused) as refused:
        match(headings, kind)
    return refused.value.sentence


@pytest.mark.parametrize("kind", INTERFACE)
def test_the_columns_of_the_interface_match_in_any_order(kind: str) -> None:
    columns = INTERFACE[kind].split(", ")
    shuffled = random.Random(7).sample(columns, len(columns))
    found = match_headings(shuffled, TARGETS[kind], kind)
    assert found.mapping == {column: shuffled.index(column) for column in columns}
    assert (found.unknown, found.missing, found.ambiguous, found.recognised) == ([], [], [], "")


def test_there_are_no_other_kinds() -> None:
    assert TARGETS.keys() == INTERFACE.keys()


@pytest.mark.parametrize("kind", TARGETS)
def test_no_word_means_two_columns(kind: str) -> None:
    words = {target.name: {plain(word) for word in (target.name, *target.aliases)} for target in TARGETS[kind]}
    shared = {(a, b): words[a] & words[b] for a, b in combinations(words, 2) if words[a] & words[b]}
    assert shared == {}


@pytest.mark.parametrize(
    ("heading", "target"),
    [
        ("E-mail", "email"),
        ("EMAIL", "email"),
        (" e mail ", "email"),
        ("Email_Address", "email"),
        ("\ufeffEmail", "email"),
        ("Mail", "email"),
        ("ইমেইল", "email"),
        ("ই-মেইল", "email"),
        ("Email *", "email"),
        ("What is your email address?", "email"),
        ("Email (the one you use every day)", "email"),
    ],
)
def test_headings_of_the_key(heading: str, target: str) -> None:
    assert match_headings([heading], TARGETS["students"], "students").mapping == {target: 0}


@pytest.mark.parametrize(
    ("heading", "target"),
    [
        ("Full name", "name"),
        ("Student Name", "name"),
        ("STUDENT-NAME", "name"),
        ("Your full name", "name"),
        ("নাম", "name"),
        ("আপনার পূর্ণ নাম", "name"),
        ("Mobile", "phone"),
        ("Phone number (WhatsApp)", "phone"),
        ("Contact No.", "phone"),
        ("ফোন", "phone"),
        ("মোবাইল নম্বর", "phone"),
        ("হোয়াটসঅ্যাপ", "phone"),
        ("Roll", "student_id"),
        ("ID", "student_id"),
        ("Reg. No", "student_id"),
        ("রোল নম্বর", "student_id"),
        ("Time zone", "timezone"),
        ("District", "city"),
        ("Cohort", "batch"),
        ("ব্যাচ", "batch"),
    ],
)
def test_other_names(heading: str, target: str) -> None:
    found = match_headings(["email", heading], TARGETS["students"], "students")
    assert (found.mapping, found.unknown) == ({"email": 0, target: 1}, [])


def test_course_means_mission_where_there_are_missions() -> None:
    assert match("Course,Student Email,Batch", "enrollments").mapping == {"mission": 0, "email": 1, "batch": 2}


def test_headings_that_mean_nothing_are_listed_and_those_without_words_are_not() -> None:
    found = match("email,T-shirt  size,,Blood group,…")
    assert (found.mapping, found.unknown) == ({"email": 0}, ["T-shirt size", "Blood group"])


@pytest.mark.parametrize("heading", ["Password", "password_hash", "Temporary Password", "PIN", "pwd", "পাসওয়ার্ড"])
def test_passwords_are_never_read(heading: str) -> None:
    found = match(f"email,{heading}")
    assert (found.mapping, found.ignored_secrets, found.unknown) == ({"email": 0}, [heading], [])
    assert found.texts(["a@b.co", "hunter2"]) == {"email": "a@b.co"}


@pytest.mark.parametrize(
    ("headings", "sentence"),
    [
        ("email,Name, NAME ", "Two columns have the same heading: “Name”, “NAME”. Delete or rename one of them."),
        ("email,Notes,notes", "Two columns have the same heading: “Notes”, “notes”. Delete or rename one of them."),
        ("E-mail,Gmail,name", "Several headings mean “email”: “E-mail”, “Gmail”. Delete or rename all but one."),
        (
            "email,Mobile,Phone,WhatsApp",
            "Several headings mean “phone”: “Mobile”, “Phone”, “WhatsApp”. Delete or rename all but one.",
        ),
        (
            "name,phone",
            (
                "The file has no column for “email”. Found: “name”, “phone”."
                " Add it, or choose the row that has the headings."
            ),
        ),
        (
            ",,",
            "The file has no column for “email”. Found: no headings. Add it, or choose the row that has the headings.",
        ),
    ],
)
def test_files_that_are_refused(headings: str, sentence: str) -> None:
    assert refusal(headings) == sentence


def test_a_heading_that_says_little_gives_way() -> None:
    found = match("ID,Roll,email,Contact,Mobile")
    assert (found.mapping, found.ambiguous) == ({"student_id": 1, "email": 2, "phone": 4}, ["ID", "Contact"])


def test_what_can_be_chosen_for_the_whole_file_is_missing_and_not_refused() -> None:
    assert match("email", "enrollments").missing == ["batch"]
    assert match("email,date", "attendance").missing == ["batch", "mission"]
    assert "“mission”" in refusal("batch,title", "missions")
    assert "“date”" in refusal("email,status", "attendance")


def test_a_student_may_be_told_by_number_where_the_key_is_of_several_parts() -> None:
    assert match("Roll,Course,Batch", "enrollments").mapping == {"student_id": 0, "mission": 1, "batch": 2}
    assert "“email”" in refusal("Roll,Name", "students")


def test_texts_of_a_short_row_are_blank_at_the_end() -> None:
    assert match("name,email,phone").texts(["Arif"]) == {"name": "Arif", "email": "", "phone": ""}


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("email,name\na@b.co,Arif", 0),
        ("Students of batch 12\n\nPrinted on 2026-11-22\nemail,name\na@b.co,Arif", 2),
        ("Name of the list: students\nরোল,নাম,ইমেইল\n7,আরিফ,a@b.co", 1),
        ("foo,bar\n1,2", 0),
    ],
)
def test_the_row_of_headings_is_found(text: str, row: int) -> None:
    rows = list(source_of_text(text, limits=Limits()).rows())
    assert find_heading_row(rows, TARGETS["students"], "students") == row
    assert find_heading_row([], TARGETS["students"], "students") == 0


def test_the_row_of_headings_lies_among_the_first() -> None:
    rows = [SourceRow(line, ["x"]) for line in range(1, 30)] + [SourceRow(30, ["email"])]
    assert find_heading_row(rows, TARGETS["students"], "students") == 0
    assert find_heading_row(rows[10:], TARGETS["students"], "students") == 19


def test_the_row_is_kept() -> None:
    assert match("email", row=3).row == 3


def test_a_fingerprint_is_of_the_shape() -> None:
    shape = fingerprint(["Email", "Full name", ""])
    assert shape == fingerprint(["full_name", "E-mail"]) == fingerprint(["email", "", "fullname"])
    assert shape != fingerprint(["Email", "Name"]) != fingerprint(["Email", "Name", "x"])
    assert len(shape) == 32


def test_a_kind_of_ones_own() -> None:
    targets = (Target("isbn", ("book",), required=True),)
    assert match_headings(["Book"], targets, "books").mapping == {"isbn": 0}
