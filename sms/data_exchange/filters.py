from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sms.accounts.models import User
from sms.data_exchange import queries
from sms.data_exchange.choices import RowStatus, RunState
from sms.data_exchange.models import ImportRow, ImportRun


def people_in_sight(request: HttpRequest) -> QuerySet[User]:
    return queries.people_of(queries.visible_to(request.user))


class RunFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(label=_("Kind"))
    state = django_filters.ChoiceFilter(label=_("State"), choices=RunState.choices)
    person = django_filters.ModelChoiceFilter(label=_("Who"), field_name="started_by", queryset=people_in_sight)

    class Meta:
        model = ImportRun
        fields = ["kind", "state", "person"]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        user = self.request.user
        self.filters["kind"].extra["choices"] = [(key, kind.label) for key, kind in queries.importable_by(user).items()]
        if not user.has_perm("data_exchange.view_all_imports"):
            del self.filters["person"]


class RowFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=RowStatus.choices)
    warned = django_filters.ChoiceFilter(choices=[("1", _("with a warning"))], method="filter_warned")

    class Meta:
        model = ImportRow
        fields = ["status", "warned"]

    def filter_warned(self, rows: QuerySet[ImportRow], _name: str, _value: str) -> QuerySet[ImportRow]:
        return rows.filter(is_warned=True)
