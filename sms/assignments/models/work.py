"""Work that a mission sets, with the day it belongs to and when it is due."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sms.assignments.choices import Way
from sms.programme.models import Mission

PERCENT = [MaxValueValidator(100)]


class Assignment(models.Model):
    mission = models.ForeignKey(
        Mission, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("mission")
    )
    code = models.SlugField(_("code"), max_length=40, help_text=_("Unique in its mission, like day-18."))
    day = models.PositiveSmallIntegerField(_("day"), help_text=_("The day of the mission that the work belongs to."))
    title = models.CharField(_("title"), max_length=160)
    opens_at = models.DateTimeField(_("opens at"))
    due_at = models.DateTimeField(_("due at"))
    max_points = models.PositiveSmallIntegerField(_("points"), default=60)
    way = models.CharField(_("handed in"), max_length=4, choices=Way.choices, default=Way.ANY)
    accepts_late = models.BooleanField(_("take late work"), default=True)
    late_until = models.DateTimeField(
        _("late work until"), null=True, blank=True, help_text=_("Left empty, late work is taken without an end.")
    )
    late_share = models.PositiveSmallIntegerField(
        _("share that late work keeps"),
        default=100,
        validators=PERCENT,
        help_text=_("Percent of the points, from the first second after the due time."),
    )
    late_per_day = models.PositiveSmallIntegerField(
        _("loss for each full day"),
        default=0,
        validators=PERCENT,
        help_text=_("Percent that every 24 hours of delay take from that share."),
    )
    late_floor = models.PositiveSmallIntegerField(
        _("lowest share"), default=0, validators=PERCENT, help_text=_("Percent that late work keeps at least.")
    )

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_own_assignments", _("See the assignments of one's own missions")),
            ("view_all_assignments", _("See the assignments of every mission")),
            ("manage_assignments", _("Create and edit assignments")),
        ]
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mission", "code"],
                name="assignments_code",
                violation_error_message=_("This mission has an assignment with this code already."),
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=F("opens_at")),
                name="assignments_dates",
                violation_error_message=_("The assignment must be due after it opens."),
            ),
            models.CheckConstraint(
                condition=Q(late_until=None) | Q(late_until__gt=F("due_at")),
                name="assignments_late_after_due",
                violation_error_message=_("Late work must be taken until after the due time."),
            ),
            models.CheckConstraint(
                condition=Q(late_share__lte=100, late_per_day__lte=100, late_floor__lte=F("late_share")),
                name="assignments_late_shares",
                violation_error_message=_("The lowest share of late work cannot be more than the share that it keeps."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Instructions(models.Model):
    """What to do, in Markdown. A table of its own, as lists of assignments have no use for long texts."""

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="instructions")
    text = models.TextField(_("instructions"))

    class Meta:
        default_permissions = ()
        verbose_name_plural = "instructions"
