"""Reading mentor assignments: who may guide, who guides whom, and how much that is."""

from collections.abc import Collection, Iterable

from django.contrib.auth.models import Group
from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    Max,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Greatest

from sms.accounts.models import User
from sms.mentoring.models import USUAL_CAPACITY, MentorAssignment
from sms.programme import queries as programme
from sms.programme.choices import BatchStatus, MissionStatus
from sms.programme.models import Mission, MissionEnrollment

# --- Assignments


def open_assignments() -> QuerySet[MentorAssignment]:
    return MentorAssignment.objects.filter(ended_at=None)


def open_pairs() -> set[tuple[int, int]]:
    """(mentor, mission enrollment) of every open assignment: what the grants must equal."""
    return set(open_assignments().values_list("mentor_id", "mission_enrollment_id"))


def last_pairs_of(mission_enrollment_ids: Iterable[int]) -> list[tuple[int, int]]:
    """(mentor, mission enrollment) of the assignments that ended last, several where they ended together, as far as
    the mentors may still guide.
    """
    latest = (
        MentorAssignment.objects.filter(mission_enrollment=OuterRef("mission_enrollment"))
        .order_by("-ended_at")
        .values("ended_at")[:1]
    )
    ended_last = MentorAssignment.objects.filter(
        _able("mentor__"), mission_enrollment__in=list(mission_enrollment_ids), ended_at=Subquery(latest)
    )
    return list(ended_last.values_list("mentor", "mission_enrollment"))


def open_of(mentor: User) -> QuerySet[MentorAssignment]:
    """Whom a mentor guides, whatever the status of the mission; those of running missions first."""
    is_running = Case(When(mission_enrollment__mission__status=MissionStatus.ACTIVE, then=0), default=1)
    return (
        open_assignments()
        .filter(mentor=mentor)
        .select_related("mission_enrollment__enrollment__student", "mission_enrollment__mission__batch")
        .order_by(is_running, "mission_enrollment__enrollment__student__name", "pk")
    )


def past_of(mentor: User) -> QuerySet[MentorAssignment]:
    """What a mentor's work has been, the newest end first."""
    return (
        MentorAssignment.objects.filter(mentor=mentor, ended_at__isnull=False)
        .select_related("mission_enrollment__enrollment__student", "mission_enrollment__mission__batch", "ended_by")
        .order_by("-ended_at", "pk")
    )


def acts(past: QuerySet[MentorAssignment]) -> QuerySet[MentorAssignment]:
    """Past assignments that ended together: `mission`, `batch`, `by`, `students`, with `ended_at` and `reason`."""
    return (
        past.order_by()
        .values("ended_at", "reason", "mission_enrollment__mission")
        .annotate(
            mission=F("mission_enrollment__mission__title"),
            batch=F("mission_enrollment__mission__batch__title"),
            by=F("ended_by__name"),
            students=Count("pk"),
        )
        .order_by("-ended_at", "mission")
    )


def missions_of(assignments: QuerySet[MentorAssignment]) -> list[Mission]:
    """The missions of these assignments in the order of the programme, each with `own_students`."""
    return _missions(dict(_numbers(assignments, "mission_enrollment__mission")))


def mission_numbers(students: QuerySet[MissionEnrollment]) -> list[Mission]:
    """The missions of these students, each with `own_students`."""
    return _missions(dict(_numbers(students, "mission")))


def with_mentors(mission_enrollments: QuerySet[MissionEnrollment]) -> QuerySet[MissionEnrollment]:
    """Loads `open_mentor_assignments`, each with its mentor and `is_able`, in one more query."""
    assignments = open_assignments().annotate(is_able=_is_true(_able("mentor__")))
    return mission_enrollments.prefetch_related(
        Prefetch(
            "mentor_assignments",
            queryset=assignments.select_related("mentor").order_by("started_at", "pk"),
            to_attr="open_mentor_assignments",
        )
    )


# --- Mentors


def mentors() -> QuerySet[User]:
    """People who may guide students and can sign in, by name."""
    return User.objects.filter(_able()).order_by("name", "pk")


def guiding(mission: Mission) -> QuerySet[User]:
    """Mentors of students of the mission, with their load, the fullest first."""
    return with_load(mentors(), of=mission).filter(in_mission__gt=0).order_by("-in_mission", "name", "pk")


def with_load(people: QuerySet[User], *, of: Mission | None = None) -> QuerySet[User]:
    """Annotates `load`, `capacity`, `share` (load in percent of the capacity) and `is_able`.

    With `of`, `in_mission` as well, and the load counts that mission even before it runs: whoever shares it out
    has to see what they have shared out already.
    """
    student = "mentor_assignments__mission_enrollment__"
    open_here = Q(mentor_assignments__ended_at=None) & programme.taking_part(student)
    in_it = Q(**{f"{student}mission": of})
    counts = _runs(student) | in_it if of else _runs(student)
    people = people.annotate(
        load=Count("mentor_assignments", filter=open_here & counts),
        capacity=Coalesce(Max("mentor_capacity__students"), Value(USUAL_CAPACITY)),  # one row, but outside of GROUP BY
        is_able=_is_true(_able()),
    ).annotate(share=Cast("load", FloatField()) * 100 / Greatest("capacity", Value(1)))
    if not of:
        return people
    return people.annotate(in_mission=Count("mentor_assignments", filter=open_here & in_it))


def roster() -> QuerySet[User]:
    """Mentors with their load; also those who still hold students but may guide no longer, until somebody moves them."""
    left_behind = open_assignments().exclude(mentor__in=mentors().order_by().values("pk"))
    people = User.objects.filter(_able() | Q(pk__in=left_behind.values("mentor")))
    return with_load(people).order_by("name", "pk")


def known() -> QuerySet[User]:
    """Everyone who is a mentor or has been one."""
    return with_load(User.objects.filter(_able() | Exists(MentorAssignment.objects.filter(mentor=OuterRef("pk")))))


def reloaded(mentor: User, *, of: Mission) -> User:
    return with_load(User.objects.filter(pk=mentor.pk), of=of).get()


def add_missions(people: Collection[User]) -> None:
    """Gives each person `missions`: their running missions, each with `own_students`."""
    rows = (
        open_assignments()
        .filter(mentor__in=people, mission_enrollment__in=_counted())
        .values_list("mentor", "mission_enrollment__mission")
        .annotate(n=Count("pk"))
        .order_by("mission_enrollment__mission__batch", "mission_enrollment__mission__order")
    )
    titles = dict(Mission.objects.filter(pk__in={mission for _, mission, _ in rows}).values_list("pk", "title"))
    for person in people:
        person.missions = []
    by_key = {person.pk: person for person in people}
    for mentor, mission, number in rows:
        by_key[mentor].missions.append({"pk": mission, "title": titles[mission], "own_students": number})


# --- Students


def mentorless() -> QuerySet[MissionEnrollment]:
    """Students of a running mission with nobody to guide them. A mentor who cannot sign in, or is one no longer,
    guides nobody."""
    return without_mentor(_counted())


def without_mentor(students: QuerySet[MissionEnrollment]) -> QuerySet[MissionEnrollment]:
    guides = open_assignments().filter(mission_enrollment=OuterRef("pk")).filter(_able("mentor__"))
    return students.filter(~Exists(guides))


def students_of(mission: Mission) -> QuerySet[MissionEnrollment]:
    """Who takes part in the mission."""
    return MissionEnrollment.objects.filter(programme.taking_part(), mission=mission)


def seen_in(mission: Mission, user: User | None) -> QuerySet[MissionEnrollment]:
    """Those of them whom the person may see; all of them where nobody asks but the system."""
    seen = programme.visible_to(user) if user else programme.with_people()
    return seen.filter(programme.taking_part(), mission=mission)


def guided_by(mentor: User) -> QuerySet[MissionEnrollment]:
    """Students with an open assignment of the mentor, whatever the mission's status, in the order of the programme."""
    return programme.with_people().filter(pk__in=open_assignments().filter(mentor=mentor).values("mission_enrollment"))


def is_last_mentor(assignment: MentorAssignment) -> bool:
    """Whether the end of this assignment leaves a student of a running mission without a mentor."""
    others = open_assignments().filter(_able("mentor__"), mission_enrollment=assignment.mission_enrollment_id)
    return (
        not others.exclude(pk=assignment.pk).exists()
        and _counted().filter(pk=assignment.mission_enrollment_id).exists()
    )


def mentor_keys(students: QuerySet[MissionEnrollment]) -> dict[int, set[int]]:
    """The keys of the mentors of each of these students who has any."""
    found: dict[int, set[int]] = {}
    rows = open_assignments().filter(mission_enrollment__in=students.order_by().values("pk"))
    for mission_enrollment, mentor in rows.values_list("mission_enrollment", "mentor"):
        found.setdefault(mission_enrollment, set()).add(mentor)
    return found


# --- Parts


def _counted() -> QuerySet[MissionEnrollment]:
    """Those who take part in a running mission."""
    return MissionEnrollment.objects.filter(programme.taking_part(), _runs())


def _runs(prefix: str = "") -> Q:
    """Holds for mission enrollments whose mission runs."""
    return Q(
        **{
            f"{prefix}mission__status": MissionStatus.ACTIVE,
            f"{prefix}mission__batch__status": BatchStatus.ACTIVE,
        }
    )


def _numbers(rows: QuerySet, field: str) -> QuerySet:
    return rows.order_by().values_list(field).annotate(n=Count("pk"))


def _missions(numbers: dict[int, int]) -> list[Mission]:
    missions = list(Mission.objects.filter(pk__in=numbers).select_related("batch").order_by("batch", "order", "pk"))
    for mission in missions:
        mission.own_students = numbers[mission.pk]
    return missions


def _able(prefix: str = "") -> Q:
    """Holds for people who may sign in and hold the permission to guide students."""
    holders = Group.objects.filter(
        permissions__codename="view_own_students", permissions__content_type__app_label="mentoring"
    )
    return Q(**{f"{prefix}is_active": True, f"{prefix}pk__in": holders.values("user")})


def _is_true(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField())
