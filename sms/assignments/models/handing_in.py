"""What was handed in for an assignment.

A student hands in one submission for an assignment. What staff record, by a list or an import, is the verified record;
what a student says of themself counts as claimed until then (domain.md, "Submissions").
"""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sms.assignments.choices import SubmissionState
from sms.assignments.models.work import Assignment
from sms.programme.models import MissionEnrollment


def as_percent(value: Decimal | None) -> str:
    """With decimals only where it has some; empty without a value."""
    return "" if value is None else f"{value.normalize():f}%"


class Submission(models.Model):
    """What a student handed in for an assignment of their mission; a trigger holds the two missions together
    (migration 0002).

    `grade` is the mark that is out, in percent: 100 is full marks whatever the points of the assignment are. It is
    written together with the grade that it shows (models/grading.py). A record without a time says that the work was
    handed in, and not when.
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
        permissions = [
            ("record_submissions", _("Record what students handed in, and its grades")),
            ("hand_in", _("Hand in one's own work")),
            ("verify_submissions", _("Verify what students handed in themselves")),
        ]
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
        return as_percent(self.grade)
