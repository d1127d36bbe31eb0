import django_filters
from django.utils.translation import gettext_lazy as _

from sms.programme.choices import BatchStatus, MissionStatus
from sms.programme.models import Batch, Enrollment, Mission


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


class EnrollmentFilter(django_filters.FilterSet):
    left = django_filters.BooleanFilter(
        label=_("Left the batch"), field_name="ended_on", lookup_expr="isnull", exclude=True
    )

    class Meta:
        model = Enrollment
        fields = ["left"]
