"""One lock for what decides about days and meetings that nobody submitted: closing, excuses, holidays.

Students who submit never wait for it.
"""

from collections.abc import Iterable

from django.db import connection

LOCK_DAYS = """
SELECT pg_advisory_xact_lock(hashtext('attendance.days'), mission::integer)
FROM (SELECT DISTINCT mission FROM UNNEST(%s::bigint[]) AS mission ORDER BY mission) AS missions
"""


def lock_days(missions: Iterable[int]) -> None:
    """Held until the transaction ends; several are taken in one order, so that nobody waits for each other."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_DAYS, [list(missions)])
