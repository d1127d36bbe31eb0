"""Writing the audit list. Called by every action, inside the action's own transaction."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models import Model
from psycopg.types.json import Jsonb

from sms.audit.models import Event
from sms.core import bulk, clock

SYSTEM = "The system"
EVENT_FIELDS = ["at", "actor_id", "actor_name", "verb", "subject_type", "subject_id", "subject_label", "data"]
LABEL_LENGTH = 250

# Every act pays for its event, so this statement is written down instead of put together each time.
INSERT_EVENT = """
INSERT INTO audit_event (at, actor_id, actor_name, verb, subject_type, subject_id, subject_label, data)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


def record(
    *, actor: Model | None, verb: str, subject: Model | None = None, data: Mapping[str, Any] | None = None
) -> None:
    """Writes one event. `actor` None means that the system did it by itself (a scheduled task).

    `verb` is an English phrase marked with gettext_noop, such as "submitted attendance for".
    """
    new = event(actor=actor, verb=verb, subject=subject, data=data)
    values = [new.at, new.actor_id, new.actor_name, new.verb, new.subject_type, new.subject_id, new.subject_label]
    with connection.cursor() as cursor:
        cursor.execute(INSERT_EVENT, [*values, Jsonb(new.data)])


def record_many(
    *, actor: Model | None, verb: str, subjects: Iterable[Model], data: Mapping[str, Any] | None = None
) -> None:
    """The bulk form of `record`: one event a subject, in one statement for every thousand."""
    Event.objects.bulk_create(
        (event(actor=actor, verb=verb, subject=subject, data=data) for subject in subjects), batch_size=1000
    )


def record_each(
    *, actor: Model | None, verb: str, subject_type: type[Model], events: Iterable[tuple[int, str, Mapping[str, Any]]]
) -> int:
    """One event a row with details of its own, by COPY: (key of the subject, its label, data). Returns how many.

    For acts on thousands of subjects, which the caller need not load: it knows their keys and what they are called.
    """
    head = (clock.now(), actor.pk if actor else None, actor.name if actor else SYSTEM, verb)
    kind = subject_type._meta.label_lower
    rows = ((*head, kind, pk, label[:LABEL_LENGTH], dict(data)) for pk, label, data in events)
    return bulk.insert(Event, EVENT_FIELDS, rows)


def event(*, actor: Model | None, verb: str, subject: Model | None, data: Mapping[str, Any] | None) -> Event:
    return Event(
        at=clock.now(),
        actor_id=actor.pk if actor else None,
        actor_name=actor.name if actor else SYSTEM,
        verb=verb,
        subject_type=subject._meta.label_lower if subject else "",
        subject_id=subject.pk if subject else None,
        subject_label=str(subject)[:LABEL_LENGTH] if subject else "",
        data=dict(data or {}),
    )
