"""Work that a mission sets, with the day it belongs to and when it is due, and what was handed in.

A student hands in one submission for an assignment. What staff record, by a list or an import, is the verified record;
what a student says of themself counts as claimed until then (domain.md, "Submissions").
"""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sms.assignments.choices import SubmissionState
from sms.programme.models import Mission, MissionEnrollment


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


class Submission(models.Model):
    """What a student handed in for an assignment of their mission; a trigger holds the two missions together
    (migration 0002).

    `grade` is the mark given, in percent: 100 is full marks whatever the points of the assignment are. A record
    without a time says that the work was handed in, and not when.
    """

    mission_enrollment = models.ForeignKey(
        MissionEnrollment, on_delete=models.PROTECT, related_name="submissions", db_index=False
    )
    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, related_name="submissions", verbose_name=_("assignment")
    )
    submitted_at = models.DateTimeField(_("handed in"), null=True, blank=True)
    grade = models.DecimalField(
        _("grade"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    state = models.CharField(_("state"), max_length=8, choices=SubmissionState.choices)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        default_permissions = ()
        permissions = [("record_submissions", _("Record what students handed in, and its grades"))]
        constraints = [
            models.UniqueConstraint(fields=["mission_enrollment", "assignment"], name="assignments_one_submission"),
            models.CheckConstraint(
                condition=Q(grade=None) | Q(grade__gte=0, grade__lte=100), name="assignments_grade_is_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mission_enrollment} · {self.assignment}"

    @property
    def percent(self) -> str:
        """The grade as people read it, with decimals only where it has some; empty without a grade."""
        return "" if self.grade is None else f"{self.grade.normalize():f}%"
