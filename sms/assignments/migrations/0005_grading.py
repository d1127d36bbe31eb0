"""Rubrics, grades with their history, and their release."""

import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# A grade stands as it was given; that another one takes its place is all that may change.
STANDS = """
CREATE FUNCTION assignments_grade_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a grade is never edited: add a further one instead';
END $$;
CREATE TRIGGER assignments_grade_stands BEFORE UPDATE ON assignments_grade FOR EACH ROW
    WHEN ((NEW.is_current AND NOT OLD.is_current) OR
          (OLD.submission_id, OLD.percent, OLD.comment, OLD.private_note, OLD.reason, OLD.source, OLD.graded_at)
          IS DISTINCT FROM
          (NEW.submission_id, NEW.percent, NEW.comment, NEW.private_note, NEW.reason, NEW.source, NEW.graded_at))
    EXECUTE FUNCTION assignments_grade_stands();
CREATE TRIGGER assignments_gradepart_stands BEFORE UPDATE ON assignments_gradepart
    FOR EACH ROW EXECUTE FUNCTION assignments_grade_stands();
"""

FALLS = """
DROP TRIGGER assignments_gradepart_stands ON assignments_gradepart;
DROP TRIGGER assignments_grade_stands ON assignments_grade;
DROP FUNCTION assignments_grade_stands();
"""

# What was recorded so far came by file, and is out.
FILL = """
INSERT INTO assignments_grade
    (submission_id, percent, comment, private_note, reason, source, graded_by_id, graded_at, is_current)
SELECT id, grade, '', '', '', 'file', recorded_by_id, recorded_at, TRUE
FROM assignments_submission
WHERE grade IS NOT NULL
ORDER BY id;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("assignments", "0004_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Grade",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "percent",
                    models.DecimalField(
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
                ("comment", models.TextField(blank=True, verbose_name="comment")),
                ("private_note", models.TextField(blank=True, verbose_name="private note")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                (
                    "source",
                    models.CharField(
                        choices=[("hand", "by hand"), ("file", "by file")], max_length=4, verbose_name="by"
                    ),
                ),
                ("graded_at", models.DateTimeField(verbose_name="graded")),
                ("is_current", models.BooleanField(default=True)),
                (
                    "graded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="grades", to="assignments.submission"
                    ),
                ),
            ],
            options={
                "permissions": [
                    ("grade_own_students", "Grade what the students assigned to oneself handed in"),
                    ("grade_all", "Grade what any student handed in"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="GradeRelease",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("released_at", models.DateTimeField(blank=True, null=True, verbose_name="released")),
                (
                    "assignment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grade_release",
                        to="assignments.assignment",
                        verbose_name="assignment",
                    ),
                ),
                (
                    "released_by",
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
                "permissions": [("release_grades", "Hold grades and release them together")],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="RubricCriterion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveSmallIntegerField(verbose_name="order")),
                ("title", models.CharField(max_length=120, verbose_name="criterion")),
                ("description", models.CharField(blank=True, max_length=300, verbose_name="what earns full points")),
                (
                    "points",
                    models.PositiveSmallIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)], verbose_name="points"
                    ),
                ),
                (
                    "assignment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="criteria",
                        to="assignments.assignment",
                    ),
                ),
            ],
            options={
                "ordering": ["order"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="GradePart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("points", models.DecimalField(decimal_places=2, max_digits=7, verbose_name="points")),
                (
                    "grade",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="assignments.grade",
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="assignments.rubriccriterion",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddConstraint(
            model_name="grade",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_current", True)), fields=("submission",), name="assignments_one_current_grade"
            ),
        ),
        migrations.AddConstraint(
            model_name="grade",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("percent", None), models.Q(("percent__gte", 0), ("percent__lte", 100)), _connector="OR"
                ),
                name="assignments_graded_in_percent",
            ),
        ),
        migrations.AddConstraint(
            model_name="graderelease",
            constraint=models.CheckConstraint(
                condition=models.Q(("released_at__isnull", False), ("released_by", None), _connector="OR"),
                name="assignments_held_by_nobody",
            ),
        ),
        migrations.AddConstraint(
            model_name="rubriccriterion",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                fields=("assignment", "order"),
                name="assignments_one_criterion_a_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="rubriccriterion",
            constraint=models.CheckConstraint(
                condition=models.Q(("points__gte", 1)), name="assignments_criterion_has_points"
            ),
        ),
        migrations.AddConstraint(
            model_name="gradepart",
            constraint=models.UniqueConstraint(fields=("grade", "criterion"), name="assignments_one_part_a_criterion"),
        ),
        migrations.AddConstraint(
            model_name="gradepart",
            constraint=models.CheckConstraint(
                condition=models.Q(("points__gte", 0)), name="assignments_part_is_not_negative"
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(STANDS, FALLS),
    ]
