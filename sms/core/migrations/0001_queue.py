"""The tables of the task queue: huey's own, with a count of attempts. See sms/core/queue.py."""

from django.db import migrations

CREATE = """
CREATE TABLE IF NOT EXISTS huey_kv (
    queue text NOT NULL, key text NOT NULL, value bytea NOT NULL, PRIMARY KEY (queue, key));
CREATE TABLE IF NOT EXISTS huey_counter (
    queue text NOT NULL, key text NOT NULL, value bigint NOT NULL DEFAULT 0, PRIMARY KEY (queue, key));
CREATE TABLE IF NOT EXISTS huey_schedule (
    id bigserial PRIMARY KEY, queue text NOT NULL, data bytea NOT NULL, timestamp double precision NOT NULL);
CREATE INDEX IF NOT EXISTS huey_schedule_queue_timestamp ON huey_schedule (queue, timestamp);
CREATE TABLE IF NOT EXISTS huey_task (
    id bigserial PRIMARY KEY, queue text NOT NULL, data bytea NOT NULL,
    priority double precision NOT NULL DEFAULT 0.0, attempts integer NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS huey_task_queue_priority_id ON huey_task (queue, priority DESC, id);
"""
DROP = "DROP TABLE IF EXISTS huey_kv, huey_counter, huey_schedule, huey_task;"


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(CREATE, DROP)]
