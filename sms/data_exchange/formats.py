"""Files of other systems that need no mapping.

Rows come as a dictionary from plain heading (see headings.py) to text, and leave as one from
target to text. Sources of the headings:

- Canvas: gradebook export, the list of people, and “SIS Import Format Documentation”;
- Moodle: export of participants and grades, and “Upload users”;
- OneRoster 1.1 and 1.2, CSV binding (1EdTech): users.csv, enrollments.csv;
- Microsoft School Data Sync, CSV format v1: Student.csv, StudentEnrollment.csv.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.data_exchange.words import plain

Row = dict[str, str]


class RowSkipped(Exception):
    """The format says that the row is no student's. The sentence says what it is."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Recognised:
    """A format of another system.

    It is known by its headings: one of each set in `needs`, and none of `lacks`. `columns` gives the
    headings that a target is read from, in order of preference; `derive` works out the rest. With
    `wants_domain` its user names are completed to addresses where the person gives a domain.
    """

    name: str
    title: Promise | str
    kinds: frozenset[str]
    needs: tuple[frozenset[str], ...]
    lacks: frozenset[str] = frozenset()
    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ignored: frozenset[str] = frozenset()
    derive: Callable[[Row, Row], None] | None = None
    wants_domain: bool = False
    takes_first: bool = False

    def fits(self, headings: frozenset[str], kind: str) -> bool:
        return kind in self.kinds and all(need & headings for need in self.needs) and not self.lacks & headings

    @property
    def claims(self) -> frozenset[str]:
        """Headings whose meaning is settled by the format."""
        return self.ignored.union(*(headings for _target, headings in self.columns))

    def mapping(self, headings: Sequence[str]) -> dict[str, int]:
        """For each target, the first column that it is read from."""
        found = {
            target: next((headings.index(heading) for heading in sources if heading in headings), None)
            for target, sources in self.columns
        }
        return {target: column for target, column in found.items() if column is not None}

    def transform(self, row: Row, *, domain: str = "") -> Row:
        """The texts of the targets of one row. Raises RowSkipped."""
        texts = {
            target: next((text for source in sources if (text := row.get(source, "").strip())), "")
            for target, sources in self.columns
            if any(source in row for source in sources)
        }
        if self.wants_domain:
            texts["email"] = _address([row.get(source, "").strip() for source in dict(self.columns)["email"]], domain)
        if self.derive:
            self.derive(row, texts)
        return texts


def format_of(headings: Sequence[str], kind: str) -> Recognised | None:
    """The format of a file of this kind with these plain headings, or None."""
    present = frozenset(headings)
    return next((known for known in FORMATS if known.fits(present, kind)), None)


def format_named(name: str) -> Recognised:
    return BY_NAME[name]


FIRST = ("firstname", "givenname", "forename", "given", "first")
MIDDLE = ("middlename", "middlenames")
LAST = ("lastname", "familyname", "surname", "family", "last")
NAME_PARTS = (*FIRST, *MIDDLE, *LAST)
ENDED = {"tobedeleted", "inactive", "deleted", "suspended", "false"}
NOT_A_WORD = re.compile(r"[^\w]+")


def _whole_name(row: Row, texts: Row) -> None:
    """First, middle and last name in one; which of the headings stands for each is the file's choice."""
    parts = (
        next((text for part in parts if (text := row.get(part, "").strip())), "") for parts in (FIRST, MIDDLE, LAST)
    )
    if name := " ".join(filter(None, parts)):
        texts["name"] = name


def _address(words: Sequence[str], domain: str) -> str:
    """The first that is an address, or a user name completed with the domain, or blank."""
    found = next((word for word in words if "@" in word), "")
    login = next(filter(None, words), "")
    return found or (f"{login}@{domain.lstrip('@')}" if login and domain else "")


def _standing(texts: Row, row: Row, *, ended: str, going_on: str) -> str:
    """What the file's status says in ours; blank, which changes nothing, where it says nothing."""
    words = {row.get("status", "").strip().casefold(), row.get("enableduser", "").strip().casefold()}
    if words & ENDED:
        return ended
    return going_on if "active" in words else ""


def _only_students(roles: str) -> None:
    words = {word for word in NOT_A_WORD.split(roles.casefold()) if word}
    if words and not words & {"student", "studentenrollment", "learner"}:
        raise RowSkipped(_("The role is “%(role)s”, not student.") % {"role": roles.strip()})


def _canvas_gradebook(row: Row, texts: Row) -> None:
    student = row.get("student", "").strip()
    if student.casefold().startswith("points possible") or not student:
        raise RowSkipped(_("The row holds the points that can be reached, not a student."))
    if student.casefold() == "student, test":
        raise RowSkipped(_("This is the test student of Canvas."))
    last, comma, first = student.partition(",")
    texts["name"] = f"{first.strip()} {last.strip()}" if comma else student


def _canvas_people(row: Row, texts: Row) -> None:
    _only_students(row.get("role", ""))


def _canvas_users(row: Row, texts: Row) -> None:
    if not texts.get("name"):
        _whole_name(row, texts)
    texts["status"] = _standing(texts, row, ended="left", going_on="active")


def _moodle(row: Row, texts: Row) -> None:
    _only_students(row.get("roles", "") or row.get("role", ""))
    _whole_name(row, texts)


def _oneroster_users(row: Row, texts: Row) -> None:
    _only_students(row.get("role", "") or row.get("roles", ""))
    _whole_name(row, texts)
    texts["status"] = _standing(texts, row, ended="left", going_on="active")


def _enrollment(row: Row, texts: Row) -> None:
    _only_students(row.get("role", ""))
    texts["access"] = _standing(texts, row, ended="revoked", going_on="")


def _sds_students(row: Row, texts: Row) -> None:
    _whole_name(row, texts)
    texts["status"] = _standing(texts, row, ended="left", going_on="active")


def _needs(*headings: str) -> tuple[frozenset[str], ...]:
    """One of each; alternatives are parted by a bar."""
    return tuple(frozenset(heading.split("|")) for heading in headings)


STUDENTS, ENROLLMENTS = frozenset({"students"}), frozenset({"enrollments"})
TIMES = "|".join(map(plain, ("timestamp", "টাইমস্ট্যাম্প")))

# In the order in which they are tried: the more particular first.
FORMATS = (
    Recognised(
        name="oneroster-users",
        title=gettext_lazy("OneRoster users"),
        kinds=STUDENTS,
        needs=_needs("sourcedid", "givenname", "familyname"),
        columns=(
            ("student_id", ("sourcedid",)),
            ("email", ("email", "username")),
            ("name", ("givenname",)),
            ("phone", ("phone", "sms")),
            ("status", ("status",)),
        ),
        ignored=frozenset({"identifier", "role", "roles", "enableduser", *NAME_PARTS}),
        derive=_oneroster_users,
        wants_domain=True,
    ),
    Recognised(
        name="oneroster-enrollments",
        title=gettext_lazy("OneRoster enrollments"),
        kinds=ENROLLMENTS,
        needs=_needs("usersourcedid", "classsourcedid"),
        columns=(
            ("student_id", ("usersourcedid",)),
            ("mission", ("classsourcedid",)),
            ("access", ("status",)),
        ),
        ignored=frozenset({"sourcedid", "role"}),
        derive=_enrollment,
    ),
    Recognised(
        name="sds-students",
        title=gettext_lazy("School Data Sync students"),
        kinds=STUDENTS,
        needs=_needs("sisid", "schoolsisid", "username"),
        lacks=frozenset({"teachernumber", "sectionsisid"}),
        columns=(
            ("student_id", ("sisid",)),
            ("email", ("username", "email", "secondaryemail")),
            ("name", ("firstname",)),
            ("phone", ("phone", "mobile")),
            ("status", ("status",)),
        ),
        ignored=frozenset({"studentnumber", "stateid", *NAME_PARTS}),
        derive=_sds_students,
        wants_domain=True,
    ),
    Recognised(
        name="sds-enrollments",
        title=gettext_lazy("School Data Sync enrollments"),
        kinds=ENROLLMENTS,
        needs=_needs("sectionsisid", "sisid|studentsisid"),
        lacks=frozenset({"schoolsisid"}),
        columns=(("student_id", ("studentsisid", "sisid")), ("mission", ("sectionsisid",))),
        derive=_enrollment,
    ),
    Recognised(
        name="canvas",
        title=gettext_lazy("Canvas gradebook"),
        kinds=STUDENTS | ENROLLMENTS,
        needs=_needs("student", "id", "section", "sisuserid|sisloginid|integrationid"),
        columns=(
            ("student_id", ("sisuserid", "id")),
            ("email", ("email", "emailaddress", "sisloginid")),
            ("name", ("student",)),
            ("mission", ("section",)),
        ),
        ignored=frozenset({"integrationid", "rootaccount"}),
        derive=_canvas_gradebook,
        wants_domain=True,
    ),
    Recognised(
        name="canvas-people",
        title=gettext_lazy("Canvas people"),
        kinds=STUDENTS | ENROLLMENTS,
        needs=_needs("name", "loginid", "sisid", "section", "role"),
        columns=(
            ("student_id", ("sisid",)),
            ("email", ("email", "emailaddress", "loginid")),
            ("name", ("name",)),
            ("mission", ("section",)),
        ),
        ignored=frozenset({"role"}),
        derive=_canvas_people,
        wants_domain=True,
    ),
    Recognised(
        name="canvas-users",
        title=gettext_lazy("Canvas SIS users"),
        kinds=STUDENTS,
        needs=_needs("userid", "loginid", "status"),
        columns=(
            ("student_id", ("userid",)),
            ("email", ("email", "loginid")),
            ("name", ("fullname", "shortname")),
            ("status", ("status",)),
        ),
        ignored=frozenset({"integrationid", "sortablename", *NAME_PARTS}),
        derive=_canvas_users,
        wants_domain=True,
    ),
    Recognised(
        name="canvas-enrollments",
        title=gettext_lazy("Canvas SIS enrollments"),
        kinds=ENROLLMENTS,
        needs=_needs("userid", "role", "status", "courseid|sectionid"),
        columns=(
            ("student_id", ("userid",)),
            ("mission", ("courseid", "sectionid")),
            ("access", ("status",)),
        ),
        ignored=frozenset({"role"}),
        derive=_enrollment,
    ),
    Recognised(
        name="moodle",
        title=gettext_lazy("Moodle"),
        kinds=STUDENTS,
        needs=_needs("firstname", "lastname|surname", "emailaddress|email", "idnumber|groups|username|department"),
        columns=(
            ("student_id", ("idnumber",)),
            ("email", ("emailaddress", "email")),
            ("name", ("firstname",)),
            ("phone", ("mobilephone", "phone2", "phone", "phone1")),
            ("city", ("citytown", "city")),
        ),
        # Moodle's own status says whether the enrolment runs, its groups belong to one course.
        ignored=frozenset({"status", "groups", "roles", "role", "username", *NAME_PARTS}),
        derive=_moodle,
    ),
    Recognised(
        name="google-forms",
        title=gettext_lazy("Google Forms responses"),
        kinds=STUDENTS | ENROLLMENTS | {"staff", "attendance", "submissions"},
        needs=_needs(TIMES),
        takes_first=True,  # the address that the form itself collects stands before what was asked for
    ),
    Recognised(
        name="split-names",
        title=gettext_lazy("First and last name in two columns"),
        kinds=STUDENTS | {"staff"},
        needs=_needs("|".join(FIRST), "|".join(LAST)),
        lacks=frozenset({"name", "fullname", "studentname"}),
        columns=(("name", FIRST),),
        ignored=frozenset(NAME_PARTS),
        derive=_whole_name,
    ),
)
BY_NAME = {known.name: known for known in FORMATS}
