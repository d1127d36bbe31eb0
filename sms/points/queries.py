"""Reading points: totals, the entries that explain them, the rules that hold, and where a student stands."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, F, IntegerField, OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from sms.accounts.models import User
from sms.authorization.queries import roles_of
from sms.core import clock
from sms.points.choices import Band
from sms.points.manual import LEAST, LIMITS
from sms.points.models import (
    DriftedMission,
    DriftReport,
    LedgerEntry,
    ManualPoints,
    PointsRule,
    PointsSettings,
    RankBands,
    RecalculationRequest,
)
from sms.points.rates import Proposal
from sms.points.sources import Kind, PointsSource, all_sources, look_up, ruled_kinds
from sms.programme import queries as programme
from sms.programme.choices import Access, MissionStatus
from sms.programme.models import Mission, MissionEnrollment

LEAST_FOR_BANDS = 10  # students; in a smaller mission a band would tell the points of a person

# --- The ledger


def visible_to(user: User) -> QuerySet[LedgerEntry]:
    """Ledger entries of the students whom the person may see."""
    return LedgerEntry.objects.filter(mission_enrollment__in=programme.visible_to(user).values("pk"))


def entries_of(mission_enrollment: MissionEnrollment, as_of: date | None = None) -> QuerySet[LedgerEntry]:
    """How the total came about, newest first; with `as_of`, how it had come about at the end of that day."""
    entries = mission_enrollment.ledger_entries.select_related("rule", "actor").order_by("-created_at", "-pk")
    if as_of is None:
        return entries
    return entries.filter(created_at__lt=end_of(as_of, mission_enrollment))


def end_of(day: date, mission_enrollment: MissionEnrollment) -> datetime:
    """The instant at which a day of the student's batch is over."""
    return clock.at_local(day + timedelta(days=1), time(0), mission_enrollment.mission.batch.zone)


def sums_by_source(entries: QuerySet[LedgerEntry]) -> list[tuple[PointsSource, int]]:
    """What each source adds to the total, in the order in which they are registered."""
    sums = dict(entries.order_by().values_list("source").annotate(Sum("points")))
    return [(source, sums[source.key]) for source in all_sources() if source.key in sums]


def explained(entries: Iterable[LedgerEntry]) -> None:
    """Loads what the sentences of the entries need, with one statement a source."""
    look_up(entries)


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


def settled(mission_enrollments: QuerySet[MissionEnrollment]) -> QuerySet[MissionEnrollment]:
    """Those of whom no event waits: what their ledger lacks, it lacks by mistake."""
    waiting = RecalculationRequest.objects.filter(mission_enrollment=OuterRef("pk"))
    return mission_enrollments.filter(~Exists(waiting))


# --- Rules


def rules_in_force(mission: Mission) -> QuerySet[PointsRule]:
    """The rules that nothing replaced, those that hold later after those that hold earlier."""
    return mission.points_rules.filter(superseded_at=None).order_by(F("effective_from").asc(nulls_first=True))


def rule_history(mission: Mission) -> QuerySet[PointsRule]:
    """Every rule of a kind that the site still knows that was ever set, the newest first."""
    return mission.points_rules.filter(kind__in=ruled_kinds()).select_related("set_by").order_by("-set_at", "-pk")


def rules_of(mission: Mission, on: date | None = None) -> dict[str, int]:
    """Points of each kind of event in a mission on a day (today), defaults filled in."""
    on = on or clock.today(mission.batch.zone)
    held = {
        rule.kind: rule.points
        for rule in rules_in_force(mission)
        if rule.effective_from is None or rule.effective_from <= on
    }
    return {key: held.get(key, kind.default_points) for key, kind in ruled_kinds().items()}


def rules_before(mission: Mission, proposal: Proposal) -> dict[str, int]:
    """What holds, of the kinds that are to change, on the first day of the proposed rules."""
    held = rules_of(mission, proposal.effective_from or date.min)
    return {kind: held[kind] for kind in proposal.points}


def changes(mission: Mission, proposal: Proposal) -> bool:
    """Whether the proposed rules are other than those that hold, now or with what begins later."""
    if proposal.replaces_later and later_rules(mission, proposal).exists():
        return True
    exact = {
        rule.kind: rule.points
        for rule in rules_in_force(mission).filter(effective_from=proposal.effective_from, kind__in=proposal.points)
    }
    return any(exact.get(kind) != points for kind, points in proposal.points.items())


def later_rules(mission: Mission, proposal: Proposal) -> QuerySet[PointsRule]:
    """The rules of the same kinds that begin on a later day than the proposed ones."""
    rules = rules_in_force(mission).filter(kind__in=proposal.points, effective_from__isnull=False)
    return rules.filter(effective_from__gt=proposal.effective_from) if proposal.effective_from else rules


@dataclass(frozen=True)
class Line:
    """A kind of event with the rule that holds today (None: the default) and those that begin later."""

    key: str
    kind: Kind
    rule: PointsRule | None
    later: list[PointsRule]

    @property
    def points(self) -> int:
        return self.rule.points if self.rule else self.kind.default_points

    @property
    def worded(self) -> str:
        return self.kind.worded(self.points)

    @property
    def later_worded(self) -> list[tuple[PointsRule, str]]:
        return [(rule, self.kind.worded(rule.points)) for rule in self.later]


def lines_of(mission: Mission) -> list[Line]:
    """What holds in a mission today and from when on, kind by kind."""
    today = clock.today(mission.batch.zone)
    lines = {key: Line(key, kind, None, []) for key, kind in ruled_kinds().items()}
    for rule in rules_in_force(mission).select_related("set_by"):
        line = lines.get(rule.kind)
        if line and (rule.effective_from is None or rule.effective_from <= today):
            lines[rule.kind] = replace(line, rule=rule)
        elif line:
            line.later.append(rule)
    return list(lines.values())


def settings_of(mission: Mission) -> PointsSettings:
    """The mission's settings, or the defaults."""
    return getattr(mission, "points_settings", None) or PointsSettings(mission=mission)


# --- Points by hand


@dataclass(frozen=True)
class Room:
    """From how many points to how many a person may give to a student now. None: as many as they like."""

    least: int | None
    most: int | None

    def holds(self, points: int) -> bool:
        return (self.least is None or points >= self.least) and (self.most is None or points <= self.most)


def room_for(actor: User, mission_enrollment: MissionEnrollment) -> Room:
    """What the limit of the person's roles and of the mission leaves of what they have given already."""
    limits = [LIMITS.get(role.key, LEAST) for role in roles_of(actor)] or [0]
    of_mission = settings_of(mission_enrollment.mission).manual_limit
    of_role = None if None in limits else max(limits)
    if of_role is None:
        return Room(None, None)
    limit = of_role if of_mission is None else min(of_role, of_mission)
    given = given_by(actor, mission_enrollment)
    return Room(-limit - given, limit - given)


def given_by(actor: User, mission_enrollment: MissionEnrollment) -> int:
    """What a person gave to a student by hand in all, without what was taken back."""
    kept = mission_enrollment.manual_points.filter(actor=actor, withdraws=None, withdrawn_by_row=None)
    return kept.aggregate(total=Coalesce(Sum("points"), 0))["total"]


def given_to(mission_enrollment: MissionEnrollment) -> QuerySet[ManualPoints]:
    """What a student was given by hand, with what became of it, the newest first."""
    return (
        mission_enrollment.manual_points.filter(withdraws=None)
        .select_related("actor", "withdrawn_by_row__actor")
        .order_by("-at", "-pk")
    )


def manual_visible_to(user: User) -> QuerySet[ManualPoints]:
    """What was given by hand to the students whom the person may see, with student, mission and batch loaded."""
    return ManualPoints.objects.filter(
        withdraws=None, mission_enrollment__in=programme.visible_to(user).values("pk")
    ).select_related("actor", "mission_enrollment__enrollment__student", "mission_enrollment__mission__batch")


def may_withdraw(user: User, given: ManualPoints) -> bool:
    """Whoever gave them, and whoever answers for the rules of the mission."""
    return given.actor_id == user.pk or user.has_perm("points.manage_rules")


# --- Where a student stands


@dataclass(frozen=True)
class Standing:
    """A student's band among all of the mission, and how many points lead to the next one. Theirs to know alone."""

    band: Band
    to_next: int | None


def standing_of(mission_enrollment: MissionEnrollment, points: int) -> Standing | None:
    """None without points, and in a mission that is too small for bands."""
    bands: RankBands | None = getattr(mission_enrollment.mission, "rank_bands", None)
    if bands is None or bands.students < LEAST_FOR_BANDS or points <= 0:
        return None
    needed = {Band.TENTH: bands.tenth, Band.QUARTER: bands.quarter, Band.HALF: bands.half}
    above = None
    for band, least in needed.items():
        if points >= least:
            return Standing(band, above and above - points)
        above = least
    return Standing(Band.REST, above - points)


def leaderboard(mission: Mission, size: int) -> list[MissionEnrollment]:
    """The first students with their `points` and `rank`, those with as many points on one rank.

    Whose access is restricted, or who has left, is on no list.
    """
    students = programme.with_people().filter(programme.taking_part(), mission=mission, access=Access.FULL)
    first = (
        LedgerEntry.objects.filter(mission_enrollment__in=students.values("pk"))
        .order_by()
        .values("mission_enrollment")
        .annotate(total=Sum("points"))
        .filter(total__gt=0)
        .order_by("-total", "mission_enrollment__enrollment__student__name", "mission_enrollment")
        .values_list("mission_enrollment", "total")[:size]
    )
    totals = dict(first)
    by_key = students.in_bulk(totals)
    board, ranks = [], {}
    for place, (key, points) in enumerate(totals.items(), start=1):
        student = by_key[key]
        student.points, student.rank = points, ranks.setdefault(points, place)
        board.append(student)
    return board


def missions_with_leaderboard(user: User) -> QuerySet[Mission]:
    """Those whose leaderboard the person may see: staff all, everyone else those of the students whom they see."""
    missions = Mission.objects.select_related("batch", "points_settings").filter(points_settings__has_leaderboard=True)
    if user.has_perm("programme.view_programme"):
        return missions
    seen = programme.visible_to(user).filter(programme.here_now()).exclude(access=Access.REVOKED)
    return missions.filter(pk__in=seen.values("mission"))


def ranked(missions: QuerySet[Mission]) -> QuerySet[MissionEnrollment]:
    """The keys of the students who are counted for the bands: all who take part."""
    return MissionEnrollment.objects.filter(
        programme.taking_part(), mission__in=missions.order_by().values("pk")
    ).values("pk")


def missions_to_rank() -> QuerySet[Mission]:
    """Those in which points still come."""
    return Mission.objects.filter(programme.daily("batch__"), status=MissionStatus.ACTIVE)


# --- The nightly check


def drift_reports() -> QuerySet[DriftReport]:
    missions = Prefetch("missions", DriftedMission.objects.select_related("mission").order_by("-entries", "pk"))
    return DriftReport.objects.prefetch_related(missions).order_by("-started_at", "-pk")


def missions_to_check() -> QuerySet[Mission]:
    """All that have students."""
    return Mission.objects.filter(Exists(MissionEnrollment.objects.filter(mission=OuterRef("pk")))).order_by("pk")
