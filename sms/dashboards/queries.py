"""Numbers for the home pages."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Case, Count, Q, QuerySet, When
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sms.accounts.models import User
from sms.assignments.models import Assignment
from sms.assignments.queries import next_deadlines
from sms.attendance.choices import ATTENDED, DayKind, DayStatus
from sms.attendance.models import DailyRecord
from sms.attendance.queries import Today, strips, summary_of, todays
from sms.authorization.queries import waiting_students
from sms.core import clock
from sms.mentoring.queries import mentorless, with_mentors
from sms.points.queries import Standing, gained_in_a_week, standing_of, with_points
from sms.programme import queries as programme
from sms.programme.choices import Access, MissionStatus
from sms.programme.models import Mission, MissionEnrollment
from sms.risk import queries as risk


@dataclass(frozen=True)
class MissionCard:
    """A student's present day in one active mission, with the numbers beside it."""

    student: MissionEnrollment
    today: Today
    strip: list
    summary: object
    gained: int
    standing: Standing | None


def mission_cards(user: User) -> list[MissionCard]:
    """One card for each active mission that the student takes part in, most with a single one."""
    running = programme.own(user).filter(mission__status=MissionStatus.ACTIVE, mission__batch__status="active")
    students = list(
        with_mentors(
            with_points(
                running.select_related("mission__attendance_policy", "mission__guidelines", "mission__rank_bands")
            )
        )
    )
    by_student = strips(students)
    return [
        MissionCard(
            today.mission_enrollment,
            today,
            by_student[today.mission_enrollment.pk],
            summary_of(today.mission_enrollment),
            gained_in_a_week(today.mission_enrollment),
            standing_of(today.mission_enrollment, today.mission_enrollment.points),
        )
        for today in todays(students)
    ]


VOLUNTARY_DAYS = timedelta(days=14)


def voluntary_days(user: User) -> list[Today]:
    """Today in missions that are about to begin (orientation) or are just over (revision), as far as it can be marked
    or is marked. Nobody is absent on such a day.
    """
    today = clock.today(user.zone)
    nearby = Q(mission__status=MissionStatus.UPCOMING, mission__starts_on__lte=today + VOLUNTARY_DAYS) | Q(
        mission__status=MissionStatus.COMPLETED, mission__ends_on__gte=today - VOLUNTARY_DAYS
    )
    students = (
        programme.own(user)
        .filter(nearby, access=Access.FULL, mission__batch__status="active")
        .select_related("mission__attendance_policy")
    )
    return [today for today in todays(students) if today.can_submit or today.attended]


def deadlines(cards: list[MissionCard]) -> QuerySet:
    return next_deadlines([card.student for card in cards])


def students_list(user: User) -> QuerySet[MissionEnrollment]:
    """The students of running batches whom the person may see, with points and facts."""
    return risk.with_facts(with_points(programme.visible_to(user).filter(programme.here_now())))


def running_first(students: QuerySet[MissionEnrollment]) -> QuerySet[MissionEnrollment]:
    """Running missions before the others, then by name."""
    is_running = Case(When(mission__status=MissionStatus.ACTIVE, then=0), default=1)
    return students.order_by(is_running, "enrollment__student__name", "pk")


def spell_title(student: MissionEnrollment) -> str:
    """The mission, and for a spell that is over until when: two spells in one mission stand side by side."""
    if student.left_on is None:
        return student.mission.title
    return _("%(mission)s, until %(day)s") % {"mission": student.mission, "day": date_format(student.left_on, "j M")}


def mission_counts(students: QuerySet[MissionEnrollment]) -> list[Mission]:
    """The missions of these students in the order of the programme, each with `own_students`."""
    counts = dict(students.order_by().values_list("mission").annotate(own_students=Count("pk")))
    missions = list(Mission.objects.filter(pk__in=counts).order_by("batch", "order", "pk"))
    for mission in missions:
        mission.own_students = counts[mission.pk]
    return missions


def label_counts(user: User) -> dict[str, int]:
    """How many students of running missions carry each label."""
    return risk.numbers(risk.visible_to(user).values_list("label", flat=True))


def attendance_today(mission: Mission) -> dict[str, int]:
    """How many attended today, of how many who take part."""
    on = clock.today(mission.batch.zone)
    counts = DailyRecord.objects.filter(mission_enrollment__mission=mission, on=on).aggregate(
        present=Count("pk", filter=Q(status=DayStatus.PRESENT)), late=Count("pk", filter=Q(status=DayStatus.LATE))
    )
    return {**counts, "attended": counts["present"] + counts["late"]}


@dataclass(frozen=True)
class MissionFigures:
    """Participation and progress of a mission: who takes part, and how far it has come."""

    access: dict[str, int]
    left: int
    attendance_percent: int | None
    days: int
    days_passed: int
    assignments: int
    assignments_due: int

    @property
    def access_rows(self) -> list[dict[str, object]]:
        tones = {Access.FULL: "good", Access.RESTRICTED: "warn", Access.REVOKED: "bad"}
        return [
            {"label": access.label.capitalize(), "value": self.access[access], "tone": tones[access]}
            for access in Access
        ]


def mission_figures(mission: Mission, assignments: Iterable[Assignment]) -> MissionFigures:
    spells = mission.mission_enrollments.aggregate(
        **{access: Count("pk", filter=programme.here_now() & Q(access=access)) for access in Access.values},
        left=Count("pk", filter=~programme.here_now()),
    )
    recorded = DailyRecord.objects.filter(mission_enrollment__mission=mission, kind=DayKind.REGULAR).aggregate(
        asked=Count("pk", filter=~Q(status=DayStatus.EXCUSED)), attended=Count("pk", filter=Q(status__in=ATTENDED))
    )
    days = (mission.ends_on - mission.starts_on).days + 1
    passed = (clock.today(mission.batch.zone) - mission.starts_on).days
    due = [assignment.due_at <= clock.now() for assignment in assignments]
    return MissionFigures(
        access={access: spells[access] for access in Access.values},
        left=spells["left"],
        attendance_percent=round(100 * recorded["attended"] / recorded["asked"]) if recorded["asked"] else None,
        days=days,
        days_passed=min(max(passed, 0), days),
        assignments=len(due),
        assignments_due=sum(due),
    )


@dataclass(frozen=True)
class ManagerNumbers:
    students: int
    mentorless: int
    waiting: int
    missions: list[Mission]


def manager_numbers() -> ManagerNumbers:
    """What a manager looks at first: how many, who lacks a mentor, who waits, and each running mission."""
    missions = list(
        programme.running_missions()
        .filter(status=MissionStatus.ACTIVE)
        .annotate(student_count=Count("mission_enrollments", filter=programme.here_now("mission_enrollments__")))
        .order_by("batch", "order")
    )
    attended = _attended_today(missions)
    for mission in missions:
        mission.attended_today = attended[mission.pk]
    return ManagerNumbers(
        students=MissionEnrollment.objects.filter(programme.taking_part(), mission__in=missions)
        .values("enrollment__student")
        .distinct()
        .count(),
        mentorless=mentorless().count(),
        waiting=waiting_students().count(),
        missions=missions,
    )


def _attended_today(missions: list[Mission]) -> Counter:
    todays_of = {mission.pk: clock.today(mission.batch.zone) for mission in missions}
    rows = (
        DailyRecord.objects.filter(
            mission_enrollment__mission__in=missions, on__in=set(todays_of.values()), status__in=ATTENDED
        )
        .values_list("mission_enrollment__mission", "on")
        .annotate(n=Count("pk"))
    )
    return Counter({mission: n for mission, on, n in rows if on == todays_of[mission]})
