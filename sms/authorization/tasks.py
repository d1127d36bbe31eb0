"""The queue's side of letting people in: thin leaves that send mail."""

from huey.contrib.djhuey import on_commit_task


@on_commit_task(retries=5, retry_delay=60)
def tell_decision(user_id: int, status: str, reason: str, site: str) -> None:
    """Tells a student what was decided on their registration."""
    from sms.accounts.models import User
    from sms.authorization.emails import send_decision

    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user:
        send_decision(user, status=status, reason=reason, site=site)


@on_commit_task(retries=5, retry_delay=60)
def send_link(invitation_id: int, site: str) -> None:
    """Sends the link of an invitation. It is made here, so that the queue never holds a secret."""
    from sms.authorization.emails import send_invitation
    from sms.authorization.models import Invitation

    invitation = Invitation.objects.select_related("invited_by").filter(pk=invitation_id).first()
    if invitation and invitation.is_unanswered:
        send_invitation(invitation, site=site)
