"""Recalculating points, changing the rules that they follow from, and giving points by hand.

Whoever writes an event that may change points calls `request_recalculation` in the same
transaction. The queue wakes the worker, which takes whatever is requested; two workers side by
side share the requests and never book the same difference, because each locks the students that
it works on.
"""

from collections.abc import Iterable
from datetime import date

from django.db import connection, transaction
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.audit.actions import record
from sms.core import clock
from sms.core.problems import Refused, broken_constraints_refused
from sms.points import queries
from sms.points.models import DriftedMission, DriftReport, LedgerEntry, ManualPoints, PointsRule, PointsSettings
from sms.points.rates import Proposal
from sms.points.recalculation import append_differences, lock, unequal
from sms.points.rehearsal import Rehearsal
from sms.points.sources import sources_with
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

FEW = 1_000  # students who are named one by one

# In the order of the points downwards, so that the place at a tenth of the students holds what it takes to be there.
WORK_OUT_BANDS = """
INSERT INTO points_rankbands (mission_id, at, students, tenth, quarter, half)
SELECT mission_id, %s::timestamptz, COUNT(*), PERCENTILE_DISC(0.1) WITHIN GROUP (ORDER BY points DESC),
       PERCENTILE_DISC(0.25) WITHIN GROUP (ORDER BY points DESC), PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY points DESC)
FROM (
    SELECT student.mission_id, student.id, COALESCE(SUM(entry.points), 0) AS points
    FROM programme_missionenrollment student
    LEFT JOIN points_ledgerentry entry ON entry.mission_enrollment_id = student.id
    WHERE student.id IN ({students})
    GROUP BY student.mission_id, student.id
) AS totals
GROUP BY mission_id
ON CONFLICT (mission_id) DO UPDATE SET
    at = excluded.at, students = excluded.students, tenth = excluded.tenth, quarter = excluded.quarter,
    half = excluded.half
"""


class RulesChanged(Refused):
    """What the person was shown is no longer what would happen."""


# --- Recalculating


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
    lock(mission_enrollments)
    return append_differences(mission_enrollments)


@transaction.atomic
def recalculate_unequal(mission_enrollments: QuerySet[MissionEnrollment]) -> int:
    """The same for many, most of whose ledgers are as they should be: only the others are locked and compared entry by
    entry. What happens meanwhile has requests of its own.
    """
    found = unequal(mission_enrollments)
    if not found:
        return 0
    return recalculate(MissionEnrollment.objects.filter(pk__in=found) if len(found) <= FEW else mission_enrollments)


def mend_drift() -> DriftReport:
    """Looks at every ledger, adds what is missing, and keeps what that was. Requested recalculations are no drift."""
    while take_requests():
        pass
    report = DriftReport.objects.create(started_at=clock.now())
    for mission in queries.missions_to_check():
        _mend_mission(report, mission)
    report.ended_at = clock.now()
    report.save(update_fields=["ended_at", "students", "entries"])
    return report


@transaction.atomic
def work_out_bands(*, missions: QuerySet[Mission]) -> int:
    """What it takes to be in the first tenth, quarter and half of these missions. Returns of how many."""
    students, parameters = queries.ranked(missions).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(WORK_OUT_BANDS.format(students=students), [clock.now(), *parameters])
        return cursor.rowcount


# --- Rules


@transaction.atomic
def change_rules(*, actor: User | None, mission: Mission, proposal: Proposal, shown: str | None = None) -> Rehearsal:
    """Sets rules and brings the ledgers of the mission to them, all of it or nothing.

    `shown` is the fingerprint of the rehearsal that the person saw (None: nobody was shown one). Every student's
    points must then have been what it said before, and be what it said after: otherwise nothing is changed.
    """
    Mission.objects.select_for_update(no_key=True, of=("self",)).get(pk=mission.pk)
    students = mission.mission_enrollments.all()
    lock(students)
    if not queries.changes(mission, proposal):
        raise Refused(_("These rules hold already. Change at least one number."))
    replaced = queries.rules_before(mission, proposal)
    before = _ledger_totals(students)
    _set_rules(actor, mission, proposal)
    append_differences(students, sources_with(proposal.points))
    after = _ledger_totals(students)
    keys = students.order_by("pk").values_list("pk", flat=True)
    happened = Rehearsal(proposal, [(key, before.get(key, 0), after.get(key, 0)) for key in keys])
    if shown is not None and happened.fingerprint != shown:
        raise RulesChanged(
            _("Points have changed since you looked. The rules are as they were. Look at it anew and confirm.")
        )
    record(
        actor=actor,
        verb=gettext_noop("changed the points rules of"),
        subject=mission,
        data={
            "before": replaced,
            "after": dict(proposal.points),
            "from": proposal.effective_from and proposal.effective_from.isoformat(),
            "replaces_later": proposal.replaces_later,
        },
    )
    return happened


@transaction.atomic
def change_settings(
    *, actor: User, mission: Mission, has_leaderboard: bool, leaderboard_size: int, manual_limit: int | None
) -> PointsSettings:
    """Whether a mission has a leaderboard and how long it is, and how much may be given by hand in it."""
    values = {
        "has_leaderboard": has_leaderboard,
        "leaderboard_size": leaderboard_size,
        "manual_limit": manual_limit,
    }
    settings, _created = PointsSettings.objects.update_or_create(mission=mission, defaults=values)
    record(actor=actor, verb=gettext_noop("changed the points settings of"), subject=mission, data=values)
    return settings


@transaction.atomic
def copy_rules(*, actor: User | None, copy: Copy) -> None:
    """Gives the missions of a duplicated batch the rules in force of those that they were made from, and the settings.

    A rule holds from the day that lies as far from the start of the new batch.
    """
    now = clock.now()
    PointsRule.objects.bulk_create(
        PointsRule(
            mission=copy.missions[rule.mission_id],
            kind=rule.kind,
            points=rule.points,
            effective_from=rule.effective_from and copy.day(rule.effective_from),
            set_by=actor,
            set_at=now,
        )
        for rule in PointsRule.objects.filter(mission__in=copy.missions, superseded_at=None).order_by("pk")
    )
    PointsSettings.objects.bulk_create(
        PointsSettings(
            mission=copy.missions[settings.mission_id],
            has_leaderboard=settings.has_leaderboard,
            leaderboard_size=settings.leaderboard_size,
            manual_limit=settings.manual_limit,
        )
        for settings in PointsSettings.objects.filter(mission__in=copy.missions)
    )


# --- Points by hand


@transaction.atomic
def give_points(*, actor: User, mission_enrollment: MissionEnrollment, points: int, reason: str) -> ManualPoints:
    """Gives points to a student, or takes them, within what the person's roles allow."""
    if mission_enrollment.enrollment.student_id == actor.pk:
        raise Refused(_("You cannot give points to yourself. Ask somebody else."))
    if not points:
        raise Refused(_("Give at least one point, or take at least one."))
    # Two gifts at the same moment wait for each other here: together they must not go beyond the limit either.
    lock(MissionEnrollment.objects.filter(pk=mission_enrollment.pk))
    room = queries.room_for(actor, mission_enrollment)
    if not room.holds(points):
        raise Refused(
            _("You can give this student from %(least)+d to %(most)+d points. Ask a manager for more.")
            % {"least": room.least, "most": room.most}
        )
    given = ManualPoints.objects.create(
        mission_enrollment=mission_enrollment, points=points, reason=reason, actor=actor, at=clock.now()
    )
    record(
        actor=actor,
        verb=gettext_noop("gave points by hand to"),
        subject=mission_enrollment,
        data={"points": points, "reason": reason},
    )
    request_recalculation([mission_enrollment.pk])
    return given


@transaction.atomic
def withdraw_points(*, actor: User, given: ManualPoints, reason: str) -> ManualPoints:
    """Takes back points that were given by hand, once. Both rows stay."""
    if not queries.may_withdraw(actor, given):
        raise Refused(_("Only %(name)s and managers can take these points back.") % {"name": given.actor.name})
    if given.mission_enrollment.enrollment.student_id == actor.pk:
        raise Refused(_("You cannot change points of your own. Ask somebody else."))
    with broken_constraints_refused(
        {"points_manualpoints_withdraws_id_key": _("These points were taken back already.")}
    ):
        taken = ManualPoints.objects.create(
            mission_enrollment_id=given.mission_enrollment_id,
            points=-given.points,
            reason=reason,
            actor=actor,
            at=clock.now(),
            withdraws=given,
        )
    record(
        actor=actor,
        verb=gettext_noop("took points back from"),
        subject=given.mission_enrollment,
        data={"points": -given.points, "reason": reason},
    )
    request_recalculation([given.mission_enrollment_id])
    return taken


# --- Parts


@transaction.atomic
def _mend_mission(report: DriftReport, mission: Mission) -> None:
    report.students += mission.mission_enrollments.count()
    entries = recalculate_unequal(queries.settled(mission.mission_enrollments.all()))
    if entries:
        DriftedMission.objects.create(report=report, mission=mission, entries=entries)
        report.entries += entries


def _set_rules(actor: User | None, mission: Mission, proposal: Proposal) -> None:
    now = clock.now()
    replaced = mission.points_rules.filter(superseded_at=None, kind__in=list(proposal.points))
    replaced.filter(_ending(proposal)).update(superseded_at=now)
    PointsRule.objects.bulk_create(
        PointsRule(
            mission=mission,
            kind=kind,
            points=points,
            effective_from=proposal.effective_from,
            set_by=actor,
            set_at=now,
        )
        for kind, points in proposal.points.items()
    )


def _ending(proposal: Proposal) -> Q:
    """The rules in whose place a proposal comes."""
    first: date | None = proposal.effective_from
    if first is None:
        return Q() if proposal.replaces_later else Q(effective_from=None)
    return Q(effective_from__gte=first) if proposal.replaces_later else Q(effective_from=first)


def _ledger_totals(students: QuerySet[MissionEnrollment]) -> dict[int, int]:
    entries = LedgerEntry.objects.filter(mission_enrollment__in=students.values("pk")).order_by()
    return dict(entries.values_list("mission_enrollment").annotate(Sum("points")))
