"""More time for a student."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sms.assignments.models.work import Assignment
from sms.programme.models import MissionEnrollment


class Extension(models.Model):
    """A later due time of one assignment for one student. A new one replaces the open one, which stays to be read."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="extensions")
    mission_enrollment = models.ForeignKey(
        MissionEnrollment, on_delete=models.PROTECT, related_name="extensions", db_index=False
    )
    due_at = models.DateTimeField(_("due at"))
    reason = models.CharField(_("reason"), max_length=250)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    granted_at = models.DateTimeField()
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        permissions = [("grant_extensions", _("Give students more time for an assignment"))]
        ordering = ["-granted_at", "-pk"]
        indexes = [models.Index(fields=["mission_enrollment", "assignment"], name="assignments_extension_of")]
        constraints = [
            models.UniqueConstraint(
                fields=["mission_enrollment", "assignment"],
                condition=Q(revoked_at=None),
                name="assignments_one_extension",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="assignments_extension_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.mission_enrollment} · {self.assignment}"
