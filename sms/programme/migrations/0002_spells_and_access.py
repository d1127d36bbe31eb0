"""Leaving a mission ends its spell; a change of access keeps its reason.

Two triggers keep what no constraint can say: no open mission enrollment beneath an ended enrollment. They
look at whole statements, so ten thousand rows cost one look. The lock makes somebody who joins a mission
and somebody who ends the enrollment at the same moment wait for each other.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

END_WHAT_IS_OVER = """
UPDATE programme_missionenrollment taking_part
SET left_on = GREATEST(enrollment.ended_on, taking_part.joined_on)
FROM programme_enrollment enrollment
WHERE enrollment.id = taking_part.enrollment_id AND enrollment.ended_on IS NOT NULL
"""

FORBID = """
CREATE FUNCTION programme_refuse_open_beneath_ended(enrollments bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM programme_enrollment WHERE id = ANY(enrollments) ORDER BY id FOR SHARE;
    IF EXISTS (SELECT FROM programme_enrollment WHERE id = ANY(enrollments) AND ended_on IS NOT NULL) THEN
        RAISE EXCEPTION 'the enrollment in the batch has ended: nobody is in a mission by it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'programme_open_beneath_open';
    END IF;
END $$;

CREATE FUNCTION programme_joined() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM programme_refuse_open_beneath_ended(ARRAY(SELECT enrollment_id FROM written WHERE left_on IS NULL));
    RETURN NULL;
END $$;
CREATE TRIGGER programme_joined AFTER INSERT ON programme_missionenrollment
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION programme_joined();

CREATE FUNCTION programme_reopened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM programme_refuse_open_beneath_ended(ARRAY(
        SELECT written.enrollment_id FROM written JOIN was ON was.id = written.id
        WHERE written.left_on IS NULL
          AND (was.left_on IS NOT NULL OR was.enrollment_id <> written.enrollment_id)
    ));
    RETURN NULL;
END $$;
CREATE TRIGGER programme_reopened AFTER UPDATE ON programme_missionenrollment
    REFERENCING OLD TABLE AS was NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION programme_reopened();

CREATE FUNCTION programme_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written JOIN programme_missionenrollment taking_part ON taking_part.enrollment_id = written.id
        WHERE written.ended_on IS NOT NULL AND taking_part.left_on IS NULL
    ) THEN
        RAISE EXCEPTION 'an enrollment ends only after those in its missions: let the student leave the batch'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'programme_open_beneath_open';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER programme_ended AFTER UPDATE ON programme_enrollment
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION programme_ended();
"""

ALLOW = """
DROP TRIGGER programme_joined ON programme_missionenrollment;
DROP TRIGGER programme_reopened ON programme_missionenrollment;
DROP TRIGGER programme_ended ON programme_enrollment;
DROP FUNCTION programme_joined();
DROP FUNCTION programme_reopened();
DROP FUNCTION programme_ended();
DROP FUNCTION programme_refuse_open_beneath_ended(bigint[]);
"""


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("programme", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="enrollment",
            options={
                "default_permissions": (),
                "permissions": [("manage_enrollments", "Enroll students, move them, change their access")],
            },
        ),
        migrations.AddField(
            model_name="missionenrollment",
            name="left_on",
            field=models.DateField(blank=True, null=True, verbose_name="left on"),
        ),
        migrations.RunSQL(END_WHAT_IS_OVER, migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="missionenrollment", name="programme_one_mission_enrollment"),
        migrations.AddConstraint(
            model_name="missionenrollment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("left_on", None)),
                fields=("enrollment", "mission"),
                name="programme_one_open_mission_enrollment",
            ),
        ),
        migrations.AddConstraint(
            model_name="missionenrollment",
            constraint=models.CheckConstraint(
                condition=models.Q(("left_on", None), ("left_on__gte", models.F("joined_on")), _connector="OR"),
                name="programme_mission_enrollment_dates",
            ),
        ),
        migrations.CreateModel(
            name="AccessChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "before",
                    models.CharField(
                        choices=[("full", "full"), ("restricted", "restricted"), ("revoked", "revoked")],
                        max_length=10,
                        verbose_name="before",
                    ),
                ),
                (
                    "after",
                    models.CharField(
                        choices=[("full", "full"), ("restricted", "restricted"), ("revoked", "revoked")],
                        max_length=10,
                        verbose_name="after",
                    ),
                ),
                ("reason", models.CharField(max_length=250, verbose_name="reason")),
                ("changed_at", models.DateTimeField(verbose_name="time")),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="changed by",
                    ),
                ),
                (
                    "mission_enrollment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="access_changes",
                        to="programme.missionenrollment",
                    ),
                ),
            ],
            options={
                "ordering": ["-changed_at", "-pk"],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("before", models.F("after")), _negated=True),
                        name="programme_access_changed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="programme_access_change_has_reason",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORBID, ALLOW),
    ]
