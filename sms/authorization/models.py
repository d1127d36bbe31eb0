"""Roles, and the table of grants that lets a mentor see a student.

A role is a Django group with a stable key. A grant is a row of guardian's direct-foreign-key
kind on one MissionEnrollment: it is read and written only through grants.py, and equals the open
mentor assignments (`manage.py reconcile_grants --check`).
"""

from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sms.authorization.grants import MissionEnrollmentGrant

__all__ = ["MissionEnrollmentGrant", "Role"]


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
