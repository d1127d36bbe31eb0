"""Reading the programme. `visible_to` decides for the whole site which students a person sees."""

from collections.abc import Collection

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from sms.accounts.models import User
from sms.authorization import grants
from sms.programme.choices import BATCH_MOVES, MISSION_MOVES, BatchStatus, MissionStatus
from sms.programme.models import Batch, Enrollment, Mission, MissionEnrollment


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
