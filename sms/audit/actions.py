"""Writing the audit list. Called by every action, inside the action's own transaction."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models import Model
from psycopg.types.json import Jsonb

from sms.audit.models import Event
from sms.core import bulk, clock

SYSTEM = "The system"
LABEL_LENGTH = 250
FIELDS = ("at", "actor_id", "actor_name", "verb", "subject_type", "subject_id", "subject_label", "data")

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
    """The bulk form of `record`: one event a subject, all with the same data, in one statement."""
    record_each(actor=actor, verb=verb, events=((subject, data or {}) for subject in subjects))


def record_each(*, actor: Model | None, verb: str, events: Iterable[tuple[Model, Mapping[str, Any]]]) -> None:
    """The bulk form of `record` where each subject has data of its own, in one statement."""
    at, actor_id, actor_name = clock.now(), *_doer(actor)
    # All rows before the first is written: a subject's name may ask the database, which is busy during a COPY.
    rows = [
        (at, actor_id, actor_name, verb, subject._meta.label_lower, subject.pk, str(subject)[:LABEL_LENGTH], data)
        for subject, data in events
    ]
    if rows:
        bulk.insert(Event, FIELDS, rows)


def record_keyed(
    *, actor: Model | None, verb: str, subject_type: type[Model], events: Iterable[tuple[int, str, Mapping[str, Any]]]
) -> None:
    """`record_each` for subjects that are not loaded: (key, what it is called, data) each, all of one type."""
    head = (clock.now(), *_doer(actor), verb, subject_type._meta.label_lower)
    bulk.insert(Event, FIELDS, ((*head, key, label[:LABEL_LENGTH], data) for key, label, data in events))


def event(*, actor: Model | None, verb: str, subject: Model | None, data: Mapping[str, Any] | None) -> Event:
    actor_id, actor_name = _doer(actor)
    return Event(
        at=clock.now(),
        actor_id=actor_id,
        actor_name=actor_name,
        verb=verb,
        subject_type=subject._meta.label_lower if subject else "",
        subject_id=subject.pk if subject else None,
        subject_label=str(subject)[:LABEL_LENGTH] if subject else "",
        data=dict(data or {}),
    )


def _doer(actor: Model | None) -> tuple[int | None, str]:
    return (actor.pk, actor.name) if actor else (None, SYSTEM)
