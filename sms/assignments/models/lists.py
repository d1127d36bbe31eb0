"""Submission lists: what the SRE pastes from the main learning system, day by day.

A list is the verified record (domain.md, "Submissions"). It waits as a draft, of which each line keeps what was pasted;
whom a line means is looked up whenever the draft is looked at, and written down when somebody confirms it. Each line
that changed a submission keeps the record before and after, so that the list can be undone without touching what was
changed since. A student whom no line means has a line without text.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sms.assignments.choices import Effect, ListState, Resolution
from sms.assignments.models.work import Assignment
from sms.programme.models import MissionEnrollment

LONGEST_TEXT, LONGEST_NAME, LONGEST_ADDRESS, LONGEST_NUMBER = 300, 200, 254, 40


class SubmissionList(models.Model):
    """`as_of` is when work counts as handed in that has no time of its own. `counts` are for the history: lines by
    resolution, and once it is applied the submissions by effect.
    """

    # With the assignment, which can only be removed while nothing is recorded for it; the audit list outlives both.
    assignment = models.ForeignKey(
        Assignment, on_delete=models.CASCADE, related_name="submission_lists", verbose_name=_("assignment")
    )
    state = models.CharField(_("state"), max_length=10, choices=ListState.choices, default=ListState.DRAFT)
    as_of = models.DateTimeField(_("handed in"))
    is_complete = models.BooleanField(_("complete"), default=False)
    pasted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    pasted_at = models.DateTimeField(_("pasted"))
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    applied_at = models.DateTimeField(_("applied"), null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(_("undone"), null=True)
    counts = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()
        ordering = ["-pasted_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("applied", "undone"), applied_at__isnull=False)
                | Q(state__in=("draft", "discarded"), applied_at=None),
                name="assignments_list_applied",
            ),
            models.CheckConstraint(
                condition=Q(state="undone", undone_at__isnull=False, undone_at__gte=F("applied_at"))
                | ~Q(state="undone") & Q(undone_at=None),
                name="assignments_list_undone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment} · {self.assignment.mission}"

    def get_absolute_url(self) -> str:
        return reverse("assignments:list", args=[self.pk])


class SubmissionListLine(models.Model):
    """One address or student number of a list; `line` says where in the paste it stood, `number` counts them.

    `before` and `after` are the record of the student's submission, None where there was or is none (actions/putting).
    """

    list = models.ForeignKey(SubmissionList, on_delete=models.CASCADE, related_name="lines", db_index=False)
    number = models.PositiveIntegerField()
    line = models.PositiveIntegerField(null=True)
    text = models.CharField(max_length=LONGEST_TEXT, blank=True)
    name = models.CharField(max_length=LONGEST_NAME, blank=True)
    address = models.CharField(max_length=LONGEST_ADDRESS, blank=True)
    student_number = models.CharField(max_length=LONGEST_NUMBER, blank=True)
    submitted_at = models.DateTimeField(null=True)
    # Whoever was enrolled by mistake is removed with these lines; a recorded submission forbids it.
    mission_enrollment = models.ForeignKey(MissionEnrollment, on_delete=models.CASCADE, null=True, related_name="+")
    proposal = models.ForeignKey(MissionEnrollment, on_delete=models.PROTECT, null=True, related_name="+")
    is_accepted = models.BooleanField(default=False)
    resolution = models.CharField(max_length=12, choices=Resolution.choices, blank=True)
    effect = models.CharField(max_length=10, choices=Effect.choices, default=Effect.NONE)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    is_kept = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["list", "number"], name="assignments_list_line_number"),
            models.UniqueConstraint(
                fields=["list", "mission_enrollment"],
                condition=~Q(effect="none"),
                name="assignments_list_changes_a_student_once",
            ),
            models.CheckConstraint(
                condition=Q(effect="none") | Q(mission_enrollment__isnull=False), name="assignments_list_effect_on_whom"
            ),
            models.CheckConstraint(
                condition=Q(is_accepted=False) | Q(proposal__isnull=False), name="assignments_list_accepted_proposal"
            ),
        ]

    def __str__(self) -> str:
        return self.text or self.name
