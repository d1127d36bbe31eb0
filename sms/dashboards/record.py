"""One student as a whole: their spells in batches and missions, and what happened to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, Prefetch, Q, QuerySet, Value
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from sms.accounts.actions import REVEALED
from sms.accounts.models import StudentProfile, User
from sms.audit import queries as audit
from sms.audit.models import Event
from sms.mentoring.models import MentorAssignment
from sms.outreach import queries as outreach
from sms.outreach.models import Call
from sms.programme import queries as programme
from sms.programme.models import AccessChange, Enrollment, MissionEnrollment

REVEALS_SHOWN = 20
# What an event may tell of its details; others could hold a contact or an address on the network.
TOLD = {
    "fields": _lazy("changed"),
    "changed": _lazy("changed"),
    "added": pgettext_lazy("roles", "added"),
    "removed": pgettext_lazy("roles", "removed"),
    "from": pgettext_lazy("status", "from"),
    "to": pgettext_lazy("status", "to"),
    "before": pgettext_lazy("status", "from"),
    "after": pgettext_lazy("status", "to"),
    "on": pgettext_lazy("day", "on"),
    "reason": _lazy("reason"),
}
FIELDS = {field.name: field.verbose_name for model in (StudentProfile, User) for field in model._meta.fields}
ICONS = {
    "registered": "user-plus",
    "created": "user-plus",
    "approved": "user-check",
    "declined": "user-x",
    "edited": "pencil",
    "removed": "user-x",
    "deactivated": "user-x",
    "changed the roles of": "shield",
    "accepted the invitation": "mail-check",
    REVEALED: "eye",
}


def with_open_enrollments(students: QuerySet[User]) -> QuerySet[User]:
    """Loads `open_enrollments`, each with its batch, in one more query."""
    now = Enrollment.objects.filter(ended_on=None).select_related("batch").order_by("-started_on", "pk")
    return students.prefetch_related(Prefetch("enrollments", queryset=now, to_attr="open_enrollments"))


@dataclass(frozen=True)
class BatchSpell:
    """A spell in a batch with the spells in its missions that the reader may see, the newest first."""

    enrollment: Enrollment
    missions: list[MissionEnrollment]


def spells_of(student: User, reader: User) -> list[BatchSpell]:
    """Staff see every spell; a mentor those in which they guide the student, and why access changed nobody but staff."""
    sees_all = reader.has_perm("programme.view_all_students")
    missions = (
        programme.visible_to(reader)
        .filter(enrollment__student=student)
        .select_related("enrollment__batch")
        .prefetch_related(
            Prefetch(
                "mentor_assignments",
                queryset=MentorAssignment.objects.select_related("mentor").order_by("-started_at", "-pk"),
            ),
            Prefetch(
                "access_changes",
                queryset=AccessChange.objects.select_related("changed_by") if sees_all else AccessChange.objects.none(),
            ),
        )
        .order_by("-joined_on", "-mission__order", "-pk")
    )
    by_enrollment: dict[int, BatchSpell] = {}
    if sees_all:
        by_enrollment = {
            each.pk: BatchSpell(each, []) for each in programme.enrollments_of(student).order_by("-started_on", "-pk")
        }
    for mission in missions:
        spell = by_enrollment.setdefault(mission.enrollment_id, BatchSpell(mission.enrollment, []))
        spell.missions.append(mission)
    return list(by_enrollment.values())


# --- What happened


@dataclass(frozen=True)
class Happening:
    icon: str
    title: str
    detail: str
    at: datetime


def timeline(student: User, reader: User) -> QuerySet:
    """(at, kind, pk) of all that happened to a student, newest first: events, and calls for who may read their log.

    Whoever reads the audit list also sees who revealed a contact. `told` makes sentences of a page of these rows.
    """
    hidden = audit.SIGN_IN_VERBS if reader.has_perm("audit.view_events") else (*audit.SIGN_IN_VERBS, REVEALED)
    events = Event.objects.filter(_about(student)).exclude(verb__in=hidden)
    rows = events.order_by().values_list("at", Value("event", CharField()), "pk")
    if reader.has_perm("outreach.view_call_log"):
        calls = outreach.last_calls_with(student).order_by()
        rows = rows.union(calls.values_list("started_at", Value("call", CharField()), "pk"), all=True)
    return rows.order_by("-at", "-pk")


def told(rows: Iterable[tuple[datetime, str, int]]) -> list[Happening]:
    rows = list(rows)
    keys = {kind: [pk for _at, its_kind, pk in rows if its_kind == kind] for kind in ("event", "call")}
    tellers = {
        "event": {event.pk: _of_event(event) for event in Event.objects.filter(pk__in=keys["event"])},
        "call": {call.pk: _of_call(call) for call in Call.objects.filter(pk__in=keys["call"]).select_related("caller")},
    }
    return [tellers[kind][pk] for _at, kind, pk in rows]


def reveals_of(student: User) -> QuerySet[Event]:
    """Who revealed a contact of the student, when, and which."""
    return audit.about(student).filter(verb=REVEALED)[:REVEALS_SHOWN]


def _about(student: User) -> Q:
    subjects = {
        User: [student.pk],
        Enrollment: Enrollment.objects.filter(student=student).values("pk"),
        MissionEnrollment: MissionEnrollment.objects.filter(enrollment__student=student).values("pk"),
        MentorAssignment: MentorAssignment.objects.filter(mission_enrollment__enrollment__student=student).values("pk"),
    }
    about = Q()
    for model, keys in subjects.items():
        about |= Q(subject_type=model._meta.label_lower, subject_id__in=keys)
    return about


def _of_event(event: Event) -> Happening:
    subject = event.subject_label if event.subject_type != User._meta.label_lower else ""
    details = [
        f"{TOLD[name]}: {_in_words(name, value)}" for name, value in event.data.items() if name in TOLD and value
    ]
    if event.verb == REVEALED:
        details.append(event.data.get("which", ""))
    return Happening(
        icon=ICONS.get(event.verb, "history"),
        title=capfirst(f"{event.verb_text} {subject}".strip())
        if subject
        else f"{event.actor_name} {event.verb_text} {event.subject_label}",
        detail=" · ".join(filter(None, [event.actor_name if subject else "", *details])),
        at=event.at,
    )


def _in_words(name: str, value: object) -> str:
    values = value if isinstance(value, list) else [value]
    if name in ("fields", "changed"):
        values = [FIELDS.get(field, field) for field in values]
    return ", ".join(map(str, values))


def _of_call(call: Call) -> Happening:
    title = _("Call: %(outcome)s") % {"outcome": call.get_outcome_display()}
    return Happening(
        icon="phone", title=title, detail=" · ".join(filter(None, [call.caller.name, call.notes])), at=call.started_at
    )
