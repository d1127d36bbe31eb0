"""Reading the audit list."""

from django.db.models import Model, QuerySet

from sms.audit.models import Event

SIGN_IN_VERBS = ("signed in", "failed to sign in", "signed out")


def events() -> QuerySet[Event]:
    """All events, newest first. Views guard it with the permission audit.view_events."""
    return Event.objects.order_by("-at", "-pk")


def sign_ins() -> QuerySet[Event]:
    """Who signed in or out, and attempts that failed."""
    return events().filter(verb__in=SIGN_IN_VERBS)


def about(subject: Model) -> QuerySet[Event]:
    """What happened to one object."""
    return events().filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)
