"""Recalculating points and changing the rules that they follow from.

Whoever writes an event that may change points calls `request_recalculation` in the same
transaction. The queue wakes the worker, which takes whatever is requested; two workers side by
side share the requests and never book the same difference, because each locks the students that
it works on.
"""

from collections.abc import Iterable, Mapping

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.audit.actions import record
from sms.core import clock
from sms.points.models import PointsRule
from sms.points.recalculation import append_differences
from sms.points.tasks import write_and_wake
from sms.programme.copying import Copy
from sms.programme.models import Mission, MissionEnrollment

WRITE_REQUESTS = """
INSERT INTO points_recalculationrequest (mission_enrollment_id, requested_at)
SELECT UNNEST(%s::bigint[]), %s::timestamptz
"""

TAKE_REQUESTS = """
DELETE FROM points_recalculationrequest
WHERE id IN (SELECT id FROM points_recalculationrequest ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING mission_enrollment_id
"""
REQUESTS_AT_ONCE = 5_000


def request_recalculation(mission_enrollment_ids: Iterable[int]) -> None:
    """Says that these students' points may have changed. Call inside the transaction of the event."""
    write_and_wake(WRITE_REQUESTS, [list(mission_enrollment_ids), clock.now()])


@transaction.atomic
def take_requests() -> int:
    """Recalculates the students for whom it was requested. Returns how many students that were."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_REQUESTS, [REQUESTS_AT_ONCE])
        ids = {mission_enrollment_id for (mission_enrollment_id,) in cursor.fetchall()}
    if ids:
        recalculate(MissionEnrollment.objects.filter(pk__in=ids))
    return len(ids)


@transaction.atomic
def recalculate(mission_enrollments: QuerySet[MissionEnrollment]) -> int:
    """Brings the ledger to what the sources say. Returns the number of entries appended."""
    _lock(mission_enrollments)
    return append_differences(mission_enrollments)


@transaction.atomic
def change_rules(*, actor: User, mission: Mission, points: Mapping[str, int]) -> None:
    """Sets the points of each kind of event and has the whole mission recalculated."""
    before = dict(mission.points_rules.values_list("kind", "points"))
    PointsRule.objects.bulk_create(
        [PointsRule(mission=mission, kind=kind, points=value) for kind, value in points.items()],
        update_conflicts=True,
        unique_fields=["mission", "kind"],
        update_fields=["points"],
    )
    record(
        actor=actor,
        verb=gettext_noop("changed the points rules of"),
        subject=mission,
        data={"before": before, "after": dict(points)},
    )
    request_recalculation(mission.mission_enrollments.values_list("pk", flat=True))


@transaction.atomic
def copy_rules(*, actor: User | None, copy: Copy) -> None:
    """Gives the missions of a duplicated batch the rules of those that they were made from."""
    PointsRule.objects.bulk_create(
        PointsRule(mission=copy.missions[rule.mission_id], kind=rule.kind, points=rule.points)
        for rule in PointsRule.objects.filter(mission__in=copy.missions)
    )


def _lock(mission_enrollments: QuerySet[MissionEnrollment]) -> None:
    # In the order of the key, so that two recalculations never wait for each other in a circle;
    # NO KEY, so that new records may still refer to these rows meanwhile.
    locked = mission_enrollments.order_by("pk").select_for_update(no_key=True, of=("self",))
    for _pk in locked.values_list("pk", flat=True).iterator(chunk_size=10_000):
        pass
