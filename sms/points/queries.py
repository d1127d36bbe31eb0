"""Reading points: totals, and the entries that explain them."""

from datetime import timedelta

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from sms.accounts.models import User
from sms.core import clock
from sms.points.models import LedgerEntry, PointsRule, RecalculationRequest
from sms.points.sources import all_kinds
from sms.programme import queries as programme
from sms.programme.models import Mission, MissionEnrollment


def visible_to(user: User) -> QuerySet[LedgerEntry]:
    """Ledger entries of the students whom the person may see."""
    return LedgerEntry.objects.filter(mission_enrollment__in=programme.visible_to(user).values("pk"))


def entries_of(mission_enrollment: MissionEnrollment) -> QuerySet[LedgerEntry]:
    """How the total came about, newest first."""
    return mission_enrollment.ledger_entries.order_by("-created_at", "-pk")


def with_points(mission_enrollments: QuerySet[MissionEnrollment]) -> QuerySet[MissionEnrollment]:
    """Annotates `points`, the sum of the ledger."""
    total = (
        LedgerEntry.objects.filter(mission_enrollment=OuterRef("pk"))
        .order_by()
        .values("mission_enrollment")
        .annotate(total=Sum("points"))
        .values("total")
    )
    return mission_enrollments.annotate(points=Coalesce(Subquery(total, output_field=IntegerField()), 0))


def points_of(mission_enrollment: MissionEnrollment) -> int:
    return mission_enrollment.ledger_entries.aggregate(total=Coalesce(Sum("points"), 0))["total"]


def gained_in_a_week(mission_enrollment: MissionEnrollment) -> int:
    """Points that came or went in the last seven days."""
    since = clock.now() - timedelta(days=7)
    return mission_enrollment.ledger_entries.filter(created_at__gte=since).aggregate(total=Coalesce(Sum("points"), 0))[
        "total"
    ]


def is_pending(mission_enrollment: MissionEnrollment) -> bool:
    """Whether an event of this student still waits for the recalculation."""
    return RecalculationRequest.objects.filter(mission_enrollment=mission_enrollment).exists()


def rules_of(mission: Mission) -> dict[str, int]:
    """Points of each kind of event in a mission, defaults filled in."""
    own = dict(PointsRule.objects.filter(mission=mission).values_list("kind", "points"))
    return {key: own.get(key, kind.default_points) for key, kind in all_kinds().items()}
