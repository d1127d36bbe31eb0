import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sms.attendance.choices import ExcuseState, TapState
from sms.attendance.models import ExcuseRequest, LateTap


class LateTapFilter(django_filters.FilterSet):
    """Shows what waits, unless a state is asked for."""

    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[(TapState.ACCEPTED, _("Accepted")), (TapState.REFUSED, _("Refused")), ("all", _("All"))],
        empty_label=_("In review"),
        method="in_state",
    )

    class Meta:
        model = LateTap
        fields = ["state"]

    def filter_queryset(self, queryset: QuerySet[LateTap]) -> QuerySet[LateTap]:
        taps = super().filter_queryset(queryset)
        return taps if self.form.cleaned_data.get("state") else taps.filter(state=TapState.PENDING)

    def in_state(self, taps: QuerySet[LateTap], _name: str, state: str) -> QuerySet[LateTap]:
        return taps if state == "all" else taps.filter(state=state)


class ExcuseFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=ExcuseState.choices, empty_label=_("waiting only"))

    class Meta:
        model = ExcuseRequest
        fields = ["state"]
