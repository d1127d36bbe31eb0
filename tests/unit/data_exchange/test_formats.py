"""Files of other systems, as those systems write them."""

import pytest

from sms.data_exchange.formats import FORMATS, RowSkipped
from sms.data_exchange.headings import TARGETS, Match, find_heading_row, match_headings
from sms.data_exchange.reading import Limits, SourceRow, source_of_text
from sms.data_exchange.words import plain

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Quiz 1 (241017),Final Score
,,,,,Manual Posting,
    Points Possible,,,,,10,(read only)
"Rahman, Arif",42,S-0042,arif@example.com,js-basics,9,90
Sadia Karim,43,S-0043,sadia,js-basics,8,80
"Student, Test",99,,,js-basics,,
"""
CANVAS_PEOPLE = """\
Name\tLogin ID\tSIS ID\tSection\tRole\tLast Activity\tTotal Activity
Arif Rahman\tarif@example.com\tS-1\tjs\tStudent\tNov 22 at 10am\t10:00:01
Sadia Karim\tsadia@example.com\tT-1\tjs\tTeacher\t\t
"""
CANVAS_USERS = """\
user_id,login_id,password,first_name,last_name,full_name,email,status
S-1,arif,secret1,Arif,Rahman,,arif@example.com,active
S-2,sadia,secret2,Sadia,Karim,Sadia N. Karim,,suspended
"""
CANVAS_ENROLLMENTS = """\
course_id,user_id,role,section_id,status
js,S-1,student,,active
js,S-2,student,,deleted
js,T-1,teacher,,active
"""
MOODLE_GRADES = """\
First name,Last name,ID number,Institution,Department,Email address,Assignment: Essay (Real),Last downloaded from this course
Arif,Rahman,0042,,,arif@example.com,56.00,1763791200
"""
MOODLE_PARTICIPANTS = """\
First name;Surname;Email address;Roles;Groups;Last access to course;Status
Arif;Rahman;arif@example.com;Student;Group A;5 days;Active
Sadia;Karim;sadia@example.com;Teacher;;1 day;Active
"""
MOODLE_UPLOAD = """\
username,firstname,lastname,email,password,phone1,city
arif,Arif,Rahman,arif@example.com,secret,01712345678,Dhaka
"""
ONEROSTER_11 = """\
sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,\
identifier,email,sms,phone,agentSourcedIds,grades,password
u1,active,2026-01-01T00:00:00.000Z,true,o1,student,arif,,Arif,Rahman,Al,007,arif@example.com,01712345678,,,09,x
u2,tobedeleted,,true,o1,student,sadia@example.com,,Sadia,Karim,,008,,,+8801812345678,,09,
u3,,,false,o1,student,imran,,Imran,Kabir,,,imran@example.com,,,,,
u4,active,,true,o1,teacher,tania,,Tania,Islam,,,tania@example.com,,,,,
"""
ONEROSTER_12 = """\
sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,\
phone,agentSourcedIds,grades,password,userMasterIdentifier,resourceSourcedIds,preferredGivenName,preferredMiddleName,\
preferredFamilyName,primaryOrgSourcedId,pronouns
u1,,,true,arif,,Arif,Rahman,,007,arif@example.com,,,,09,,,,,,,o1,
"""
ONEROSTER_ENROLLMENTS = """\
sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
e1,active,,js,o1,u1,student,,2026-01-01,2026-12-31
e2,tobedeleted,,js,o1,u2,student,,,
e3,active,,js,o1,u4,teacher,true,,
"""
SDS_STUDENTS = """\
SIS ID,School SIS ID,First Name,Last Name,Username,Password,Secondary Email,Student Number,Middle Name,Status
13001,10001,Ora,Klein,OKlein,P@ss,,13001,,Active
13002,10001,Beulah,Stark,BStark,P@ss,beulah@example.com,13002,Lynn,Inactive
13003,10001,Noah,Lees,nlees@contoso.com,P@ss,noah@example.com,13003,,
"""
SDS_ENROLLMENTS = "Section SIS ID,SIS ID\n11001,13001\n"
GOOGLE_FORM = """\
Timestamp,Email Address,What is your full name?,Your email,Phone number (WhatsApp),Which laptop do you have?
11/22/2026 10:00:00,arif@example.com,আরিফ রহমান,old@example.com,01712345678,none
"""
SPLIT = "Given name,Family name,E-mail,Mobile\nArif,Rahman,arif@example.com,01712345678\n"

SKIPPED = "skipped"


def read(text: str, kind: str, domain: str = "") -> tuple[Match, list[dict[str, str] | str]]:
    rows = list(source_of_text(text, limits=Limits()).rows())
    row = find_heading_row(rows, TARGETS[kind], kind)
    match = match_headings(rows[row].cells, TARGETS[kind], kind, row=row)
    return match, [texts_or_reason(match, found, domain) for found in rows[row + 1 :]]


def texts_or_reason(match: Match, row: SourceRow, domain: str) -> dict[str, str] | str:
    try:
        return match.texts(row.cells, domain=domain)
    except RowSkipped as skipped:
        return skipped.sentence


def student(student_id: str, email: str, name: str, **others: str) -> dict[str, str]:
    return {"student_id": student_id, "email": email, "name": name, **others}


@pytest.mark.parametrize(
    ("text", "kind", "name", "rows"),
    [
        (
            CANVAS,
            "students",
            "canvas",
            [
                "The row holds the points that can be reached, not a student.",
                "The row holds the points that can be reached, not a student.",
                student("S-0042", "arif@example.com", "Arif Rahman"),
                student("S-0043", "sadia@school.example", "Sadia Karim"),
                "This is the test student of Canvas.",
            ],
        ),
        (
            CANVAS_PEOPLE,
            "enrollments",
            "canvas-people",
            [
                {"student_id": "S-1", "email": "arif@example.com", "mission": "js"},
                "The role is “Teacher”, not student.",
            ],
        ),
        (
            CANVAS_USERS,
            "students",
            "canvas-users",
            [
                student("S-1", "arif@example.com", "Arif Rahman", status="active"),
                student("S-2", "sadia@school.example", "Sadia N. Karim", status="left"),
            ],
        ),
        (
            CANVAS_ENROLLMENTS,
            "enrollments",
            "canvas-enrollments",
            [
                {"student_id": "S-1", "mission": "js", "access": ""},
                {"student_id": "S-2", "mission": "js", "access": "revoked"},
                "The role is “teacher”, not student.",
            ],
        ),
        (MOODLE_GRADES, "students", "moodle", [student("0042", "arif@example.com", "Arif Rahman")]),
        (
            MOODLE_PARTICIPANTS,
            "students",
            "moodle",
            [{"email": "arif@example.com", "name": "Arif Rahman"}, "The role is “Teacher”, not student."],
        ),
        (
            MOODLE_UPLOAD,
            "students",
            "moodle",
            [{"email": "arif@example.com", "name": "Arif Rahman", "phone": "01712345678", "city": "Dhaka"}],
        ),
        (
            ONEROSTER_11,
            "students",
            "oneroster-users",
            [
                student("u1", "arif@example.com", "Arif Al Rahman", phone="01712345678", status="active"),
                student("u2", "sadia@example.com", "Sadia Karim", phone="+8801812345678", status="left"),
                student("u3", "imran@example.com", "Imran Kabir", phone="", status="left"),
                "The role is “teacher”, not student.",
            ],
        ),
        (
            ONEROSTER_12,
            "students",
            "oneroster-users",
            [student("u1", "arif@example.com", "Arif Rahman", phone="", status="")],
        ),
        (
            ONEROSTER_ENROLLMENTS,
            "enrollments",
            "oneroster-enrollments",
            [
                {"student_id": "u1", "mission": "js", "access": ""},
                {"student_id": "u2", "mission": "js", "access": "revoked"},
                "The role is “teacher”, not student.",
            ],
        ),
        (
            SDS_STUDENTS,
            "students",
            "sds-students",
            [
                student("13001", "OKlein@school.example", "Ora Klein", status="active"),
                student("13002", "beulah@example.com", "Beulah Lynn Stark", status="left"),
                student("13003", "nlees@contoso.com", "Noah Lees", status=""),
            ],
        ),
        (
            SDS_ENROLLMENTS,
            "enrollments",
            "sds-enrollments",
            [{"student_id": "13001", "mission": "11001", "access": ""}],
        ),
        (
            GOOGLE_FORM,
            "students",
            "google-forms",
            [{"email": "arif@example.com", "name": "আরিফ রহমান", "phone": "01712345678"}],
        ),
        (
            SPLIT,
            "students",
            "split-names",
            [{"email": "arif@example.com", "name": "Arif Rahman", "phone": "01712345678"}],
        ),
    ],
)
def test_formats(text: str, kind: str, name: str, rows: list[dict[str, str] | str]) -> None:
    match, found = read(text, kind, domain="school.example")
    assert (match.recognised, found) == (name, rows)
    assert match.format.name == name


@pytest.mark.parametrize(
    ("text", "kind", "secrets", "unknown"),
    [
        (CANVAS_USERS, "students", ["password"], []),
        (
            ONEROSTER_11,
            "students",
            ["password"],
            ["dateLastModified", "orgSourcedIds", "userIds", "agentSourcedIds", "grades"],
        ),
        (SDS_STUDENTS, "students", ["Password"], ["School SIS ID"]),
        (CANVAS, "students", [], ["Quiz 1 (241017)", "Final Score"]),
        (GOOGLE_FORM, "students", [], ["Timestamp", "Which laptop do you have?"]),
    ],
)
def test_what_is_not_read_is_said(text: str, kind: str, secrets: list[str], unknown: list[str]) -> None:
    match, _rows = read(text, kind)
    assert (match.ignored_secrets, match.unknown) == (secrets, unknown)


def test_a_form_is_believed_about_the_address_that_it_collected_itself() -> None:
    match, _rows = read(GOOGLE_FORM, "students")
    assert (match.mapping["email"], match.ambiguous) == (1, ["Your email"])


def test_the_time_of_a_form_is_when_the_work_was_handed_in() -> None:
    match, _rows = read("Timestamp,Email Address,Assignment\n11/22/2026 10:00:00,a@b.co,essay\n", "submissions")
    assert match.mapping == {"submitted_at": 0, "email": 1, "assignment": 2}


def test_user_names_are_no_addresses_without_a_domain() -> None:
    _match, (klein, *_others) = read(SDS_STUDENTS, "students")
    assert klein == student("13001", "", "Ora Klein", status="active")


def test_a_format_can_be_read_by_its_headings_alone() -> None:
    cells = ["sourcedId", "givenName", "familyName", "name", "email"]
    match = match_headings(cells, TARGETS["students"], "students", recognise=False)
    assert (match.recognised, match.format, match.mapping) == ("", None, {"name": 3, "email": 4})


def test_files_of_the_site_itself_are_no_foreign_format() -> None:
    for kind, targets in TARGETS.items():
        assert match_headings([target.name for target in targets], targets, kind).recognised == ""


def test_formats_are_written_in_plain_headings_and_known_targets() -> None:
    for known in FORMATS:
        headings = known.claims.union(known.lacks, *known.needs)
        assert {heading for heading in headings if heading != plain(heading)} == set()
        for kind in known.kinds:
            targets = {target.name for target in TARGETS[kind]}
            assert dict(known.columns).keys() & targets or not known.columns
