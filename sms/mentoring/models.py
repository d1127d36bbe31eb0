"""Which mentor guides which student in which mission, and how many students a mentor can guide.

Several mentors at once are normal. An assignment is ended, never deleted, so that who guided whom
when stays readable; only one that an import opened by mistake is removed by its undo. While it is
open, the mentor holds a grant on the mission enrollment; the two are written in one transaction
(actions.py).

The load of a mentor is the number of their open assignments with students who take part in running
missions: a student in two of them counts in each, as the work does.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sms.programme.models import MissionEnrollment

USUAL_CAPACITY = 30  # students of a mentor for whom nobody has set another number


class MentorAssignment(models.Model):
    mission_enrollment = models.ForeignKey(
        MissionEnrollment, on_delete=models.PROTECT, related_name="mentor_assignments"
    )
    mentor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mentor_assignments")
    started_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True, help_text=_("Why it ended."))

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_own_students", _("See the students assigned to oneself")),
            ("assign_mentors", _("Assign mentors to students")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["mission_enrollment", "mentor"],
                condition=Q(ended_at=None),
                name="mentoring_one_open_assignment",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="mentoring_assignment_dates"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) | Q(ended_by=None, reason=""), name="mentoring_open_has_no_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mentor} → {self.mission_enrollment}"


class MentorCapacity(models.Model):
    """How many students one mentor can guide at once. Without a row it is USUAL_CAPACITY."""

    mentor = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentor_capacity", verbose_name=_("mentor")
    )
    students = models.PositiveSmallIntegerField(_("students"))

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.mentor}: {self.students}"
