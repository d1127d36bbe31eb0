"""The columns of each kind of file (interface.md, “Files”), and what else people call them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A column that a kind knows.

    A file without a required column is refused, unless the person can choose one value for all of
    it (`choosable`) or another column says the same (`stand_ins`).
    """

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    choosable: bool = False
    stand_ins: tuple[str, ...] = ()


EMAIL_WORDS = (
    *("e-mail", "mail", "email address", "e-mail address", "mail address", "email id", "mail id", "gmail"),
    *("gmail address", "gmail id", "student email", "student email address", "user email", "email of student"),
    *("contact email", "personal email", "login email", "participant email"),
    *("ইমেইল", "ইমেল", "মেইল", "মেইল আইডি", "জিমেইল", "ইমেইল ঠিকানা", "ইমেল ঠিকানা", "ইমেইল আইডি"),
    *("ইমেইল অ্যাড্রেস", "ইমেল অ্যাড্রেস", "ইমেইল এড্রেস"),
)
NAME_WORDS = (
    *("full name", "student name", "student full name", "name of student", "name of the student", "participant"),
    *("participant name", "display name", "complete name", "name in full", "student", "student's name", "person"),
    *("নাম", "পূর্ণ নাম", "পুরো নাম", "সম্পূর্ণ নাম", "শিক্ষার্থীর নাম", "ছাত্রের নাম", "শিক্ষার্থী"),
)
PHONE_WORDS = (
    *("phone number", "phone no", "phones", "mobile", "mobile number", "mobile no", "mobile phone", "cell", "cell no"),
    *("cell phone", "cellphone", "cell number", "telephone", "telephone number", "tel", "contact", "contact no"),
    *("contact number", "contact phone", "whatsapp", "whatsapp number", "whatsapp no", "student phone", "msisdn"),
    *("ফোন", "মোবাইল", "ফোন নম্বর", "ফোন নাম্বার", "মোবাইল নম্বর", "মোবাইল নাম্বার", "মোবাইল নং", "ফোন নং"),
    *("হোয়াটসঅ্যাপ", "যোগাযোগ নম্বর"),
)
STUDENT_ID_WORDS = (
    *("id", "student no", "student number", "id no", "id number", "roll", "roll no", "roll number", "student roll"),
    *("registration", "registration no", "registration number", "reg no", "reg id", "matriculation number", "sis id"),
    *("sis user id", "learner id", "participant id"),
    *("রোল", "রোল নম্বর", "রোল নং", "আইডি", "আইডি নম্বর", "শিক্ষার্থী আইডি", "স্টুডেন্ট আইডি", "রেজিস্ট্রেশন নম্বর"),
)
BATCH_WORDS = (
    *("batch code", "batch name", "batch id", "batch no", "cohort", "cohort code", "intake", "programme", "program"),
    *("ব্যাচ", "ব্যাচ কোড"),
)
MISSION_WORDS = (
    *("mission code", "mission name", "mission id", "module", "module code", "course", "course code", "course id"),
    *("section", "section id", "class", "class id", "topic", "track"),
    *("মিশন", "কোর্স", "মডিউল", "সেকশন"),
)
ASSIGNMENT_WORDS = (
    *("assignment code", "assignment id", "task", "task code", "homework", "exercise", "assessment", "assessment id"),
    *("অ্যাসাইনমেন্ট", "এসাইনমেন্ট"),
)
ACCESS_WORDS = ("mission access", "access level", "অ্যাক্সেস")
TITLE_WORDS = ("শিরোনাম",)
STATUS_WORDS = ("state", "student status", "current status", "অবস্থা", "স্ট্যাটাস")
MENTOR_WORDS = ("mentor", "mentor mail", "mentor e-mail", "mentor email address", "tutor", "tutor email", "মেন্টর")
NOTES_WORDS = ("note", "remark", "remarks", "comment", "comments", "মন্তব্য")

EMAIL = Target("email", EMAIL_WORDS, required=True)
STUDENT = Target("email", EMAIL_WORDS, required=True, stand_ins=("student_id",))
STUDENT_ID = Target("student_id", STUDENT_ID_WORDS)
NAME, PHONE = Target("name", NAME_WORDS), Target("phone", PHONE_WORDS)
BATCH = Target("batch", BATCH_WORDS, required=True, choosable=True)
MISSION = Target("mission", MISSION_WORDS, required=True, choosable=True)
ASSIGNMENT = Target("assignment", ASSIGNMENT_WORDS, required=True)

TARGETS: dict[str, tuple[Target, ...]] = {
    "students": (
        EMAIL,
        NAME,
        PHONE,
        STUDENT_ID,
        Target("status", STATUS_WORDS),
        Target("timezone", ("time zone", "tz", "zone", "টাইমজোন")),
        Target("city", ("town", "city/town", "district", "location", "শহর", "জেলা")),
        Target("batch", BATCH_WORDS),
    ),
    "staff": (
        EMAIL,
        Target("name", (*NAME_WORDS, "staff name", "mentor name", "teacher name", "employee name")),
        PHONE,
        Target("roles", ("role", "user role", "designation", "position", "ভূমিকা", "পদবি")),
    ),
    # Without a mission a row is about the batch alone.
    "enrollments": (
        STUDENT,
        STUDENT_ID,
        BATCH,
        Target("mission", MISSION_WORDS, choosable=True),
        Target("access", ACCESS_WORDS),
    ),
    "mentor-assignments": (
        Target(
            "student_email",
            ("email", *EMAIL_WORDS, "student", "student mail"),
            required=True,
            stand_ins=("student_id",),
        ),
        STUDENT_ID,
        BATCH,
        MISSION,
        Target("mentor_email", MENTOR_WORDS, required=True),
    ),
    "missions": (
        BATCH,
        Target("mission", ("code", *MISSION_WORDS), required=True),
        Target("title", ("name", "mission title", "course name", "course title", *TITLE_WORDS)),
        Target("order", ("position", "sequence", "no", "number", "serial", "sl", "ক্রম")),
        Target("status", ("state", "mission status", "অবস্থা")),
        Target("starts_on", ("start", "starts", "start date", "begins", "begin date", "from", "শুরু", "শুরুর তারিখ")),
        Target("ends_on", ("end", "ends", "end date", "finish", "finish date", "to", "until", "শেষ", "শেষের তারিখ")),
    ),
    "assignments": (
        BATCH,
        MISSION,
        Target("assignment", ("code", *ASSIGNMENT_WORDS), required=True),
        Target("title", ("name", "assignment title", "assignment name", *TITLE_WORDS)),
        Target("opens_at", ("opens", "open", "opens on", "available from", "start", "start date")),
        Target("due_at", ("due", "due date", "due on", "deadline", "until", "end", "end date", "শেষ সময়")),
        Target("max_points", ("points", "points possible", "max", "maximum", "max score", "marks", "total marks")),
    ),
    "attendance": (
        STUDENT,
        STUDENT_ID,
        BATCH,
        MISSION,
        Target("date", ("day", "attendance date", "on", "তারিখ"), required=True),
        Target("status", ("state", "attendance", "attendance status", "presence", "উপস্থিতি")),
        Target("reason", (*NOTES_WORDS, "cause", "কারণ")),
    ),
    "meeting-records": (
        STUDENT,
        STUDENT_ID,
        BATCH,
        MISSION,
        Target(
            "meeting", ("meeting start", "starts at", "start", "meeting time", "meeting date", "মিটিং"), required=True
        ),
        Target("status", ("state", "attendance", "attendance status", "presence", "উপস্থিতি")),
        Target("minutes", ("minutes present", "duration", "duration minutes")),
        Target("joined_at", ("joined", "join time", "time joined")),
        Target("reason", (*NOTES_WORDS, "cause", "কারণ")),
    ),
    "submissions": (
        STUDENT,
        STUDENT_ID,
        BATCH,
        MISSION,
        ASSIGNMENT,
        Target(
            "submitted_at",
            ("submitted", "submitted on", "submission time", "submission date", "handed in", "time", "timestamp"),
        ),
        Target("grade", ("score", "mark", "marks", "points", "result", "নম্বর")),
        # No other words: what other systems call a state is not whether staff have verified it here.
        Target("record_state", ()),
    ),
    "extensions": (
        STUDENT,
        STUDENT_ID,
        BATCH,
        MISSION,
        ASSIGNMENT,
        Target("due_at", ("due", "new due date", "due date", "extended to", "extended until", "deadline", "until")),
        Target("reason", (*NOTES_WORDS, "cause", "কারণ")),
    ),
    "calls": (
        # A call has a number, or is told apart by whom it was with: a file of corrections may have numbers alone.
        Target("id", ("call id", "call no"), required=True, stand_ins=("email",)),
        Target("email", EMAIL_WORDS),
        Target("batch", BATCH_WORDS),
        Target("mission", MISSION_WORDS),
        Target("caller_email", ("caller", "caller mail", "called by", "sre", "sre email")),
        Target("started_at", ("started", "start", "called at", "called on", "call time", "time", "date")),
        Target("outcome", ("result", "call outcome", "call result", "ফলাফল")),
        Target("notes", NOTES_WORDS),
    ),
}
