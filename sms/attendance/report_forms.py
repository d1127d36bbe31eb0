"""The periods that the addresses of overviews and reports ask for."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from sms.attendance.queries.asked import Period, weeks_until

MOST_DAYS = 400  # more than the longest programme; nobody makes the database count centuries
WEEKS = (2, 3, 4)
EARLIEST = date(2000, 1, 1)


class PeriodForm(forms.Form):
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput)
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput)


class GridForm(forms.Form):
    """`mission` and `sort` stay as they are when the days change."""

    mission = forms.IntegerField(required=False, widget=forms.HiddenInput)
    sort = forms.ChoiceField(
        label=_("Order"), required=False, choices=[("", _("By name")), ("attention", _("Who stands out first"))]
    )
    weeks = forms.TypedChoiceField(
        label=_("Weeks"), required=False, coerce=int, empty_value=WEEKS[0], choices=[(n, str(n)) for n in WEEKS]
    )
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput)


def period_from(request: HttpRequest, usual: Period, most_days: int = MOST_DAYS) -> Period:
    """`?since=&until=`; what is missing or makes no sense is as usual."""
    asked = _cleaned(PeriodForm, request.GET)
    until = max(asked.get("until") or usual.until, EARLIEST)
    since = max(asked.get("since") or min(usual.since, until), EARLIEST)
    return Period(max(min(since, until), until - timedelta(days=most_days - 1)), until)


def grid_period(request: HttpRequest, today: date) -> Period:
    """`?weeks=2&until=2026-11-22`, at the latest until today."""
    asked = _cleaned(GridForm, request.GET)
    return weeks_until(max(min(asked.get("until") or today, today), EARLIEST), asked.get("weeks") or WEEKS[0])


def _cleaned(form_class: type[forms.Form], data: QueryDict) -> dict[str, Any]:
    form = form_class(data)
    form.is_valid()
    return form.cleaned_data
