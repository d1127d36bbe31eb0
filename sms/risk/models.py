"""Risk keeps no rows of its own yet; the permission to see who falls behind hangs here."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RiskPermissions(models.Model):
    class Meta:
        managed = False
        default_permissions = ()
        permissions = [("view_low_performers", _("See who is falling behind"))]
