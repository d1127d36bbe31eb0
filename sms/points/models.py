"""Points: rules of a mission, an append-only ledger, and what waits to be recalculated.

Points are derived, never counted up: the ledger's sum per source and reference is brought to what
the registered sources say (architecture.md, "Points are derived"). A trigger refuses to change or
delete an entry (migration 0001); a mistake is mended by a further entry.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sms.points.choices import Cause
from sms.programme.models import Mission, MissionEnrollment


class PointsRule(models.Model):
    """How many points one kind of event gives in a mission. Without a row the source's default holds."""

    mission = models.ForeignKey(Mission, on_delete=models.CASCADE, related_name="points_rules")
    kind = models.CharField(_("kind"), max_length=40)
    points = models.SmallIntegerField(_("points"))

    class Meta:
        default_permissions = ()
        permissions = [("manage_rules", _("Change the points rules of a mission"))]
        constraints = [models.UniqueConstraint(fields=["mission", "kind"], name="points_one_rule_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.points}"


class LedgerEntry(models.Model):
    """One change of points. `reference` names the event within its source, such as a date."""

    mission_enrollment = models.ForeignKey(
        MissionEnrollment, on_delete=models.PROTECT, related_name="ledger_entries", db_index=False
    )
    source = models.CharField(_("source"), max_length=40)
    reference = models.CharField(_("reference"), max_length=40)
    kind = models.CharField(_("kind"), max_length=40)
    points = models.IntegerField(_("points"))
    cause = models.CharField(_("cause"), max_length=12, choices=Cause.choices)
    created_at = models.DateTimeField(_("time"))

    class Meta:
        default_permissions = ()
        permissions = [("view_own_ledger", _("See how one's own points came about"))]
        verbose_name_plural = "ledger entries"
        indexes = [
            models.Index(
                fields=["mission_enrollment", "source", "reference"],
                include=["points"],
                name="points_ledger_by_reference",
            )
        ]
        constraints = [models.CheckConstraint(condition=~models.Q(points=0), name="points_entry_changes_something")]

    def __str__(self) -> str:
        return f"{self.points:+d} {self.kind} {self.reference}"


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
