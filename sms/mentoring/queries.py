"""Reading mentor assignments."""

from django.contrib.auth.models import Group
from django.db.models import Count, Prefetch, Q, QuerySet

from sms.accounts.models import User
from sms.mentoring.models import MentorAssignment
from sms.programme import queries as programme
from sms.programme.choices import BatchStatus, MissionStatus
from sms.programme.models import MissionEnrollment


def open_assignments() -> QuerySet[MentorAssignment]:
    return MentorAssignment.objects.filter(ended_at=None)


def open_pairs() -> set[tuple[int, int]]:
    """(mentor, mission enrollment) of every open assignment: what the grants must equal."""
    return set(open_assignments().values_list("mentor_id", "mission_enrollment_id"))


def with_mentors(mission_enrollments: QuerySet[MissionEnrollment]) -> QuerySet[MissionEnrollment]:
    """Loads `open_mentor_assignments`, each with its mentor, in one more query."""
    return mission_enrollments.prefetch_related(
        Prefetch(
            "mentor_assignments",
            queryset=open_assignments().select_related("mentor").order_by("started_at", "pk"),
            to_attr="open_mentor_assignments",
        )
    )


def mentors() -> QuerySet[User]:
    """People who may guide students, by name."""
    holders = Group.objects.filter(permissions__codename="view_own_students")
    return User.objects.filter(pk__in=holders.values("user"), is_active=True).order_by("name", "pk")


def mentorless() -> QuerySet[MissionEnrollment]:
    """Students of a running mission with nobody to guide them."""
    guided = open_assignments().values("mission_enrollment")
    return MissionEnrollment.objects.filter(
        programme.here_now(), mission__status=MissionStatus.ACTIVE, mission__batch__status=BatchStatus.ACTIVE
    ).exclude(pk__in=guided)


def roster() -> QuerySet[User]:
    """Mentors with the number of students that each guides in running missions."""
    running = Q(
        programme.here_now("mentor_assignments__mission_enrollment__"),
        programme.daily("mentor_assignments__mission_enrollment__mission__batch__"),
        mentor_assignments__ended_at=None,
        mentor_assignments__mission_enrollment__mission__status=MissionStatus.ACTIVE,
    )
    return mentors().annotate(student_count=Count("mentor_assignments", filter=running, distinct=True))
