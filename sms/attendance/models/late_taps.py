"""Taps that a device kept while it had no network, and that arrived too late to count by themselves.

The time of a tap is what the device claims, so a person decides about it. The site can only tell how far the
device's clock was off when it sent the tap, and takes that out of the claim.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sms.attendance.choices import TapState
from sms.programme.models import MissionEnrollment

# A request on a slow network takes so long; a clock is off only by what goes beyond it.
TRANSIT = timedelta(minutes=1)


def corrected_claim(tapped_at: datetime, sent_at: datetime, received_at: datetime) -> datetime:
    """When the tap was made if the device's clock was off then by as much as it was on sending.

    A claim that lies ahead by less than TRANSIT is one of just now.
    """
    offset = received_at - sent_at
    claim = tapped_at if abs(offset) <= TRANSIT else tapped_at + offset
    return min(claim, received_at) if claim - received_at <= TRANSIT else claim


class LateTap(models.Model):
    mission_enrollment = models.ForeignKey(
        MissionEnrollment, on_delete=models.PROTECT, related_name="late_taps", db_index=False
    )
    on = models.DateField(_("day"))
    key = models.UUIDField()
    tapped_at = models.DateTimeField(_("tapped, by the device’s clock"))
    sent_at = models.DateTimeField(_("sent, by the device’s clock"))
    received_at = models.DateTimeField(_("arrived"))
    claimed_at = models.DateTimeField(_("tapped"))
    state = models.CharField(_("state"), max_length=8, choices=TapState.choices, default=TapState.PENDING)
    answer = models.CharField(_("answer"), max_length=250, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        permissions = [("review_taps", _("Decide about taps that arrived too late"))]
        constraints = [
            models.UniqueConstraint(fields=["mission_enrollment", "key"], name="attendance_tap_arrives_once"),
            models.UniqueConstraint(
                fields=["mission_enrollment", "on"],
                condition=Q(state=TapState.PENDING),
                name="attendance_one_open_tap_a_day",
            ),
            models.CheckConstraint(
                condition=Q(state=TapState.PENDING, decided_by=None, decided_at=None, answer="")
                | Q(~Q(state=TapState.PENDING), decided_by__isnull=False, decided_at__isnull=False),
                name="attendance_tap_decided_together",
            ),
            models.CheckConstraint(
                condition=~Q(state=TapState.REFUSED) | ~Q(answer=""), name="attendance_refused_tap_has_answer"
            ),
            models.CheckConstraint(
                condition=Q(claimed_at__lte=F("received_at")), name="attendance_tap_is_not_from_the_future"
            ),
        ]
        indexes = [models.Index(fields=["state", "received_at"], name="attendance_taps_in_review")]

    def __str__(self) -> str:
        return f"{self.on}: {self.get_state_display()}"

    @property
    def clock_offset(self) -> timedelta:
        """By how much the device's clock was behind the server's; less than nothing when it was ahead."""
        offset = self.received_at - self.sent_at
        return offset if abs(offset) > TRANSIT else timedelta()
