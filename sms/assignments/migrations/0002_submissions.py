"""Submissions, and a trigger that keeps each in one mission: that of its student and that of its assignment."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# A statement is looked at as a whole, so that a COPY of thousands costs one join.
HOLD_TOGETHER = """
CREATE FUNCTION assignments_same_mission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written
        LEFT JOIN assignments_assignment assignment ON assignment.id = written.assignment_id
        LEFT JOIN programme_missionenrollment taking_part ON taking_part.id = written.mission_enrollment_id
        WHERE (assignment.mission_id = taking_part.mission_id) IS NOT TRUE
    ) THEN
        RAISE EXCEPTION 'a submission belongs to an assignment of the mission that the student takes part in'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'assignments_same_mission';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER assignments_same_mission_inserted AFTER INSERT ON assignments_submission
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION assignments_same_mission();
CREATE TRIGGER assignments_same_mission_updated AFTER UPDATE ON assignments_submission
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION assignments_same_mission();
"""

LET_GO = """
DROP TRIGGER assignments_same_mission_updated ON assignments_submission;
DROP TRIGGER assignments_same_mission_inserted ON assignments_submission;
DROP FUNCTION assignments_same_mission();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0001_initial"),
        ("programme", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="handed in")),
                (
                    "grade",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="grade",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("claimed", "claimed"), ("verified", "verified")], max_length=8, verbose_name="state"
                    ),
                ),
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
                (
                    "assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to="assignments.assignment",
                        verbose_name="assignment",
                    ),
                ),
                (
                    "mission_enrollment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to="programme.missionenrollment",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "permissions": [("record_submissions", "Record what students handed in, and its grades")],
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("mission_enrollment", "assignment"), name="assignments_one_submission"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("grade", None), models.Q(("grade__gte", 0), ("grade__lte", 100)), _connector="OR"
                        ),
                        name="assignments_grade_is_percent",
                    ),
                ],
            },
        ),
        migrations.RunSQL(HOLD_TOGETHER, LET_GO),
    ]
