"""Meetings, and a trigger that keeps each record in one mission: that of its student and that of its meeting."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sms.attendance.codes

# A statement is looked at as a whole, so that a COPY of thousands costs one join.
HOLD_TOGETHER = """
CREATE FUNCTION attendance_meeting_same_mission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written
        LEFT JOIN attendance_meeting meeting ON meeting.id = written.meeting_id
        LEFT JOIN programme_missionenrollment taking_part ON taking_part.id = written.mission_enrollment_id
        WHERE (meeting.mission_id = taking_part.mission_id) IS NOT TRUE
    ) THEN
        RAISE EXCEPTION 'a record belongs to a meeting of the mission that the student takes part in'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'attendance_meeting_same_mission';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER attendance_meeting_same_mission_inserted AFTER INSERT ON attendance_meetingrecord
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION attendance_meeting_same_mission();
CREATE TRIGGER attendance_meeting_same_mission_updated AFTER UPDATE ON attendance_meetingrecord
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION attendance_meeting_same_mission();
"""

LET_GO = """
DROP TRIGGER attendance_meeting_same_mission_updated ON attendance_meetingrecord;
DROP TRIGGER attendance_meeting_same_mission_inserted ON attendance_meetingrecord;
DROP FUNCTION attendance_meeting_same_mission();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("attendance", "0002_policies_and_excuses"),
        ("programme", "0003_templates_and_guidelines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MeetingSeries",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                (
                    "way",
                    models.CharField(
                        choices=[("code", "code that the host shows"), ("link", "link, without a code")],
                        default="code",
                        max_length=4,
                        verbose_name="how students submit",
                    ),
                ),
                (
                    "link",
                    models.URLField(
                        blank=True,
                        help_text="Where the meeting takes place. Only students of the mission see it.",
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=("https", "http"))],
                        verbose_name="link",
                    ),
                ),
                (
                    "late_after",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="Minutes after the start.",
                        validators=[django.core.validators.MaxValueValidator(600)],
                        verbose_name="late after",
                    ),
                ),
                (
                    "least_percent",
                    models.PositiveSmallIntegerField(
                        default=50,
                        help_text="Percent of the meeting. Whom a report says to have been there for less counts as absent.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="least share present",
                    ),
                ),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(help_text="ISO: 1 is Monday.", verbose_name="day of the week"),
                ),
                ("starts_at", models.TimeField(verbose_name="starts at")),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(
                        default=60,
                        validators=[
                            django.core.validators.MinValueValidator(5),
                            django.core.validators.MaxValueValidator(600),
                        ],
                        verbose_name="minutes",
                    ),
                ),
                (
                    "first_on",
                    models.DateField(
                        blank=True, help_text="Empty: from the start of the mission.", null=True, verbose_name="from"
                    ),
                ),
                (
                    "last_on",
                    models.DateField(
                        blank=True, help_text="Empty: until the mission ends.", null=True, verbose_name="until"
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Otherwise no more meetings are made, and those to come are taken away.",
                        verbose_name="goes on",
                    ),
                ),
                (
                    "host",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="host",
                    ),
                ),
                (
                    "mission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="meeting_series",
                        to="programme.mission",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "meeting series",
                "ordering": ["mission", "weekday", "starts_at", "pk"],
                "permissions": [("manage_meetings", "Set, change and cancel meetings of any mission")],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Meeting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                (
                    "way",
                    models.CharField(
                        choices=[("code", "code that the host shows"), ("link", "link, without a code")],
                        default="code",
                        max_length=4,
                        verbose_name="how students submit",
                    ),
                ),
                (
                    "link",
                    models.URLField(
                        blank=True,
                        help_text="Where the meeting takes place. Only students of the mission see it.",
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=("https", "http"))],
                        verbose_name="link",
                    ),
                ),
                (
                    "late_after",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="Minutes after the start.",
                        validators=[django.core.validators.MaxValueValidator(600)],
                        verbose_name="late after",
                    ),
                ),
                (
                    "least_percent",
                    models.PositiveSmallIntegerField(
                        default=50,
                        help_text="Percent of the meeting. Whom a report says to have been there for less counts as absent.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="least share present",
                    ),
                ),
                (
                    "series_day",
                    models.DateField(
                        blank=True, help_text="The day of the series that this meeting stands for.", null=True
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="starts")),
                ("ends_at", models.DateTimeField(verbose_name="ends")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("scheduled", "scheduled"),
                            ("open", "open"),
                            ("closed", "closed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="scheduled",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "is_edited",
                    models.BooleanField(default=False, help_text="Changed by itself, so its series leaves it alone."),
                ),
                ("opened_at", models.DateTimeField(blank=True, null=True, verbose_name="opened")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
                (
                    "reason",
                    models.CharField(
                        blank=True, help_text="Why it was cancelled.", max_length=250, verbose_name="reason"
                    ),
                ),
                ("secret", models.CharField(default=sms.attendance.codes.new_secret, editable=False, max_length=64)),
                (
                    "host",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="host",
                    ),
                ),
                (
                    "mission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="meetings", to="programme.mission"
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="meetings",
                        to="attendance.meetingseries",
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_at", "-pk"],
                "permissions": [("host_meetings", "Host meetings: show the code, open, close, correct who was there")],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="MeetingRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("present", "present"),
                            ("late", "late"),
                            ("excused", "excused"),
                            ("absent", "absent"),
                        ],
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="What a report says.", null=True, verbose_name="minutes present"
                    ),
                ),
                (
                    "joined_at",
                    models.DateTimeField(blank=True, help_text="What a report says.", null=True, verbose_name="joined"),
                ),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="submitted")),
                ("reason", models.CharField(blank=True, max_length=250, verbose_name="reason")),
                (
                    "corrected_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="attendance.meeting",
                    ),
                ),
                (
                    "mission_enrollment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="meeting_records",
                        to="programme.missionenrollment",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("meeting", "mission_enrollment"), name="attendance_one_record_a_meeting"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("submitted_at__isnull", False),
                            ("minutes__isnull", False),
                            models.Q(("status__in", ("present", "late")), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="attendance_meeting_attended_has_cause",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="meetingseries",
            constraint=models.CheckConstraint(
                condition=models.Q(("weekday__gte", 1), ("weekday__lte", 7)), name="attendance_series_weekday"
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingseries",
            constraint=models.CheckConstraint(
                condition=models.Q(("minutes__gte", 5), ("minutes__lte", 600)), name="attendance_series_minutes"
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingseries",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("first_on", None), ("last_on", None), ("last_on__gte", models.F("first_on")), _connector="OR"
                ),
                name="attendance_series_dates",
                violation_error_message="The series must not end before it begins.",
            ),
        ),
        migrations.AddIndex(
            model_name="meeting",
            index=models.Index(fields=["state", "ends_at"], name="attendance_meetings_to_close"),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.UniqueConstraint(
                fields=("series", "series_day"), name="attendance_one_meeting_a_day_of_a_series"
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "cancelled"), _negated=True),
                fields=("mission", "starts_at"),
                name="attendance_one_meeting_at_a_time",
                violation_error_message="This mission has a meeting at this time already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="attendance_meeting_ends_after_start",
                violation_error_message="The meeting must end after it starts.",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "open"), _negated=True), ("opened_at__isnull", False), _connector="OR"
                ),
                name="attendance_open_meeting_was_opened",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", False), ("state__in", ("closed", "cancelled"))),
                    models.Q(models.Q(("state__in", ("closed", "cancelled")), _negated=True), ("closed_at", None)),
                    _connector="OR",
                ),
                name="attendance_closed_meeting_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "cancelled"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="attendance_cancelled_meeting_has_reason",
            ),
        ),
        migrations.RunSQL(HOLD_TOGETHER, LET_GO),
    ]
