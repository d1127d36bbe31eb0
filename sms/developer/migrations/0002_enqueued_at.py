"""Lets the queue's tasks say since when they wait, which the health page shows; huey itself keeps no times."""

from django.db import migrations

ADD = "ALTER TABLE huey_task ADD COLUMN enqueued_at timestamptz NOT NULL DEFAULT now();"
DROP = "ALTER TABLE huey_task DROP COLUMN enqueued_at;"


class Migration(migrations.Migration):
    dependencies = [("developer", "0001_initial"), ("core", "0001_queue")]

    operations = [migrations.RunSQL(ADD, DROP)]
