import django_filters
from django.utils.translation import gettext_lazy as _

from sms.accounts.models import User
from sms.outreach.choices import Outcome
from sms.outreach.models import Call


class CallFilter(django_filters.FilterSet):
    outcome = django_filters.ChoiceFilter(label=_("Outcome"), choices=Outcome.choices)
    caller = django_filters.ModelChoiceFilter(
        label=_("Caller"), queryset=User.objects.filter(calls__isnull=False).distinct()
    )
    since = django_filters.DateFilter(label=_("Since"), field_name="started_at", lookup_expr="date__gte")

    class Meta:
        model = Call
        fields = ["outcome", "caller", "since"]
