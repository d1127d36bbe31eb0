"""Excuses that students ask for: a range of days, a reason, perhaps a file, and the answer of staff."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sms.attendance.choices import ExcuseState
from sms.core.uploads import UploadKind
from sms.programme.models import MissionEnrollment

MOST_DAYS = 31


class ExcuseRequest(models.Model):
    mission_enrollment = models.ForeignKey(MissionEnrollment, on_delete=models.PROTECT, related_name="excuses")
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=250)
    file = models.CharField(_("file"), max_length=200, blank=True)
    file_name = models.CharField(_("name of the file"), max_length=120, blank=True)
    file_kind = models.CharField(_("type of the file"), max_length=4, choices=UploadKind.choices, blank=True)
    asked_at = models.DateTimeField(_("asked"))
    state = models.CharField(_("state"), max_length=9, choices=ExcuseState.choices, default=ExcuseState.PENDING)
    answer = models.CharField(_("answer"), max_length=250, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    decided_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        default_permissions = ()
        permissions = [("decide_excuses", _("Grant and refuse excuses"))]
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last__gte=F("first")) & Q(last__lt=F("first") + timedelta(days=MOST_DAYS)),
                name="attendance_excuse_range",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="attendance_excuse_has_reason"),
            models.CheckConstraint(
                condition=Q(state=ExcuseState.PENDING, decided_at=None)
                | (~Q(state=ExcuseState.PENDING) & Q(decided_at__isnull=False)),
                name="attendance_excuse_decided",
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], name="attendance_excuses", condition=Q(state="pending"))]

    def __str__(self) -> str:
        return str(self.mission_enrollment)

    def get_absolute_url(self) -> str:
        return reverse("attendance:excuse", args=[self.pk])

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class ExcusedDay(models.Model):
    """A day that a pending or granted request holds: a day of a student is asked for once at a time."""

    request = models.ForeignKey(ExcuseRequest, on_delete=models.CASCADE, related_name="excused_days")
    mission_enrollment = models.ForeignKey(
        MissionEnrollment, on_delete=models.CASCADE, related_name="excused_days", db_index=False
    )
    on = models.DateField(_("day"))

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["mission_enrollment", "on"], name="attendance_one_excuse_a_day"),
        ]

    def __str__(self) -> str:
        return str(self.on)
