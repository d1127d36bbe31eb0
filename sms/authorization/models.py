"""Roles, and the table of grants that lets a mentor see a student.

A role is a Django group with a stable key. A grant is a row of guardian's direct-foreign-key
kind on one MissionEnrollment: it is read and written only through grants.py, and equals the open
mentor assignments (`manage.py reconcile_grants --check`).
"""

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sms.authorization.choices import InvitationState
from sms.authorization.grants import MissionEnrollmentGrant
from sms.core import clock

__all__ = ["Invitation", "MissionEnrollmentGrant", "Role"]


class Role(models.Model):
    key = models.SlugField(_("key"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=80)
    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="role")
    built_in = models.BooleanField(default=False, editable=False)
    edited = models.BooleanField(default=False, editable=False)

    class Meta:
        default_permissions = ()
        permissions = [("manage_roles", _("Edit roles and what they may do"))]
        ordering = ["pk"]

    def __str__(self) -> str:
        """The title; that of a built-in role in the reader's language, unless an admin has given it another."""
        return gettext(self.title) if self.built_in else self.title


class Invitation(models.Model):
    """A link by mail that lets somebody in with these roles, once. It is open until accepted or revoked.

    One address has one open invitation at most; to invite it again is to send that one again. An open one
    whose time is over lets nobody in until it is sent again.
    """

    email = models.EmailField(_("e-mail address"))
    name = models.CharField(_("name"), max_length=200, blank=True)
    role_keys = ArrayField(models.SlugField(max_length=40), verbose_name=_("roles"))
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="sent_invitations",
        verbose_name=_("invited by"),
    )
    created_at = models.DateTimeField(_("invited"))
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="accepted_invitations"
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="authorization_one_open_invitation",
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="authorization_invitation_email_lower_case"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="authorization_invitation_times"),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, revoked_at=None),
                name="authorization_invitation_accepted_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def state(self) -> InvitationState:
        if self.accepted_at:
            return InvitationState.ACCEPTED
        if self.revoked_at:
            return InvitationState.REVOKED
        return InvitationState.OPEN if self.expires_at > clock.now() else InvitationState.EXPIRED

    @property
    def is_unanswered(self) -> bool:
        """Whether it can be sent again or revoked."""
        return self.state in (InvitationState.OPEN, InvitationState.EXPIRED)
