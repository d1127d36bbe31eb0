"""Grades, what they are made up of, and when students see them.

A grade is never edited: whoever grades again adds a row, and the newest is the current one. That there is one current
row is a constraint, that nothing else of a row changes a trigger (migration 0005).

`Submission.grade` is what is out: the percentage of the current grade from the moment the student may see it, and
nothing before. Points, exports and the student's own pages read that field alone, so a grade that is held reaches none
of them.
"""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Deferrable, Q
from django.utils.translation import gettext_lazy as _

from sms.assignments.choices import GradeSource
from sms.assignments.models.handing_in import Submission, as_percent
from sms.assignments.models.work import Assignment


class GradeRelease(models.Model):
    """An assignment with this row gives its grades out together; one without it, each at once.

    Until they are released, its grades are held. From then on a later grade is out at once here, too.
    """

    assignment = models.OneToOneField(
        Assignment, on_delete=models.CASCADE, related_name="grade_release", verbose_name=_("assignment")
    )
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        default_permissions = ()
        permissions = [("release_grades", _("Hold grades and release them together"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(released_at__isnull=False) | Q(released_by=None), name="assignments_held_by_nobody"
            )
        ]

    def __str__(self) -> str:
        return str(self.assignment)


class RubricCriterion(models.Model):
    """One thing that is looked at. The rubric of an assignment is its criteria in their order.

    As soon as a grade was given by them, their points and their number stand (actions/rubrics.py).
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="criteria", db_index=False)
    order = models.PositiveSmallIntegerField(_("order"))
    title = models.CharField(_("criterion"), max_length=120)
    description = models.CharField(_("what earns full points"), max_length=300, blank=True)
    points = models.PositiveSmallIntegerField(_("points"), validators=[MinValueValidator(1)])

    class Meta:
        default_permissions = ()
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "order"],
                name="assignments_one_criterion_a_place",
                deferrable=Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=Q(points__gte=1), name="assignments_criterion_has_points"),
        ]

    def __str__(self) -> str:
        return self.title


class Grade(models.Model):
    """What somebody, or a file, said of a submission. Without a percentage it says that there is no grade any more."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="grades")
    percent = models.DecimalField(
        _("grade"),
        max_digits=5,
        decimal_places=2,
        null=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    comment = models.TextField(_("comment"), blank=True)
    private_note = models.TextField(_("private note"), blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    source = models.CharField(_("by"), max_length=4, choices=GradeSource.choices)
    graded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    graded_at = models.DateTimeField(_("graded"))
    is_current = models.BooleanField(default=True)

    class Meta:
        default_permissions = ()
        permissions = [
            ("grade_own_students", _("Grade what the students assigned to oneself handed in")),
            ("grade_all", _("Grade what any student handed in")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["submission"], condition=Q(is_current=True), name="assignments_one_current_grade"
            ),
            models.CheckConstraint(
                condition=Q(percent=None) | Q(percent__gte=0, percent__lte=100), name="assignments_graded_in_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission}: {self.shown}"

    @property
    def shown(self) -> str:
        return as_percent(self.percent)


class GradePart(models.Model):
    """The points of a grade for one criterion of the rubric."""

    grade = models.ForeignKey(Grade, on_delete=models.CASCADE, related_name="parts", db_index=False)
    criterion = models.ForeignKey(RubricCriterion, on_delete=models.PROTECT, related_name="parts")
    points = models.DecimalField(_("points"), max_digits=7, decimal_places=2)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["grade", "criterion"], name="assignments_one_part_a_criterion"),
            models.CheckConstraint(condition=Q(points__gte=0), name="assignments_part_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.points}"
