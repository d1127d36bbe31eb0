"""Reading assignments."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from sms.accounts.models import User
from sms.assignments.models import Assignment
from sms.core import clock
from sms.programme import queries as programme
from sms.programme.choices import MissionStatus
from sms.programme.models import MissionEnrollment


def visible_to(user: User) -> QuerySet[Assignment]:
    """All for staff; for a student those of their own missions that have opened or will."""
    assignments = Assignment.objects.select_related("mission__batch")
    if user.has_perm("assignments.view_all_assignments"):
        return assignments
    return assignments.filter(
        Q(mission__in=programme.own(user).order_by().values("mission")),
        mission__status__in=(MissionStatus.ACTIVE, MissionStatus.COMPLETED),
    )


def next_deadlines(mission_enrollments: Iterable[MissionEnrollment], limit: int = 4) -> QuerySet[Assignment]:
    """What is due soonest in these missions, from now on."""
    missions = [m.mission_id for m in mission_enrollments]
    return Assignment.objects.filter(mission__in=missions, due_at__gt=clock.now()).select_related("mission__batch")[
        :limit
    ]
