"""Reading excuses."""

from django.db.models import QuerySet

from sms.accounts.models import User
from sms.attendance.choices import ExcuseState
from sms.attendance.models import ExcuseRequest
from sms.programme import queries as programme
from sms.programme.models import MissionEnrollment


def excuses_visible_to(user: User) -> QuerySet[ExcuseRequest]:
    """Requests of the students whom the person may see, those that wait the longest first."""
    return (
        ExcuseRequest.objects.filter(mission_enrollment__in=programme.visible_to(user).values("pk"))
        .select_related("mission_enrollment__enrollment__student", "mission_enrollment__mission__batch", "decided_by")
        .order_by("asked_at", "pk")
    )


def excuses_to_decide(user: User) -> QuerySet[ExcuseRequest]:
    """Those that wait for an answer; nobody answers their own."""
    return (
        excuses_visible_to(user).filter(state=ExcuseState.PENDING).exclude(mission_enrollment__enrollment__student=user)
    )


def excuses_of(mission_enrollment: MissionEnrollment) -> QuerySet[ExcuseRequest]:
    """One student's requests in a mission, newest first."""
    return mission_enrollment.excuses.select_related("decided_by").order_by("-asked_at", "-pk")
