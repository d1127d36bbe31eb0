"""Meetings: the weekly series of a mission, each meeting, and who was there.

A series says on which day of the week and at which local time; its meetings are made some weeks ahead
(`actions.lay_out_series`), at most one for a day of the series, which the database guarantees. A meeting keeps its
own terms, so that what was agreed holds although the series changes later. Students submit with the code that the
host shows, which changes all the time and is stored nowhere, or with a press in the window of a link; the host closes
(domain.md, "Meetings").

One record per meeting and MissionEnrollment. A trigger keeps both in one mission (migration 0004).
"""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from sms.attendance.choices import ATTENDED, DayStatus, MeetingState, MeetingWay
from sms.attendance.codes import new_secret
from sms.programme.models import Mission, MissionEnrollment

LATE_AFTER, LEAST_PERCENT = 10, 50


class MeetingTerms(models.Model):
    """What holds for each meeting of a series, and for one that is changed by itself."""

    title = models.CharField(_("title"), max_length=120)
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("host"),
    )
    way = models.CharField(_("how students submit"), max_length=4, choices=MeetingWay.choices, default=MeetingWay.CODE)
    link = models.URLField(
        _("link"),
        blank=True,
        max_length=500,
        validators=[URLValidator(schemes=("https", "http"))],
        help_text=_("Where the meeting takes place. Only students of the mission see it."),
    )
    late_after = models.PositiveSmallIntegerField(
        _("late after"),
        default=LATE_AFTER,
        validators=[MaxValueValidator(600)],
        help_text=_("Minutes after the start."),
    )
    least_percent = models.PositiveSmallIntegerField(
        _("least share present"),
        default=LEAST_PERCENT,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Percent of the meeting. Whom a report says to have been there for less counts as absent."),
    )

    class Meta:
        abstract = True


TERMS = tuple(field.name for field in MeetingTerms._meta.local_fields)


class MeetingSeries(MeetingTerms):
    mission = models.ForeignKey(Mission, on_delete=models.CASCADE, related_name="meeting_series")
    weekday = models.PositiveSmallIntegerField(_("day of the week"), help_text="ISO: 1 is Monday.")
    starts_at = models.TimeField(_("starts at"))
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=60, validators=[MinValueValidator(5), MaxValueValidator(600)]
    )
    first_on = models.DateField(_("from"), null=True, blank=True, help_text=_("Empty: from the start of the mission."))
    last_on = models.DateField(_("until"), null=True, blank=True, help_text=_("Empty: until the mission ends."))
    is_active = models.BooleanField(
        _("goes on"),
        default=True,
        help_text=_("Otherwise no more meetings are made, and those to come are taken away."),
    )

    class Meta:
        default_permissions = ()
        verbose_name_plural = "meeting series"
        permissions = [("manage_meetings", _("Set, change and cancel meetings of any mission"))]
        ordering = ["mission", "weekday", "starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__gte=1, weekday__lte=7), name="attendance_series_weekday"),
            models.CheckConstraint(condition=Q(minutes__gte=5, minutes__lte=600), name="attendance_series_minutes"),
            models.CheckConstraint(
                condition=Q(first_on=None) | Q(last_on=None) | Q(last_on__gte=F("first_on")),
                name="attendance_series_dates",
                violation_error_message=_("The series must not end before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_weekday_display(self) -> str:
        return str(WEEKDAYS[self.weekday - 1])

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)


class Meeting(MeetingTerms):
    mission = models.ForeignKey(Mission, on_delete=models.PROTECT, related_name="meetings")
    series = models.ForeignKey(MeetingSeries, on_delete=models.SET_NULL, null=True, blank=True, related_name="meetings")
    series_day = models.DateField(
        null=True, blank=True, help_text="The day of the series that this meeting stands for."
    )
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    state = models.CharField(_("state"), max_length=10, choices=MeetingState.choices, default=MeetingState.SCHEDULED)
    is_edited = models.BooleanField(default=False, help_text="Changed by itself, so its series leaves it alone.")
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=250, blank=True, help_text="Why it was cancelled.")
    secret = models.CharField(max_length=64, default=new_secret, editable=False)

    class Meta:
        default_permissions = ()
        permissions = [("host_meetings", _("Host meetings: show the code, open, close, correct who was there"))]
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["series", "series_day"], name="attendance_one_meeting_a_day_of_a_series"),
            models.UniqueConstraint(
                fields=["mission", "starts_at"],
                condition=~Q(state=MeetingState.CANCELLED),
                name="attendance_one_meeting_at_a_time",
                violation_error_message=_("This mission has a meeting at this time already."),
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="attendance_meeting_ends_after_start",
                violation_error_message=_("The meeting must end after it starts."),
            ),
            models.CheckConstraint(
                condition=~Q(state=MeetingState.OPEN) | Q(opened_at__isnull=False),
                name="attendance_open_meeting_was_opened",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(MeetingState.CLOSED, MeetingState.CANCELLED), closed_at__isnull=False)
                | (~Q(state__in=(MeetingState.CLOSED, MeetingState.CANCELLED)) & Q(closed_at=None)),
                name="attendance_closed_meeting_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=MeetingState.CANCELLED) | ~Q(reason=""),
                name="attendance_cancelled_meeting_has_reason",
            ),
        ]
        indexes = [models.Index(fields=["state", "ends_at"], name="attendance_meetings_to_close")]

    def __str__(self) -> str:
        return f"{self.title}, {date_format(self.starts_at.astimezone(self.zone), 'j M Y H:i')}"

    def get_absolute_url(self) -> str:
        return reverse("attendance:meeting", args=[self.pk])

    @property
    def zone(self) -> ZoneInfo:
        return self.mission.batch.zone

    @property
    def on(self) -> date:
        """The day in the batch's timezone."""
        return self.starts_at.astimezone(self.zone).date()

    @property
    def local_start(self) -> str:
        """As an import names the meeting: the time of the wall clock with its offset."""
        return self.starts_at.astimezone(self.zone).isoformat(sep=" ")


class MeetingRecord(models.Model):
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="records", db_index=False)
    mission_enrollment = models.ForeignKey(MissionEnrollment, on_delete=models.PROTECT, related_name="meeting_records")
    status = models.CharField(_("status"), max_length=8, choices=DayStatus.choices)
    minutes = models.PositiveSmallIntegerField(
        _("minutes present"), null=True, blank=True, help_text="What a report says."
    )
    joined_at = models.DateTimeField(_("joined"), null=True, blank=True, help_text="What a report says.")
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    corrected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    excuse = models.ForeignKey(
        "attendance.ExcuseRequest", on_delete=models.SET_NULL, null=True, blank=True, related_name="meeting_records"
    )

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["meeting", "mission_enrollment"], name="attendance_one_record_a_meeting"),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=False)
                | Q(minutes__isnull=False)
                | ~Q(status__in=ATTENDED)
                | ~Q(reason=""),
                name="attendance_meeting_attended_has_cause",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting}: {self.get_status_display()}"
