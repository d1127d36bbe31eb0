"""The queue's side of mentoring: one mail a mentor and act.

The queue belongs to the transaction that is open (core/queue.py): a mail waits in it if, and only if, the act is done.
"""

from collections.abc import Sequence

from huey.contrib.djhuey import db_task

Missions = Sequence[tuple[int, int]]  # (mission's key, number of students)


@db_task(retries=5, retry_delay=60)
def tell_of_new_students(mentor_id: int, missions: Missions, site: str, former_id: int | None = None) -> None:
    """`former_id` is who guided them before, where somebody hands them over."""
    from sms.mentoring.emails import send_new_students

    send_new_students(mentor_id, missions, site=site, former_id=former_id)


@db_task(retries=5, retry_delay=60)
def tell_of_lost_students(mentor_id: int, missions: Missions, site: str) -> None:
    from sms.mentoring.emails import send_lost_students

    send_lost_students(mentor_id, missions, site=site)
