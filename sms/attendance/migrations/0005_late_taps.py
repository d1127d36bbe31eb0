import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("attendance", "0004_meetings"),
        ("programme", "0003_templates_and_guidelines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LateTap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField(verbose_name="day")),
                ("key", models.UUIDField()),
                ("tapped_at", models.DateTimeField(verbose_name="tapped, by the device’s clock")),
                ("sent_at", models.DateTimeField(verbose_name="sent, by the device’s clock")),
                ("received_at", models.DateTimeField(verbose_name="arrived")),
                ("claimed_at", models.DateTimeField(verbose_name="tapped")),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "in review"), ("accepted", "accepted"), ("refused", "refused")],
                        default="pending",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("answer", models.CharField(blank=True, max_length=250, verbose_name="answer")),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "mission_enrollment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="late_taps",
                        to="programme.missionenrollment",
                    ),
                ),
            ],
            options={
                "permissions": [("review_taps", "Decide about taps that arrived too late")],
                "default_permissions": (),
                "indexes": [models.Index(fields=["state", "received_at"], name="attendance_taps_in_review")],
                "constraints": [
                    models.UniqueConstraint(fields=("mission_enrollment", "key"), name="attendance_tap_arrives_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "pending")),
                        fields=("mission_enrollment", "on"),
                        name="attendance_one_open_tap_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("decided_at", None), ("decided_by", None), ("state", "pending")),
                            models.Q(
                                models.Q(("state", "pending"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="attendance_tap_decided_together",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "refused"), _negated=True),
                            models.Q(("answer", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="attendance_refused_tap_has_answer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("claimed_at__lte", models.F("received_at"))),
                        name="attendance_tap_is_not_from_the_future",
                    ),
                ],
            },
        ),
    ]
