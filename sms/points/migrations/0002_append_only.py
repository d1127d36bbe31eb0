"""Makes points_ledgerentry append-only: what is written stays as it was written."""

from django.db import migrations

FORBID = """
CREATE FUNCTION points_ledgerentry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'points_ledgerentry is append-only: add a further row instead';
END $$;
CREATE TRIGGER points_ledgerentry_append_only BEFORE UPDATE OR DELETE ON points_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION points_ledgerentry_is_append_only();
"""

ALLOW = """
DROP TRIGGER points_ledgerentry_append_only ON points_ledgerentry;
DROP FUNCTION points_ledgerentry_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0001_initial")]

    operations = [migrations.RunSQL(FORBID, ALLOW)]
