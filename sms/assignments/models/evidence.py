"""What a student handed in themself: a link, a file or both, and every version of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sms.assignments.models.work import Assignment
from sms.core.uploads import UploadKind
from sms.programme.models import MissionEnrollment


class Evidence(models.Model):
    """One version, which nothing changes or deletes. The latest counts; the earlier ones stay to be read.

    It belongs to the student and the assignment and not to the submission, which staff may take back and record anew.
    `file` is a name in the storage, `file_name` the one that people read; `digest` tells a second press of the button
    from a new version.
    """

    mission_enrollment = models.ForeignKey(
        MissionEnrollment, on_delete=models.PROTECT, related_name="evidence", db_index=False
    )
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="evidence")
    handed_in_at = models.DateTimeField()
    link = models.URLField(_("link"), max_length=500, blank=True)
    file = models.CharField(max_length=100, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    file_kind = models.CharField(max_length=4, choices=UploadKind.choices, blank=True)
    file_bytes = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        default_permissions = ()
        verbose_name_plural = "evidence"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["mission_enrollment", "assignment"], name="assignments_evidence_of")]
        constraints = [
            models.CheckConstraint(condition=~Q(link="", file=""), name="assignments_evidence_is_something"),
            models.CheckConstraint(
                condition=Q(file="", file_name="", file_kind="", digest="", file_bytes=0)
                | ~(Q(file="") | Q(file_name="") | Q(file_kind="") | Q(digest="") | Q(file_bytes=0)),
                name="assignments_evidence_whole_file",
            ),
            models.UniqueConstraint(fields=["file"], condition=~Q(file=""), name="assignments_evidence_file"),
        ]

    def __str__(self) -> str:
        return self.file_name or self.link
