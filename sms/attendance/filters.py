import django_filters
from django.utils.translation import gettext_lazy as _

from sms.attendance.choices import ExcuseState
from sms.attendance.models import ExcuseRequest


class ExcuseFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=ExcuseState.choices, empty_label=_("waiting only"))

    class Meta:
        model = ExcuseRequest
        fields = ["state"]
