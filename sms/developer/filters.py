import django_filters
from django.utils.translation import gettext_lazy as _

from sms.developer.choices import JobState
from sms.developer.models import ErrorRecord, JobRecord


class ErrorFilter(django_filters.FilterSet):
    since = django_filters.DateFilter(label=_("Since"), field_name="at", lookup_expr="date__gte")

    class Meta:
        model = ErrorRecord
        fields = ["since"]


class JobFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=JobState.choices)

    class Meta:
        model = JobRecord
        fields = ["state"]
