"""Daily attendance.

One record per MissionEnrollment and date, which the database guarantees. A day is a date in the
batch's timezone, its window is given in local times there, and the server's clock decides
(domain.md, "Daily attendance"). Only days of an active mission that pass without a submission
become absences; orientation and revision are voluntary.
"""

from datetime import time

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sms.attendance.choices import ATTENDED, DayKind, DayStatus
from sms.programme.models import Batch, Mission, MissionEnrollment

MOST_GRACE = 120  # minutes
STREAK_DAYS = 7
EVERY_DAY_BUT_FRIDAY = [1, 2, 3, 4, 6, 7]


def default_weekdays() -> list[int]:
    """ISO weekdays; Friday is the day of rest in Bangladesh."""
    return list(EVERY_DAY_BUT_FRIDAY)


class AttendancePolicy(models.Model):
    """When a mission asks for attendance. A mission without a row has the defaults below."""

    mission = models.OneToOneField(Mission, on_delete=models.CASCADE, related_name="attendance_policy")
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("days of the week"), default=default_weekdays
    )
    opens_at = models.TimeField(_("opens at"), default=time(8))
    late_after = models.TimeField(_("late after"), default=time(20))
    closes_at = models.TimeField(_("closes at"), default=time(23, 59))
    grace = models.PositiveSmallIntegerField(
        _("minutes of grace"),
        default=0,
        validators=[MaxValueValidator(MOST_GRACE)],
        help_text=_("So long after “late after” a student still counts as present. Students are not told."),
    )
    corrections_until_days = models.PositiveSmallIntegerField(
        _("days for corrections"),
        null=True,
        blank=True,
        help_text=_("After so many days only managers and admins may correct a day. Leave it empty for no limit."),
    )
    mentors_may_correct = models.BooleanField(_("mentors may correct days of their own students"), default=False)
    mentors_until_days = models.PositiveSmallIntegerField(
        _("days for corrections by mentors"), default=2, help_text=_("Counts where mentors may correct.")
    )
    streak_days = models.PositiveSmallIntegerField(
        _("days of a streak"),
        default=STREAK_DAYS,
        help_text=_("Every so many attended days in a row give a bonus. 0 gives none."),
    )
    locked_until = models.DateField(_("locked until"), null=True, blank=True)

    class Meta:
        default_permissions = ()
        permissions = [("manage_policy", _("Set the attendance window, holidays and the lock date"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(corrections_until_days=None)
                | Q(mentors_may_correct=False)
                | Q(mentors_until_days__lte=F("corrections_until_days")),
                name="attendance_policy_mentors_not_longer",
                violation_error_message=_("Mentors must not have longer for corrections than everyone else."),
            ),
            models.CheckConstraint(condition=Q(grace__lte=MOST_GRACE), name="attendance_policy_grace"),
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("late_after")) & Q(late_after__lte=F("closes_at")),
                name="attendance_policy_order",
                violation_error_message=_("The window must open before it turns late, and turn late before it closes."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opens_at:%H:%M}–{self.closes_at:%H:%M}"


class Holiday(models.Model):
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="holidays")
    on = models.DateField(_("day"))
    title = models.CharField(_("title"), max_length=80)

    class Meta:
        default_permissions = ()
        ordering = ["on"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "on"],
                name="attendance_one_holiday_a_day",
                violation_error_message=_("This day is a holiday already."),
            )
        ]

    def __str__(self) -> str:
        return self.title


class ClosedDays(models.Model):
    """How far the days of a mission are closed, so that after a downtime of any length none is left out."""

    mission = models.OneToOneField(Mission, on_delete=models.CASCADE, related_name="closed_days")
    through = models.DateField(_("closed through"))

    class Meta:
        default_permissions = ()
        verbose_name_plural = "closed days"

    def __str__(self) -> str:
        return str(self.through)


class DailyRecord(models.Model):
    mission_enrollment = models.ForeignKey(
        MissionEnrollment, on_delete=models.PROTECT, related_name="daily_records", db_index=False
    )
    on = models.DateField(_("day"))
    status = models.CharField(_("status"), max_length=8, choices=DayStatus.choices)
    kind = models.CharField(_("kind"), max_length=12, choices=DayKind.choices, default=DayKind.REGULAR)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    corrected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    excuse = models.ForeignKey(
        "attendance.ExcuseRequest", on_delete=models.SET_NULL, null=True, blank=True, related_name="records"
    )

    class Meta:
        default_permissions = ()
        permissions = [
            ("submit_own_record", _("Submit one's own attendance")),
            ("correct_record", _("Correct attendance, with a reason")),
            ("correct_own_students", _("Correct days of one's own students, where the mission allows it")),
            ("correct_locked", _("Correct days that are locked or long past")),
            ("mark_many", _("Mark a day of many students at once")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["mission_enrollment", "on"], name="attendance_one_record_a_day"),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=False) | ~Q(status__in=ATTENDED) | ~Q(reason=""),
                name="attendance_attended_has_cause",
            ),
        ]
        indexes = [models.Index(fields=["on", "status"], name="attendance_by_day")]

    def __str__(self) -> str:
        return f"{self.on}: {self.get_status_display()}"
