import django_filters
from django.utils.translation import gettext_lazy as _

from sms.programme.choices import BatchStatus, MissionStatus
from sms.programme.models import Batch, Mission


class BatchFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(label=_("Status"), choices=BatchStatus.choices)

    class Meta:
        model = Batch
        fields = ["status"]


class MissionFilter(django_filters.FilterSet):
    batch = django_filters.ModelChoiceFilter(label=_("Batch"), queryset=Batch.objects.all())
    status = django_filters.ChoiceFilter(label=_("Status"), choices=MissionStatus.choices)

    class Meta:
        model = Mission
        fields = ["batch", "status"]
