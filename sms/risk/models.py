"""The standing of each student: facts about their last days of attendance, computed by the database.

`Standing` is a view (migration 0001), not a table: it is never out of date and nobody has to keep it
right. It looks at the last WINDOW_DAYS days on which something was recorded and that were not
excused, so a holiday neither helps nor harms.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sms.programme.models import MissionEnrollment


class Standing(models.Model):
    mission_enrollment = models.OneToOneField(
        MissionEnrollment, on_delete=models.DO_NOTHING, primary_key=True, related_name="standing"
    )
    attendance_rate = models.FloatField(
        _("attendance"), null=True, help_text=_("Percent, 0–100; empty without a record.")
    )
    days_absent_in_a_row = models.IntegerField(_("absent in a row"))
    last_attended = models.DateField(_("last present"), null=True)

    class Meta:
        managed = False
        db_table = "risk_standing"
        default_permissions = ()
        permissions = [("view_low_performers", _("See who is falling behind"))]

    def __str__(self) -> str:
        return f"{self.mission_enrollment_id}: {self.attendance_rate}"
