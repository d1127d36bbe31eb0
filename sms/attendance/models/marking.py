"""Marks of a whole day, kept with what stood there before, so that each can be taken back."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from sms.attendance.choices import DayStatus
from sms.programme.models import Mission


class BulkMark(models.Model):
    mission = models.ForeignKey(Mission, on_delete=models.CASCADE, related_name="bulk_marks")
    on = models.DateField(_("day"))
    status = models.CharField(_("status"), max_length=8, choices=DayStatus.choices)
    reason = models.CharField(_("reason"), max_length=250)
    # [key of the mission enrollment, status or null, reason, key of who corrected it or null, of the excuse or null]
    before = models.JSONField(_("before"), default=list)
    students = models.PositiveIntegerField(_("students"))
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    marked_at = models.DateTimeField(_("time"))
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(_("taken back"), null=True)

    class Meta:
        default_permissions = ()
        ordering = ["-marked_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.on}: {self.get_status_display()}"
