"""Reading mentor assignments."""

from django.db.models import Prefetch, QuerySet

from sms.accounts.models import User
from sms.mentoring.models import MentorAssignment
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
    return User.objects.filter(groups__permissions__codename="view_own_students", is_active=True).distinct().order_by("name")


def mentorless() -> QuerySet[MissionEnrollment]:
    """Students in a mission with nobody to guide them."""
    return MissionEnrollment.objects.filter(enrollment__ended_on=None).exclude(
        mentor_assignments__in=open_assignments()
    )
