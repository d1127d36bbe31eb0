"""Rules hold from a day on, entries name their rule and actor, points are given by hand, and the nightly check reports."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

FORBID = """
CREATE FUNCTION points_manualpoints_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'points_manualpoints is append-only: add a further row instead';
END $$;
CREATE TRIGGER points_manualpoints_append_only BEFORE UPDATE OR DELETE ON points_manualpoints
    FOR EACH STATEMENT EXECUTE FUNCTION points_manualpoints_is_append_only();
"""

ALLOW = """
DROP TRIGGER points_manualpoints_append_only ON points_manualpoints;
DROP FUNCTION points_manualpoints_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0002_append_only"),
        ("programme", "0003_templates_and_guidelines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DriftedMission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entries", models.PositiveIntegerField(verbose_name="missing entries")),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="DriftReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                ("students", models.PositiveIntegerField(default=0, verbose_name="students")),
                ("entries", models.PositiveIntegerField(default=0, verbose_name="missing entries")),
            ],
            options={
                "permissions": [("view_drift", "See what the nightly check of the points found")],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ManualPoints",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("points", models.SmallIntegerField(verbose_name="points")),
                ("reason", models.CharField(max_length=250, verbose_name="reason")),
                ("at", models.DateTimeField(verbose_name="time")),
            ],
            options={
                "verbose_name_plural": "manual points",
                "permissions": [("give_manual", "Give and take points by hand, with a reason")],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PointsSettings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "has_leaderboard",
                    models.BooleanField(
                        default=False,
                        help_text="Students of this mission see who has the most points.",
                        verbose_name="leaderboard",
                    ),
                ),
                (
                    "leaderboard_size",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="Only the first of them; nobody is shown as last.",
                        verbose_name="students shown",
                    ),
                ),
                (
                    "manual_limit",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="For one student, by one person. Empty: the limit of the person's role alone.",
                        null=True,
                        verbose_name="most points by hand",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "points settings",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="RankBands",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="time")),
                ("students", models.PositiveIntegerField(verbose_name="students")),
                ("tenth", models.IntegerField(verbose_name="first tenth")),
                ("quarter", models.IntegerField(verbose_name="first quarter")),
                ("half", models.IntegerField(verbose_name="first half")),
            ],
            options={
                "verbose_name_plural": "rank bands",
                "default_permissions": (),
            },
        ),
        migrations.RemoveConstraint(
            model_name="pointsrule",
            name="points_one_rule_per_kind",
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="actor",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="rule",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="points.pointsrule",
                verbose_name="rule",
            ),
        ),
        migrations.AddField(
            model_name="pointsrule",
            name="effective_from",
            field=models.DateField(
                blank=True,
                help_text="A day of the batch. Empty: from the beginning.",
                null=True,
                verbose_name="holds from",
            ),
        ),
        migrations.AddField(
            model_name="pointsrule",
            name="set_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="set"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="pointsrule",
            name="set_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="set by",
            ),
        ),
        migrations.AddField(
            model_name="pointsrule",
            name="superseded_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="replaced"),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                condition=models.Q(("actor__isnull", False)), fields=["actor"], name="points_ledger_by_actor"
            ),
        ),
        migrations.AddConstraint(
            model_name="pointsrule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("superseded_at", None)),
                fields=("mission", "kind", "effective_from"),
                name="points_one_rule_per_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="pointsrule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("effective_from", None), ("superseded_at", None)),
                fields=("mission", "kind"),
                name="points_one_first_rule",
            ),
        ),
        migrations.AddField(
            model_name="driftedmission",
            name="mission",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="programme.mission"
            ),
        ),
        migrations.AddIndex(
            model_name="driftreport",
            index=models.Index(fields=["-started_at"], name="points_drift_newest_first"),
        ),
        migrations.AddField(
            model_name="driftedmission",
            name="report",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="missions", to="points.driftreport"
            ),
        ),
        migrations.AddField(
            model_name="manualpoints",
            name="actor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="given by",
            ),
        ),
        migrations.AddField(
            model_name="manualpoints",
            name="mission_enrollment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="manual_points",
                to="programme.missionenrollment",
            ),
        ),
        migrations.AddField(
            model_name="manualpoints",
            name="withdraws",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="withdrawn_by_row",
                to="points.manualpoints",
            ),
        ),
        migrations.AddField(
            model_name="pointssettings",
            name="mission",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="points_settings", to="programme.mission"
            ),
        ),
        migrations.AddField(
            model_name="rankbands",
            name="mission",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="rank_bands", to="programme.mission"
            ),
        ),
        migrations.AddConstraint(
            model_name="driftedmission",
            constraint=models.UniqueConstraint(fields=("report", "mission"), name="points_mission_once_a_report"),
        ),
        migrations.AddConstraint(
            model_name="manualpoints",
            constraint=models.CheckConstraint(
                condition=models.Q(("points", 0), _negated=True), name="points_manual_changes_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="manualpoints",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="points_manual_has_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="pointssettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("leaderboard_size__gte", 3), ("leaderboard_size__lte", 50)),
                name="points_leaderboard_size",
                violation_error_message="Show between 3 and 50 students.",
            ),
        ),
        migrations.RunSQL(FORBID, ALLOW),
    ]
