"""Work that a mission sets, with the day it belongs to and when it is due."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sms.programme.models import Mission


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
        ]

    def __str__(self) -> str:
        return self.title
