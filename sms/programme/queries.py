"""Reading the programme. `visible_to` decides for the whole site which students a person sees."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from sms.accounts.choices import StudentStatus
from sms.accounts.models import User
from sms.audit import queries as audit
from sms.audit.models import Event
from sms.authorization import grants
from sms.core.fields import clean_email
from sms.programme.choices import BATCH_MOVES, MISSION_MOVES, BatchStatus, MissionStatus
from sms.programme.leaving import LEFT
from sms.programme.models import (
    AccessChange,
    Batch,
    Enrollment,
    EnrollmentTemplate,
    EnrollmentTemplateItem,
    Guidelines,
    Mission,
    MissionEnrollment,
)

ADDRESSES = re.compile(r"[^\s,;<>\"'()]+@[^\s,;<>\"'()]+")


def visible_to(user: User) -> QuerySet[MissionEnrollment]:
    """The mission enrollments that a person may see, with student, mission and batch loaded.

    Staff with programme.view_all_students see all; a mentor those granted to them; a student their
    own. Someone with several roles sees what each of them shows. Everything else that belongs to a
    student is found through this queryset, so what lies outside it answers 404.
    """
    everyone = with_people()
    if user.has_perm("programme.view_all_students"):
        return everyone
    own = Q(enrollment__student=user) if user.has_perm("attendance.submit_own_record") else None
    if not user.has_perm("mentoring.view_own_students"):
        return everyone.filter(own) if own else everyone.none()
    granted = grants.granted_to(user, everyone)
    return everyone.filter(Q(pk__in=granted.values("pk")) | own) if own else granted


def students_visible_to(user: User) -> QuerySet[User]:
    """The students whom a person may see, each once, also those who are in no batch: staff all, a mentor their own."""
    taking_part_once = Exists(Enrollment.objects.filter(student=OuterRef("pk")))
    students = User.objects.filter(Q(student_profile__isnull=False) | taking_part_once).select_related(
        "student_profile"
    )
    if user.has_perm("programme.view_all_students"):
        return students
    return _guided_by(user, students)


def students_revealable_by(user: User) -> QuerySet[User]:
    """Those of them whose contacts the person may reveal: all with accounts.reveal_contacts, a mentor their own."""
    students = students_visible_to(user)
    return students if user.has_perm("accounts.reveal_contacts") else _guided_by(user, students)


def student_search(user: User, prefix: str = "") -> tuple[str, ...]:
    """The fields in which a person searches students; `prefix` leads to the student, such as "enrollment__student__".

    Whoever may not reveal a contact must not find it out by guessing either.
    """
    fields = ("name", "student_profile__student_id")
    if user.has_perm("accounts.reveal_contacts"):
        fields = (*fields, "email")
    return tuple(f"{prefix}{field}" for field in fields)


def assigned_to(user: User) -> QuerySet[MissionEnrollment]:
    """The students granted to a mentor, and not what another role of theirs may show them besides."""
    return grants.granted_to(user, with_people())


def with_people() -> QuerySet[MissionEnrollment]:
    """Mission enrollments with student, mission and batch loaded, not narrowed to anyone's sight."""
    return MissionEnrollment.objects.select_related("enrollment__student", "mission__batch")


def own(user: User) -> QuerySet[MissionEnrollment]:
    """A student's own missions, those that they have not left, in the order of the programme."""
    return (
        visible_to(user)
        .filter(here_now(), enrollment__student=user)
        .exclude(access="revoked")
        .order_by("-mission__batch__starts_on", "mission__order")
    )


def here_now(prefix: str = "") -> Q:
    """Holds for mission enrollments that are open. `prefix` leads to them, such as "mission_enrollments__".

    An enrollment in a batch cannot end before those in its missions do, so theirs is not asked for.
    """
    return Q(**{f"{prefix}left_on": None})


def taking_part(prefix: str = "") -> Q:
    """Holds for mission enrollments that are open, with access, and whose student may sign in."""
    return (
        here_now(prefix) & Q(**{f"{prefix}enrollment__student__is_active": True}) & ~Q(**{f"{prefix}access": "revoked"})
    )


def daily(to_batch: str = "mission__batch__") -> Q:
    """Holds for what belongs to no archived batch: archiving hides a batch from daily work, and from nothing else."""
    return ~Q(**{f"{to_batch}status": BatchStatus.ARCHIVED})


def batches() -> QuerySet[Batch]:
    """Batches with their numbers: missions, and students who are in it now."""
    return Batch.objects.annotate(
        mission_count=Count("missions", distinct=True),
        student_count=Count("enrollments", filter=Q(enrollments__ended_on=None), distinct=True),
    ).order_by("-starts_on", "code")


def batches_to_join() -> QuerySet[Batch]:
    """Batches that take students: those that are being prepared or run."""
    return Batch.objects.filter(status__in=(BatchStatus.DRAFT, BatchStatus.ACTIVE))


def batch_of_code(code: str) -> Batch:
    return batches_to_join().get(code=code)


def missions() -> QuerySet[Mission]:
    """Missions with the number of students who are in them now."""
    return (
        Mission.objects.select_related("batch")
        .annotate(student_count=Count("mission_enrollments", filter=here_now("mission_enrollments__")))
        .order_by("-batch__starts_on", "batch", "order", "pk")
    )


def guidelines_of(mission: Mission) -> Guidelines:
    """The mission's guidelines, or unsaved ones without a word."""
    return Guidelines.objects.filter(mission=mission).first() or Guidelines(mission=mission)


def running_missions() -> QuerySet[Mission]:
    """Missions whose attendance counts today: not archived, in an active batch."""
    return (
        Mission.objects.select_related("batch")
        .filter(batch__status=BatchStatus.ACTIVE)
        .exclude(status=MissionStatus.ARCHIVED)
    )


def _guided_by(user: User, students: QuerySet[User]) -> QuerySet[User]:
    if not user.has_perm("mentoring.view_own_students"):
        return students.none()
    return students.filter(pk__in=assigned_to(user).order_by().values("enrollment__student"))


def open_missions(batch: Batch) -> QuerySet[Mission]:
    """Missions of the batch that a student can still join."""
    return batch.missions.exclude(status=MissionStatus.ARCHIVED).order_by("order", "pk")


def enrollment_templates(batch: Batch) -> QuerySet[EnrollmentTemplate]:
    """With their missions, in two queries."""
    items = EnrollmentTemplateItem.objects.select_related("mission")
    return batch.enrollment_templates.prefetch_related(models.Prefetch("items", queryset=items))


def enrollments_visible_to(user: User) -> QuerySet[Enrollment]:
    """Enrollments in batches, present and past: staff's alone."""
    everyone = Enrollment.objects.select_related("student", "batch")
    return everyone if user.has_perm("programme.view_all_students") else everyone.none()


def enrollments_in(user: User, batch: Batch) -> QuerySet[Enrollment]:
    """Those of a batch, with the number of missions that each student is in now."""
    return (
        enrollments_visible_to(user)
        .filter(batch=batch)
        .select_related("student__student_profile")
        .annotate(mission_count=Count("mission_enrollments", filter=here_now("mission_enrollments__")))
        .order_by("student__name", "pk")
    )


@dataclass
class MissionRow:
    """A mission of a batch as one student goes through it: the open spell, if any, and those that are over."""

    mission: Mission
    open: MissionEnrollment | None = None
    over: list[MissionEnrollment] = field(default_factory=list)


def missions_of(enrollment: Enrollment) -> list[MissionRow]:
    """The missions that the student is or was in, and those that they could join, in the order of the batch."""
    rows = {mission.pk: MissionRow(mission) for mission in open_missions(enrollment.batch)}
    for spell in enrollment.mission_enrollments.select_related("mission").order_by("joined_on", "pk"):
        row = rows.setdefault(spell.mission_id, MissionRow(spell.mission))
        if spell.left_on is None:
            row.open = spell
        else:
            row.over.append(spell)
    return sorted(rows.values(), key=lambda row: (row.mission.order, row.mission.pk))


def spells_of(student: MissionEnrollment) -> QuerySet[MissionEnrollment]:
    """All spells of the student in this mission, the latest first."""
    return MissionEnrollment.objects.filter(
        mission=student.mission_id, enrollment__student=student.enrollment.student_id
    ).order_by("-joined_on", "-pk")


def leaving_of(student: MissionEnrollment) -> Event | None:
    """Who ended the spell, when and why; None while it is open."""
    return audit.about(student).filter(verb=LEFT).first() if student.left_on else None


def access_history(student: MissionEnrollment) -> QuerySet[AccessChange]:
    """How the student came to the present access, the latest change first."""
    return student.access_changes.select_related("changed_by")


def active_students() -> QuerySet[User]:
    """Students who are approved and may sign in: whoever can be enrolled."""
    active = User.objects.filter(student_profile__status=StudentStatus.ACTIVE, is_active=True)
    return active.select_related("student_profile")


@dataclass(frozen=True)
class Found:
    """Students to choose from: those chosen already, those found, and addresses that nobody has."""

    chosen: list[User]
    others: list[User]
    unknown: list[str]
    is_cut: bool


FOUND_AT_MOST = 20


def students_to_enroll(batch: Batch, text: str, chosen: Collection[str]) -> Found:
    """Looks for students by words of their name or number, or by whole addresses, several at once.

    Whoever is found by their address counts as chosen. A part of an address finds nobody: contacts are not to be
    guessed letter by letter. Each student carries `is_in_batch`.
    """
    addresses = [clean_email(word) for word in ADDRESSES.findall(text)]
    wanted = Q(pk__in=[int(pk) for pk in chosen if pk.isdecimal() and len(pk) < 19]) | Q(email__in=addresses)
    ticked = list(active_students().filter(wanted).order_by("name", "pk"))
    others = [] if addresses else _found(text, ticked)
    here = set(
        Enrollment.objects.filter(batch=batch, ended_on=None, student__in=[*ticked, *others]).values_list(
            "student", flat=True
        )
    )
    for student in [*ticked, *others]:
        student.is_in_batch = student.pk in here
    known = {student.email for student in ticked}
    return Found(
        ticked,
        others[:FOUND_AT_MOST],
        [address for address in dict.fromkeys(addresses) if address not in known],
        len(others) > FOUND_AT_MOST,
    )


def _found(text: str, ticked: list[User]) -> list[User]:
    words = text.replace("\0", "").split()
    if not words:
        return []
    students = active_students().exclude(pk__in=[student.pk for student in ticked])
    for word in words:
        # Not by parts of an address: whoever may not reveal one must not find it out by guessing.
        students = students.filter(Q(name__icontains=word) | Q(student_profile__student_id__icontains=word))
    return list(students.order_by("name", "pk")[: FOUND_AT_MOST + 1])


def enrollments_of(student: User) -> QuerySet[Enrollment]:
    return Enrollment.objects.filter(student=student).select_related("batch").order_by("-started_on")


def next_statuses(subject: Batch | Mission) -> list[tuple[str, str]]:
    """(value, label) of each status that may follow the present one."""
    states, moves = (BatchStatus, BATCH_MOVES) if isinstance(subject, Batch) else (MissionStatus, MISSION_MOVES)
    return [(state.value, str(state.label)) for state in states if state in moves[subject.status]]


def enrollments_in_use(pks: Collection[int]) -> set[int]:
    """Those of the enrollments that something refers to which would be lost with them."""
    return _in_use(Enrollment, pks)


def mission_enrollments_in_use(pks: Collection[int]) -> set[int]:
    """Those of the mission enrollments that something refers to which would be lost with them."""
    return _in_use(MissionEnrollment, pks)


def missions_in_use(pks: Collection[int]) -> set[int]:
    """Those of the missions in which somebody takes part or work is set."""
    return _in_use(Mission, pks)


def _in_use(model: type[models.Model], pks: Collection[int]) -> set[int]:
    """One query for each model that refers to `model`.

    The foreign key itself says what is a use: what would be deleted along (CASCADE: history of access, grants,
    requests for recalculation) is a part of the row; whatever refuses that, be it over or open, is work of somebody.
    """
    used: set[int] = set()
    for relation in model._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and (relation.one_to_many or relation.one_to_one)):
            continue
        if relation.related_model._meta.managed and relation.on_delete is not models.CASCADE:
            referring = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": pks})
            used.update(referring.order_by().values_list(relation.field.attname, flat=True).distinct())
    return used
