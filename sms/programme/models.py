"""The programme: batches, their missions, and who takes part in them.

A batch is a cohort of 2,000–3,000 students with a timezone of its own: a day of attendance is a
date there. A student is enrolled in a batch, and in each of its missions that they take part in.
Leaving ends an enrollment and keeps it; rejoining begins another (domain.md, "Words"). Who leaves a
batch leaves its missions: a trigger refuses an open mission enrollment beneath an ended enrollment
(migration 0002), so whoever asks for "here now" need look at `left_on` alone.
"""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sms.core.fields import TimezoneField, zone_of
from sms.programme.choices import Access, BatchStatus, MissionStatus


class Batch(models.Model):
    code = models.SlugField(
        _("code"), max_length=40, help_text=_("Short and stable, like batch-12. It stands in files and addresses.")
    )
    title = models.CharField(_("title"), max_length=120)
    status = models.CharField(_("status"), max_length=10, choices=BatchStatus.choices, default=BatchStatus.DRAFT)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    timezone = TimezoneField()

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_programme", _("See batches and missions")),
            ("manage_programme", _("Create and edit batches and missions")),
        ]
        ordering = ["-starts_on", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["code"],
                name="programme_batch_code",
                violation_error_message=_("A batch with this code exists already."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="programme_batch_dates",
                violation_error_message=_("The batch must not end before it starts."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("programme:batch", args=[self.pk])

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.timezone)


class Mission(models.Model):
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="missions", verbose_name=_("batch"))
    code = models.SlugField(_("code"), max_length=40, help_text=_("Unique in its batch, like js-basics."))
    title = models.CharField(_("title"), max_length=120)
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    status = models.CharField(_("status"), max_length=10, choices=MissionStatus.choices, default=MissionStatus.UPCOMING)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))

    class Meta:
        default_permissions = ()
        ordering = ["batch", "order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "code"],
                name="programme_mission_code",
                violation_error_message=_("This batch has a mission with this code already."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="programme_mission_dates",
                violation_error_message=_("The mission must not end before it starts."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("dashboards:mission", args=[self.pk])


class Guidelines(models.Model):
    """What a mission asks its students to do and not to do, as Markdown. In a table of its own: every
    submission of attendance reads the mission, and none of them this.
    """

    mission = models.OneToOneField(Mission, on_delete=models.CASCADE, related_name="guidelines")
    do = models.TextField(_("do"), blank=True, max_length=4000)
    dont = models.TextField(_("don’t"), blank=True, max_length=4000)

    class Meta:
        default_permissions = ()
        verbose_name_plural = "guidelines"

    def __str__(self) -> str:
        return str(self.mission)


class Enrollment(models.Model):
    """One spell of a student in a batch; open while `ended_on` is empty."""

    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="enrollments", verbose_name=_("student")
    )
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="enrollments", verbose_name=_("batch"))
    started_on = models.DateField(_("joined on"))
    ended_on = models.DateField(_("left on"), null=True, blank=True)

    class Meta:
        default_permissions = ()
        permissions = [("manage_enrollments", _("Enroll students, move them, change their access"))]
        constraints = [
            models.UniqueConstraint(
                fields=["student", "batch"], condition=Q(ended_on=None), name="programme_one_open_enrollment"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")), name="programme_enrollment_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student} · {self.batch}"

    def get_absolute_url(self) -> str:
        return reverse("programme:enrollment", args=[self.pk])


class MissionEnrollment(models.Model):
    """One spell of a student in a mission; open while `left_on` is empty. The day itself no longer counts.

    Attendance, points and grants hang on this row.
    """

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="mission_enrollments")
    mission = models.ForeignKey(
        Mission, on_delete=models.PROTECT, related_name="mission_enrollments", verbose_name=_("mission")
    )
    joined_on = models.DateField(_("joined on"), help_text=_("Days before it ask the student for nothing."))
    left_on = models.DateField(_("left on"), null=True, blank=True)
    access = models.CharField(_("access"), max_length=10, choices=Access.choices, default=Access.FULL)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_all_students", _("See every student of every batch")),
            ("view_missionenrollment", _("See the student of this mission enrollment (granted per object)")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "mission"],
                condition=Q(left_on=None),
                name="programme_one_open_mission_enrollment",
            ),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=F("joined_on")), name="programme_mission_enrollment_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment.student} · {self.mission}"

    def get_absolute_url(self) -> str:
        return reverse("dashboards:student", args=[self.pk])

    @property
    def student(self) -> models.Model:
        return self.enrollment.student


class AccessChange(models.Model):
    """One change of a student's access to a mission, with its reason. The present value stands in the enrollment."""

    mission_enrollment = models.ForeignKey(MissionEnrollment, on_delete=models.CASCADE, related_name="access_changes")
    before = models.CharField(_("before"), max_length=10, choices=Access.choices)
    after = models.CharField(_("after"), max_length=10, choices=Access.choices)
    reason = models.CharField(_("reason"), max_length=250)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("changed by")
    )
    changed_at = models.DateTimeField(_("time"))

    class Meta:
        default_permissions = ()
        ordering = ["-changed_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(before=F("after")), name="programme_access_changed"),
            models.CheckConstraint(condition=~Q(reason=""), name="programme_access_change_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_before_display()} → {self.get_after_display()}"


class EnrollmentTemplate(models.Model):
    """A set of missions of a batch with the access to each, given to students at one go."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="enrollment_templates")
    title = models.CharField(_("title"), max_length=120)

    class Meta:
        default_permissions = ()
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "title"],
                name="programme_enrollment_template_title",
                violation_error_message=_("This batch has a template with this title already."),
            )
        ]

    def __str__(self) -> str:
        return self.title


class EnrollmentTemplateItem(models.Model):
    template = models.ForeignKey(EnrollmentTemplate, on_delete=models.CASCADE, related_name="items")
    mission = models.ForeignKey(Mission, on_delete=models.CASCADE, related_name="+")
    access = models.CharField(_("access"), max_length=10, choices=Access.choices, default=Access.FULL)

    class Meta:
        default_permissions = ()
        ordering = ["mission__order", "mission"]
        constraints = [
            models.UniqueConstraint(fields=["template", "mission"], name="programme_mission_once_a_template")
        ]

    def __str__(self) -> str:
        return f"{self.mission}: {self.get_access_display()}"
