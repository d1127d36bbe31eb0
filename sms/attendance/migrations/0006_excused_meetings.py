import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("attendance", "0005_late_taps")]

    operations = [
        migrations.AddField(
            model_name="meetingrecord",
            name="excuse",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="meeting_records",
                to="attendance.excuserequest",
            ),
        ),
    ]
