"""Which mentor guides which student in which mission.

Several mentors at once are normal. An assignment is ended, never deleted, so that who guided whom
when stays readable. While it is open, the mentor holds a grant on the mission enrollment; the two
are written in one transaction (actions.py).
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sms.programme.models import MissionEnrollment


class MentorAssignment(models.Model):
    mission_enrollment = models.ForeignKey(
        MissionEnrollment, on_delete=models.PROTECT, related_name="mentor_assignments"
    )
    mentor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mentor_assignments")
    started_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

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
        ]

    def __str__(self) -> str:
        return f"{self.mentor} → {self.mission_enrollment}"
