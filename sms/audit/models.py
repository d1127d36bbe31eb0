"""What was done, by whom, to what: append-only.

An event is written in the transaction of the act that it tells of, and outlives both the person
and the subject: it keeps names and identifiers, not foreign keys. A trigger refuses to change or
delete a row (migration 0001).
"""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    at = models.DateTimeField(_("time"), db_index=True)
    actor_id = models.BigIntegerField(_("person's number"), null=True, db_index=True)
    actor_name = models.CharField(_("who"), max_length=200)
    verb = models.CharField(_("what was done"), max_length=80)
    subject_type = models.CharField(_("kind"), max_length=80, blank=True)
    subject_id = models.BigIntegerField(_("number"), null=True)
    subject_label = models.CharField(_("to what"), max_length=250, blank=True)
    data = models.JSONField(_("details"), default=dict)

    class Meta:
        default_permissions = ()
        permissions = [("view_events", _("Read the audit list"))]
        indexes = [
            models.Index(fields=["verb", "-at"], name="audit_event_verb"),
            models.Index(fields=["subject_type", "subject_id", "-at"], name="audit_event_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb_text} {self.subject_label}".strip()

    @property
    def verb_text(self) -> str:
        """The verb in the reader's language; verbs are marked with gettext_noop where they are written."""
        return gettext(self.verb)
