from collections.abc import Mapping

import django_tables2 as tables
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sms.audit.devices import device
from sms.audit.models import Event
from sms.core.columns import StateColumn, WhenColumn
from sms.core.list_page import Table

STEPS = {"password": _("wrong password"), "second": _("wrong second step")}


class EventTable(Table):
    """Who did what to what, and when."""

    at = WhenColumn(verbose_name=_("When"), order_by=("at", "pk"))
    actor_name = tables.Column(_("Who"))
    verb = tables.Column(_("What"))
    subject_label = tables.Column(_("To what"))
    data = tables.Column(_("Details"), orderable=False)

    class Meta(Table.Meta):
        model = Event
        fields = ("actor_name", "verb", "subject_label", "data", "at")
        order_by = ("-at",)

    def render_actor_name(self, record: Event) -> str:
        return who(record)

    def render_verb(self, record: Event) -> str:
        return record.verb_text

    def render_data(self, value: Mapping[str, object]) -> str:
        return in_words(value)


class SignInTable(Table):
    """Who came in, who left, and who tried."""

    actor_name = tables.Column(_("Who"))
    verb = StateColumn("audit/sign_in_badge.html", verbose_name=_("What"), plain=lambda event: event.verb_text)
    step = tables.Column(_("Why"), accessor="data__step", orderable=False, default="")
    ip = tables.Column(_("Address"), accessor="data__ip", order_by=("data__ip",))
    agent = tables.Column(_("Device"), accessor="data__agent", orderable=False)
    at = WhenColumn(verbose_name=_("When"), order_by=("at", "pk"))

    class Meta(Table.Meta):
        model = Event
        fields = ("actor_name", "verb", "step", "ip", "agent", "at")
        order_by = ("-at",)

    def render_actor_name(self, record: Event) -> str:
        return who(record)

    def render_step(self, value: str) -> str:
        return str(STEPS.get(value, value))

    def render_agent(self, value: str) -> str:
        return device(value)

    def value_agent(self, value: str) -> str:
        return value or ""


def who(event: Event) -> str:
    """An attempt to sign in with an address that nobody has is not an act of the system."""
    return (
        event.data.get("email") or gettext("Someone")
        if event.verb == "failed to sign in" and not event.actor_id
        else event.actor_name
    )


def in_words(data: Mapping[str, object]) -> str:
    """added: sre, mentor · removed: student. A browser and a step of signing in speak for themselves."""
    known = {"agent": device, "step": lambda step: str(STEPS.get(step, step))}
    parts = []
    for name, value in data.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        if text:
            parts.append(known[name](text) if name in known else f"{name.replace('_', ' ')}: {text}")
    return " · ".join(parts)
