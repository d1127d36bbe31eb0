"""Reading the call list, calls and follow-ups."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from sms.accounts.models import User
from sms.core import clock
from sms.outreach.choices import EntryState
from sms.outreach.models import Call, CallEntry, FollowUp
from sms.programme import queries as programme

# Who has left the mission, or whose batch is archived, is not called.
IN_DAILY_WORK = programme.here_now("mission_enrollment__") & programme.daily("mission_enrollment__mission__batch__")


def visible_to(user: User) -> QuerySet[CallEntry]:
    """Entries of the students whom the person may see."""
    return CallEntry.objects.filter(mission_enrollment__in=programme.visible_to(user).values("pk")).select_related(
        "mission_enrollment__enrollment__student", "mission_enrollment__mission__batch", "leased_by"
    )


def calls_visible_to(user: User) -> QuerySet[Call]:
    return Call.objects.filter(entry__in=visible_to(user).values("pk")).select_related(
        "caller", "entry__mission_enrollment__enrollment__student", "entry__mission_enrollment__mission"
    )


def takeable() -> QuerySet[CallEntry]:
    """Who may be taken now: due callbacks first, then by priority and waiting time. A lease that ended is free."""
    now = clock.now()
    return (
        CallEntry.objects.filter(
            Q(leased_by=None) | Q(leased_until__lte=now),
            IN_DAILY_WORK,
            state=EntryState.WAITING,
            due_at__lte=now,
            mission_enrollment__enrollment__student__do_not_call=None,
            mission_enrollment__enrollment__student__is_active=True,
        )
        .select_related("mission_enrollment__enrollment__student", "mission_enrollment__mission__batch")
        .order_by("-is_callback", "-priority", "due_at", "pk")
    )


def waiting() -> QuerySet[CallEntry]:
    return CallEntry.objects.filter(state=EntryState.WAITING)


def held_by(user: User) -> CallEntry | None:
    """The student whom an SRE has on the phone, if any."""
    return visible_to(user).filter(leased_by=user, leased_until__gt=clock.now(), state=EntryState.WAITING).first()


def last_calls_with(student: User) -> QuerySet[Call]:
    """Contacts with a student, in whatever mission, newest first."""
    return Call.objects.filter(entry__mission_enrollment__enrollment__student=student).select_related("caller")


def open_follow_ups(user: User) -> QuerySet[FollowUp]:
    """What the person has promised and not done yet, the most urgent first."""
    daily = programme.daily("call__entry__mission_enrollment__mission__batch__")
    return FollowUp.objects.filter(daily, owner=user, done_at=None).select_related(
        "call__entry__mission_enrollment__enrollment__student", "call__entry__mission_enrollment__mission"
    )


def waiting_list(user: User) -> QuerySet[CallEntry]:
    """Who waits for a call, in the order in which they will be taken."""
    return (
        visible_to(user)
        .filter(IN_DAILY_WORK, state=EntryState.WAITING)
        .order_by("-is_callback", "-priority", "due_at", "pk")
    )


def calls_with_a_promise(pks: Iterable[int]) -> set[int]:
    """Which of these calls a follow-up hangs on."""
    return set(FollowUp.objects.filter(call__in=list(pks)).order_by().values_list("call", flat=True))
