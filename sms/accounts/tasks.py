"""The queue's side of accounts: thin leaves over actions."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task, on_commit_task


@on_commit_task(retries=5, retry_delay=60)
def invite(user_id: int, site: str) -> None:
    """The link is made here, so that the queue never holds a secret."""
    from sms.accounts.emails import send_invitation
    from sms.accounts.models import User

    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user:
        send_invitation(user, site=site)


@db_periodic_task(crontab(minute="17"))
def delete_expired() -> None:
    """Counts of rate limits and sessions that are over."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.cache import cache

    cache.delete_expired()
    SessionStore.clear_expired()
