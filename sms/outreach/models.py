"""Whom to phone, each attempt, and what was promised.

An entry is one student on the call list. An SRE takes it by a lease that no one else can hold and
that ends by itself. The database keeps three things from happening: two open entries for one
student in a mission, two leases held by one SRE, and half a lease (domain.md, "Calls").
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sms.outreach.choices import EntryState, Outcome
from sms.programme.models import MissionEnrollment


class CallEntry(models.Model):
    mission_enrollment = models.ForeignKey(MissionEnrollment, on_delete=models.PROTECT, related_name="call_entries")
    state = models.CharField(_("state"), max_length=10, choices=EntryState.choices, default=EntryState.WAITING)
    priority = models.PositiveSmallIntegerField(_("priority"), default=0, help_text=_("Higher comes first."))
    reasons = models.JSONField(_("why"), default=list)
    due_at = models.DateTimeField(_("due"))
    is_callback = models.BooleanField(_("callback"), default=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    leased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="call_leases"
    )
    leased_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(_("listed"))

    class Meta:
        default_permissions = ()
        permissions = [
            ("make_calls", _("Take students from the call list and log calls")),
            ("view_call_log", _("Read the call log")),
            ("correct_calls", _("Add calls of the past to the log, correct and remove calls")),
        ]
        verbose_name_plural = "call entries"
        constraints = [
            models.UniqueConstraint(
                fields=["mission_enrollment"], condition=Q(state=EntryState.WAITING), name="outreach_one_waiting_entry"
            ),
            models.UniqueConstraint(
                fields=["leased_by"], condition=Q(leased_by__isnull=False), name="outreach_one_lease_per_sre"
            ),
            models.CheckConstraint(
                condition=Q(leased_by=None, leased_until=None) | Q(leased_by__isnull=False, leased_until__isnull=False),
                name="outreach_whole_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-is_callback", "-priority", "due_at"],
                condition=Q(state=EntryState.WAITING),
                name="outreach_next_call",
            )
        ]

    def __str__(self) -> str:
        return str(self.mission_enrollment)

    def get_absolute_url(self) -> str:
        return reverse("outreach:card", args=[self.pk])


class Call(models.Model):
    """One attempt, as the caller logged it."""

    entry = models.ForeignKey(CallEntry, on_delete=models.PROTECT, related_name="calls")
    caller = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calls", verbose_name=_("caller")
    )
    started_at = models.DateTimeField(_("time"), db_index=True)
    outcome = models.CharField(_("outcome"), max_length=14, choices=Outcome.choices)
    notes = models.TextField(_("notes"), blank=True, max_length=4000)

    class Meta:
        default_permissions = ()
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} · {self.entry}"


class FollowUp(models.Model):
    """What was promised on a call, with an owner and a due time."""

    call = models.OneToOneField(Call, on_delete=models.PROTECT, related_name="follow_up")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="follow_ups")
    due_at = models.DateTimeField(_("due"), db_index=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["due_at"]

    def __str__(self) -> str:
        return str(self.call)


class DoNotCall(models.Model):
    """A student who asked not to be phoned. They never come onto the call list again."""

    student = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="do_not_call")
    since = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.student)
