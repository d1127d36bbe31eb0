from datetime import UTC, date, datetime, time, timedelta

import django_filters
from django.apps import apps
from django.core.cache import cache
from django.db.models import QuerySet
from django.forms import DateInput, HiddenInput
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from sms.audit.models import Event
from sms.audit.queries import SIGN_IN_VERBS

VERBS_KEPT = 300  # seconds


def verb_choices() -> list[tuple[str, str]]:
    """Every verb that occurs. To find them takes a look at all events, so they are kept for a while."""

    def occurring() -> list[str]:
        return list(Event.objects.order_by().values_list("verb", flat=True).distinct())

    verbs = cache.get_or_set("audit.verbs", occurring, VERBS_KEPT)
    return sorted(((verb, gettext(verb)) for verb in verbs), key=lambda choice: choice[1])


def kind_choices() -> list[tuple[str, str]]:
    """The things of this site that an event can be about."""
    models = [model for model in apps.get_models() if model.__module__.startswith("sms.")]
    return sorted(((m._meta.label_lower, capfirst(m._meta.verbose_name)) for m in models), key=lambda choice: choice[1])


class PeriodFilter(django_filters.FilterSet):
    """From the start of one day to the end of another, in the reader's timezone."""

    since = django_filters.DateFilter(label=_("From"), method="filter_since", widget=DateInput)
    until = django_filters.DateFilter(
        label=pgettext_lazy("end of a period", "Until"), method="filter_until", widget=DateInput
    )

    def filter_since(self, events: QuerySet[Event], _name: str, day: date) -> QuerySet[Event]:
        return events.filter(at__gte=_midnight(day))

    def filter_until(self, events: QuerySet[Event], _name: str, day: date) -> QuerySet[Event]:
        return events if day == date.max else events.filter(at__lt=_midnight(day + timedelta(days=1)))


class EventFilter(PeriodFilter):
    who = django_filters.CharFilter(label=_("Who"), field_name="actor_name", lookup_expr="icontains")
    verb = django_filters.ChoiceFilter(label=_("What"), choices=verb_choices, empty_label=_("Anything"))
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), field_name="subject_type", choices=kind_choices, empty_label=_("Of any kind")
    )
    # Set by links from the page of one person or thing; nobody types a number.
    actor = django_filters.NumberFilter(field_name="actor_id", widget=HiddenInput)
    subject = django_filters.NumberFilter(field_name="subject_id", widget=HiddenInput)

    class Meta:
        model = Event
        fields = ["who", "verb", "kind", "since", "until"]


class SignInFilter(PeriodFilter):
    verb = django_filters.ChoiceFilter(
        label=_("What"), choices=lambda: [(verb, gettext(verb)) for verb in SIGN_IN_VERBS], empty_label=_("Anything")
    )

    class Meta:
        model = Event
        fields = ["verb", "since", "until"]


def _midnight(day: date) -> datetime:
    zone = timezone.get_current_timezone()
    # The first and the last day that a calendar knows lie outside of what other timezones know.
    safe = min(max(day, date(1, 1, 2)), date(9999, 12, 30))
    return datetime.combine(safe, time.min, tzinfo=zone).astimezone(UTC)
