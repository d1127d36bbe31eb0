"""What students hand in themselves, more time for them, instructions, and what becomes of late work."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The same trigger that holds a submission together (migration 0002): what is written belongs to an assignment of the
# mission that the student takes part in.
HOLD_TOGETHER = "".join(
    f"""
CREATE TRIGGER assignments_same_mission_{when} AFTER {event} ON {table}
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION assignments_same_mission();
"""
    for table in ("assignments_evidence", "assignments_extension")
    for when, event in (("inserted", "INSERT"), ("updated", "UPDATE"))
)
LET_GO = "".join(
    f"DROP TRIGGER assignments_same_mission_{when} ON {table};"
    for table in ("assignments_evidence", "assignments_extension")
    for when in ("inserted", "updated")
)


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0002_submissions"),
        ("programme", "0003_templates_and_guidelines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("handed_in_at", models.DateTimeField()),
                ("link", models.URLField(blank=True, max_length=500, verbose_name="link")),
                ("file", models.CharField(blank=True, max_length=100)),
                ("file_name", models.CharField(blank=True, max_length=120)),
                (
                    "file_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("pdf", "PDF"),
                            ("docx", "Word (docx)"),
                            ("odt", "OpenDocument (odt)"),
                            ("zip", "ZIP"),
                            ("png", "PNG"),
                            ("jpg", "JPEG"),
                            ("txt", "text or source code"),
                        ],
                        max_length=4,
                    ),
                ),
                ("file_bytes", models.PositiveIntegerField(default=0)),
                ("digest", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "verbose_name_plural": "evidence",
                "ordering": ["-pk"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Extension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(verbose_name="due at")),
                ("reason", models.CharField(max_length=250, verbose_name="reason")),
                ("granted_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-granted_at", "-pk"],
                "permissions": [("grant_extensions", "Give students more time for an assignment")],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Instructions",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(verbose_name="instructions")),
            ],
            options={
                "verbose_name_plural": "instructions",
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="submission",
            options={
                "default_permissions": (),
                "permissions": [
                    ("record_submissions", "Record what students handed in, and its grades"),
                    ("hand_in", "Hand in one's own work"),
                    ("verify_submissions", "Verify what students handed in themselves"),
                ],
            },
        ),
        migrations.AddField(
            model_name="assignment",
            name="accepts_late",
            field=models.BooleanField(default=True, verbose_name="take late work"),
        ),
        migrations.AddField(
            model_name="assignment",
            name="late_floor",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="Percent that late work keeps at least.",
                validators=[django.core.validators.MaxValueValidator(100)],
                verbose_name="lowest share",
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="late_per_day",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="Percent that every 24 hours of delay take from that share.",
                validators=[django.core.validators.MaxValueValidator(100)],
                verbose_name="loss for each full day",
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="late_share",
            field=models.PositiveSmallIntegerField(
                default=100,
                help_text="Percent of the points, from the first second after the due time.",
                validators=[django.core.validators.MaxValueValidator(100)],
                verbose_name="share that late work keeps",
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="late_until",
            field=models.DateTimeField(
                blank=True,
                help_text="Left empty, late work is taken without an end.",
                null=True,
                verbose_name="late work until",
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="way",
            field=models.CharField(
                choices=[
                    ("any", "by link or file, or by list"),
                    ("link", "by link"),
                    ("file", "by file"),
                    ("list", "in the main learning system, by list"),
                ],
                default="any",
                max_length=4,
                verbose_name="handed in",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(("late_until", None), ("late_until__gt", models.F("due_at")), _connector="OR"),
                name="assignments_late_after_due",
                violation_error_message="Late work must be taken until after the due time.",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("late_floor__lte", models.F("late_share")), ("late_per_day__lte", 100), ("late_share__lte", 100)
                ),
                name="assignments_late_shares",
                violation_error_message="The lowest share of late work cannot be more than the share that it keeps.",
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="assignment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="assignments.assignment"
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="mission_enrollment",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="evidence",
                to="programme.missionenrollment",
            ),
        ),
        migrations.AddField(
            model_name="extension",
            name="assignment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="extensions", to="assignments.assignment"
            ),
        ),
        migrations.AddField(
            model_name="extension",
            name="granted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="extension",
            name="mission_enrollment",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="extensions",
                to="programme.missionenrollment",
            ),
        ),
        migrations.AddField(
            model_name="extension",
            name="revoked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="instructions",
            name="assignment",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="instructions", to="assignments.assignment"
            ),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(fields=["mission_enrollment", "assignment"], name="assignments_evidence_of"),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(("file", ""), ("link", ""), _negated=True), name="assignments_evidence_is_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("digest", ""), ("file", ""), ("file_bytes", 0), ("file_kind", ""), ("file_name", "")),
                    models.Q(
                        ("file", ""),
                        ("file_name", ""),
                        ("file_kind", ""),
                        ("digest", ""),
                        ("file_bytes", 0),
                        _connector="OR",
                        _negated=True,
                    ),
                    _connector="OR",
                ),
                name="assignments_evidence_whole_file",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.UniqueConstraint(
                condition=models.Q(("file", ""), _negated=True), fields=("file",), name="assignments_evidence_file"
            ),
        ),
        migrations.AddIndex(
            model_name="extension",
            index=models.Index(fields=["mission_enrollment", "assignment"], name="assignments_extension_of"),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at", None)),
                fields=("mission_enrollment", "assignment"),
                name="assignments_one_extension",
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="assignments_extension_reason"
            ),
        ),
        migrations.RunSQL(HOLD_TOGETHER, LET_GO),
    ]
