"""Writing the audit list. Called by every action, inside the action's own transaction."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model

from sms.audit.models import Event
from sms.core import clock

SYSTEM = "The system"


def record(
    *, actor: Model | None, verb: str, subject: Model | None = None, data: Mapping[str, Any] | None = None
) -> None:
    """Writes one event. `actor` None means that the system did it by itself (a scheduled task).

    `verb` is an English phrase marked with gettext_noop, such as "submitted attendance for".
    """
    Event.objects.bulk_create([event(actor=actor, verb=verb, subject=subject, data=data)])


def record_many(
    *, actor: Model | None, verb: str, subjects: Iterable[Model], data: Mapping[str, Any] | None = None
) -> None:
    """The bulk form of `record`: one event a subject, in one statement for every thousand."""
    Event.objects.bulk_create(
        (event(actor=actor, verb=verb, subject=subject, data=data) for subject in subjects), batch_size=1000
    )


def event(*, actor: Model | None, verb: str, subject: Model | None, data: Mapping[str, Any] | None) -> Event:
    return Event(
        at=clock.now(),
        actor_id=actor.pk if actor else None,
        actor_name=actor.name if actor else SYSTEM,
        verb=verb,
        subject_type=subject._meta.label_lower if subject else "",
        subject_id=subject.pk if subject else None,
        subject_label=str(subject)[:250] if subject else "",
        data=dict(data or {}),
    )
