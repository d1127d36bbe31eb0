"""Points: rules of a mission, an append-only ledger, points given by hand, and what waits to be recalculated.

Points are derived, never counted up: the ledger's sum per source and reference is brought to what
the registered sources say (architecture.md, "Points are derived"). Triggers refuse to change or
delete an entry or points given by hand (migrations 0002 and 0003); a mistake is mended by a further row.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sms.points.choices import Cause
from sms.programme.models import Mission, MissionEnrollment


class PointsRule(models.Model):
    """How many points one kind of event gives in a mission, from a day on. Before its first rule the default holds.

    A rule is never rewritten. One that another replaces keeps its number for the entries that follow from it, and
    says since when it is history.
    """

    mission = models.ForeignKey(Mission, on_delete=models.CASCADE, related_name="points_rules")
    kind = models.CharField(_("kind"), max_length=40)
    points = models.SmallIntegerField(_("points"))
    effective_from = models.DateField(
        _("holds from"), null=True, blank=True, help_text=_("A day of the batch. Empty: from the beginning.")
    )
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("set by")
    )
    set_at = models.DateTimeField(_("set"))
    superseded_at = models.DateTimeField(_("replaced"), null=True, blank=True)

    class Meta:
        default_permissions = ()
        permissions = [("manage_rules", _("Change the points rules of a mission"))]
        constraints = [
            models.UniqueConstraint(
                fields=["mission", "kind", "effective_from"],
                condition=Q(superseded_at=None),
                name="points_one_rule_per_day",
            ),
            models.UniqueConstraint(
                fields=["mission", "kind"],
                condition=Q(superseded_at=None, effective_from=None),
                name="points_one_first_rule",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.points}"


class LedgerEntry(models.Model):
    """One change of points. `reference` names the event within its source, such as a date.

    `rule` is empty where the default held, `actor` where the site wrote the entry by itself. Neither has an index:
    they are read from the entry only, and an index would double what a recalculation writes.
    """

    mission_enrollment = models.ForeignKey(
        MissionEnrollment, on_delete=models.PROTECT, related_name="ledger_entries", db_index=False
    )
    source = models.CharField(_("source"), max_length=40)
    reference = models.CharField(_("reference"), max_length=40)
    kind = models.CharField(_("kind"), max_length=40)
    points = models.IntegerField(_("points"))
    cause = models.CharField(_("cause"), max_length=12, choices=Cause.choices)
    rule = models.ForeignKey(
        PointsRule, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("rule")
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    created_at = models.DateTimeField(_("time"))

    found: Any = None  # what the sentence of its source needs (sources.look_up)

    class Meta:
        default_permissions = ()
        permissions = [("view_own_ledger", _("See how one's own points came about"))]
        verbose_name_plural = "ledger entries"
        indexes = [
            models.Index(
                fields=["mission_enrollment", "source", "reference"],
                include=["points"],
                name="points_ledger_by_reference",
            ),
            # Most entries are the site's own: the few others are found when a person is to be removed.
            models.Index(fields=["actor"], condition=Q(actor__isnull=False), name="points_ledger_by_actor"),
        ]
        constraints = [models.CheckConstraint(condition=~Q(points=0), name="points_entry_changes_something")]

    def __str__(self) -> str:
        return f"{self.points:+d} {self.kind} {self.reference}"


class ManualPoints(models.Model):
    """Points that a person gave, with the reason. Taken back by a further row that `withdraws` the first."""

    mission_enrollment = models.ForeignKey(MissionEnrollment, on_delete=models.PROTECT, related_name="manual_points")
    points = models.SmallIntegerField(_("points"))
    reason = models.CharField(_("reason"), max_length=250)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("given by")
    )
    at = models.DateTimeField(_("time"))
    withdraws = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="withdrawn_by_row"
    )

    class Meta:
        default_permissions = ()
        permissions = [("give_manual", _("Give and take points by hand, with a reason"))]
        verbose_name_plural = "manual points"
        constraints = [
            models.CheckConstraint(condition=~Q(points=0), name="points_manual_changes_something"),
            models.CheckConstraint(condition=~Q(reason=""), name="points_manual_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.points:+d}: {self.reason}"


class PointsSettings(models.Model):
    """What a mission wants besides its rules. A mission without a row has the defaults below."""

    mission = models.OneToOneField(Mission, on_delete=models.CASCADE, related_name="points_settings")
    has_leaderboard = models.BooleanField(
        _("leaderboard"), default=False, help_text=_("Students of this mission see who has the most points.")
    )
    leaderboard_size = models.PositiveSmallIntegerField(
        _("students shown"), default=10, help_text=_("Only the first of them; nobody is shown as last.")
    )
    manual_limit = models.PositiveSmallIntegerField(
        _("most points by hand"),
        null=True,
        blank=True,
        help_text=_("For one student, by one person. Empty: the limit of the person's role alone."),
    )

    class Meta:
        default_permissions = ()
        verbose_name_plural = "points settings"
        constraints = [
            models.CheckConstraint(
                condition=Q(leaderboard_size__gte=3, leaderboard_size__lte=50),
                name="points_leaderboard_size",
                violation_error_message=_("Show between 3 and 50 students."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.mission}: {self.leaderboard_size if self.has_leaderboard else 0}"


class RankBands(models.Model):
    """How many points it takes to be in the first tenth, quarter and half of a mission, as of a time.

    Worked out every few minutes, so that a student's page asks for one row and not for everybody's points.
    """

    mission = models.OneToOneField(Mission, on_delete=models.CASCADE, related_name="rank_bands")
    at = models.DateTimeField(_("time"))
    students = models.PositiveIntegerField(_("students"))
    tenth = models.IntegerField(_("first tenth"))
    quarter = models.IntegerField(_("first quarter"))
    half = models.IntegerField(_("first half"))

    class Meta:
        default_permissions = ()
        verbose_name_plural = "rank bands"

    def __str__(self) -> str:
        return f"{self.mission}: {self.tenth}, {self.quarter}, {self.half}"


class DriftReport(models.Model):
    """One nightly look at all ledgers: what was missing in them, and was then added."""

    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    students = models.PositiveIntegerField(_("students"), default=0)
    entries = models.PositiveIntegerField(_("missing entries"), default=0)

    class Meta:
        default_permissions = ()
        permissions = [("view_drift", _("See what the nightly check of the points found"))]
        indexes = [models.Index(fields=["-started_at"], name="points_drift_newest_first")]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d}: {self.entries}"

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it is at work, or when it was broken off."""
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else None


class DriftedMission(models.Model):
    """A mission in which entries were missing."""

    report = models.ForeignKey(DriftReport, on_delete=models.CASCADE, related_name="missions")
    mission = models.ForeignKey(Mission, on_delete=models.CASCADE, related_name="+")
    entries = models.PositiveIntegerField(_("missing entries"))

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["report", "mission"], name="points_mission_once_a_report")]

    def __str__(self) -> str:
        return f"{self.mission}: {self.entries}"


class RecalculationRequest(models.Model):
    """Written in the transaction of an event that may change points; taken by the recalculation.

    The queue only wakes the worker. What is to be done stands here, so a worker that dies half-way
    leaves the request for the next one.
    """

    mission_enrollment = models.ForeignKey(MissionEnrollment, on_delete=models.CASCADE, related_name="+")
    requested_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.mission_enrollment_id} since {self.requested_at}"
