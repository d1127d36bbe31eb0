"""Reading submission lists: what one would do, what one did, and what is still to be pasted."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sms.accounts.models import User
from sms.assignments.choices import Effect, Likeness, ListState, Resolution, SubmissionState
from sms.assignments.lateness import judge
from sms.assignments.models import Assignment, Evidence, Extension, Submission, SubmissionList, SubmissionListLine
from sms.assignments.queries.grading import last_graded
from sms.assignments.records import NAMES, Record, plain, record_of, taken_back
from sms.assignments.resolving import Enrolled, Line, Resolved, World, resolve
from sms.core import bulk, clock
from sms.core.sentences import listed
from sms.programme import queries as programme
from sms.programme.choices import BatchStatus, MissionStatus
from sms.programme.models import Mission, MissionEnrollment

ENROLLED = (
    "pk",
    "enrollment__student__name",
    "enrollment__student__email",
    "enrollment__student__student_profile__student_id",
    "access",
    "enrollment__student__is_active",
)


def lists_visible_to(user: User) -> QuerySet[SubmissionList]:
    """Lists name students of every mission, so they are for staff who record submissions and may see all students."""
    lists = SubmissionList.objects.select_related("assignment__mission__batch", "pasted_by", "applied_by", "undone_by")
    return lists if may_list(user) else lists.none()


def may_list(user: User) -> bool:
    return user.has_perm("assignments.record_submissions") and user.has_perm("programme.view_all_students")


def assignments_to_list(user: User, asked: str = "") -> QuerySet[Assignment]:
    """Assignments that a list can be pasted for, the latest first: those that have opened, in batches that are not
    archived; and the one that was asked for by its key.
    """
    if not may_list(user):
        return Assignment.objects.none()
    wanted = Q(pk=int(asked)) if asked.isdecimal() and len(asked) < 19 else Q()
    open_now = programme.daily() & ~Q(mission__status=MissionStatus.ARCHIVED) & Q(opens_at__lte=clock.now())
    return (
        Assignment.objects.select_related("mission__batch")
        .filter(open_now | wanted if wanted else open_now)
        .order_by("-due_at", "-pk")
    )


def due_lately(assignment: Assignment) -> bool:
    """Due today or yesterday, as the batch counts days: what the list of the day is about."""
    zone = assignment.mission.batch.zone
    return 0 <= (clock.today(zone) - assignment.due_at.astimezone(zone).date()).days <= 1


def lists_to_paste() -> list[Assignment]:
    """What was due today or yesterday in running missions and has no list yet."""
    now = clock.now()
    applied = SubmissionList.objects.filter(assignment=OuterRef("pk"), state=ListState.APPLIED)
    candidates = Assignment.objects.select_related("mission__batch").filter(
        ~Exists(applied),
        mission__status=MissionStatus.ACTIVE,
        mission__batch__status=BatchStatus.ACTIVE,
        opens_at__lte=now,
        due_at__range=(now - timedelta(days=2), now + timedelta(days=1)),
    )
    return [assignment for assignment in candidates if due_lately(assignment)]


# --- What a draft would do


def resolution_of(submission_list: SubmissionList, lines: Iterable[SubmissionListLine] | None = None) -> Resolved:
    """What the list would do now; some queries, however long it is. `lines` are given where none are stored yet."""
    assignment = submission_list.assignment
    records = records_of(assignment)
    return resolve(
        submission_list.lines.defer("before", "after").order_by("number") if lines is None else lines,
        World(
            students=enrolled_in(assignment.mission),
            records=records,
            listed=_listed(assignment, records) if submission_list.is_complete else {},
            graded=last_graded(assignment).keys() if submission_list.is_complete else (),
        ),
        as_of=submission_list.as_of,
        now=clock.now(),
        is_complete=submission_list.is_complete,
    )


def enrolled_in(mission: Mission) -> list[Enrolled]:
    """Everyone who is in the mission now, by name."""
    spells = MissionEnrollment.objects.filter(programme.here_now(), mission=mission)
    return _enrolled(spells.order_by("enrollment__student__name", "pk"))


def records_of(assignment: Assignment) -> dict[int, Record]:
    """The submissions of an assignment by mission enrollment."""
    rows = Submission.objects.filter(assignment=assignment).order_by().values_list("mission_enrollment", *NAMES)
    return {key: record_of(values) for key, *values in rows}


def claims_of(assignment: Assignment) -> dict[int, Record]:
    """By mission enrollment, what the latest version that a student handed in themself says of a record."""
    latest = (
        Evidence.objects.filter(assignment=assignment)
        .order_by("mission_enrollment", "-pk")
        .distinct("mission_enrollment")
        .values_list("mission_enrollment", "handed_in_at", "mission_enrollment__enrollment__student")
    )
    return {
        key: {
            "state": SubmissionState.CLAIMED.value,
            "submitted_at": plain(at),
            "recorded_by_id": student,
            "recorded_at": plain(at),
        }
        for key, at, student in latest
    }


def _listed(assignment: Assignment, records: dict[int, Record]) -> dict[int, Record | None]:
    """What stands there without the lists, of submissions that are as a list left them."""
    claims = claims_of(assignment)
    rows = SubmissionListLine.objects.filter(
        list__assignment=assignment, list__state=ListState.APPLIED, effect__in=(Effect.RECORDED, Effect.VERIFIED)
    )
    return {
        key: taken_back(before, claims.get(key))
        for key, before, after in rows.order_by("list__applied_at", "pk").values_list(
            "mission_enrollment", "before", "after"
        )
        if records.get(key) == after
    }


def _enrolled(spells: QuerySet[MissionEnrollment]) -> list[Enrolled]:
    return [
        Enrolled(key, name, address, number or "", access, is_active)
        for key, name, address, number, access, is_active in spells.values_list(*ENROLLED)
    ]


# --- What a list did


def changed_since(submission_list: SubmissionList) -> tuple[list[SubmissionListLine], list[SubmissionListLine]]:
    """The lines of an applied list that changed something: those that an undo takes back, and those whose submission
    was changed or graded since, which it leaves. A grade that is held shows in no record.
    """
    records, graded = records_of(submission_list.assignment), last_graded(submission_list.assignment)
    lines = submission_list.lines.exclude(effect=Effect.NONE).select_related("mission_enrollment__enrollment__student")
    undoable, edited = [], []
    for line in lines.order_by("number"):
        key = line.mission_enrollment_id
        is_graded_since = key in graded and (line.before is None or graded[key] >= submission_list.applied_at)
        (undoable if records.get(key) == line.after and not is_graded_since else edited).append(line)
    return undoable, edited


def stored_lines(submission_list: SubmissionList, **group: str) -> QuerySet[SubmissionListLine]:
    """The lines of a list that is no draft any more, as they were then; `group` is a resolution or an effect."""
    return submission_list.lines.filter(**group).order_by("number")


def as_confirmed(lines: Sequence[SubmissionListLine]) -> list[Line]:
    """Stored lines with whom they mean, in one query for all of them."""
    keys = {key for line in lines for key in (line.mission_enrollment_id, line.proposal_id) if key}
    people = {student.key: student for student in _enrolled(MissionEnrollment.objects.filter(pk__in=bulk.among(keys)))}
    return [
        Line(
            line,
            Resolution(line.resolution),
            student=people.get(line.mission_enrollment_id),
            proposal=people.get(line.proposal_id),
            effect=Effect(line.effect),
            before=line.before,
            after=line.after,
        )
        for line in lines
    ]


# --- Words


def explain(lines: Sequence[Line], mission: Mission) -> None:
    """Puts into words why lines are what they are. For a page of them: the places of those who are not enrolled are
    looked up, in two queries.
    """
    strangers = [line for line in lines if line.resolution == Resolution.NOT_ENROLLED]
    places = _places_of(strangers, mission) if strangers else {}
    for line in lines:
        if line.resolution == Resolution.NOT_ENROLLED:
            line.note = places.get(_key(line), _("Nobody here has it."))
        elif line.resolution == Resolution.RESTRICTED and line.student:
            line.note = _why_restricted(line.student)
        elif line.resolution == Resolution.TYPO and line.likeness:
            line.note = str(Likeness(line.likeness).label)


def judge_lines(lines: Sequence[Line], assignment: Assignment) -> None:
    """Says of lines with a time whether that was in time for their student. For a page of them, in one query."""
    timed = [line for line in lines if line.student and line.handed_in_at]
    more_time = Extension.objects.filter(
        assignment=assignment, mission_enrollment__in=[line.student.key for line in timed], revoked_at=None
    )
    by_student = {extension.mission_enrollment_id: extension for extension in more_time} if timed else {}
    for line in timed:
        line.timeliness = judge(assignment, by_student.get(line.student.key), line.handed_in_at).timeliness


def _why_restricted(student: Enrolled) -> str:
    if not student.is_active:
        return _("May not sign in.")
    return {
        "restricted": _("The access to this mission is restricted."),
        "revoked": _("The access to this mission is revoked."),
    }.get(student.access, _("The access was restricted then."))


def _key(line: Line) -> str:
    return line.pasted.address or line.pasted.student_number.casefold()


def _places_of(lines: Sequence[Line], mission: Mission) -> dict[str, str]:
    """Address or number → where that person is, of those whom the site knows."""
    known = User.objects.filter(
        Q(email__in=[line.pasted.address for line in lines if line.pasted.address])
        | Q(
            student_profile__student_id__in=[line.pasted.student_number for line in lines if line.pasted.student_number]
        )
    ).select_related("student_profile")
    people = {person.pk: person for person in known}
    spells: dict[int, list[MissionEnrollment]] = {key: [] for key in people}
    for spell in programme.with_people().filter(enrollment__student__in=people).order_by("-joined_on", "-pk"):
        spells[spell.enrollment.student_id].append(spell)
    found = {}
    for key, person in people.items():
        sentence = _place(person, spells[key], mission)
        found[person.email] = sentence
        if number := getattr(getattr(person, "student_profile", None), "student_id", None):
            found[number.casefold()] = sentence
    return found


def _place(person: User, spells: Sequence[MissionEnrollment], mission: Mission) -> str:
    left = next((spell for spell in spells if spell.mission_id == mission.pk and spell.left_on), None)
    if left:
        return _("%(name)s left this mission on %(day)s.") % {
            "name": person.name,
            "day": date_format(left.left_on, "j M Y"),
        }
    places = [f"{spell.mission} ({spell.mission.batch})" for spell in spells if spell.left_on is None]
    if places:
        return _("%(name)s is in %(places)s.") % {"name": person.name, "places": listed(places)}
    return _("%(name)s is in no mission now.") % {"name": person.name}
