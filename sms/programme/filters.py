import django_filters
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sms.programme.choices import BatchStatus, MissionStatus
from sms.programme.models import Batch, Enrollment, Mission
from sms.programme.queries import daily


class DailyFilterSet(django_filters.FilterSet):
    """Leaves out what belongs to archived batches, unless one of the filters `asked_by` asks for something by name.

    `to_batch` leads from a row to its batch.
    """

    to_batch = "mission__batch__"
    asked_by: tuple[str, ...] = ("batch", "mission")

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        rows = super().filter_queryset(queryset)
        is_asked = any(self.form.cleaned_data.get(name) for name in self.asked_by)
        return rows if is_asked else rows.filter(daily(self.to_batch))


def offered(request: HttpRequest, name: str, options: QuerySet[Model], to_batch: str) -> QuerySet[Model]:
    """The options of a filter without those of archived batches, but for the one that the address names."""
    asked = request.GET.get(name, "")
    return options.filter(daily(to_batch) | Q(pk=asked if asked.isdecimal() else None))


class BatchFilter(DailyFilterSet):
    to_batch = ""
    asked_by = ("status",)

    status = django_filters.ChoiceFilter(label=_("Status"), choices=BatchStatus.choices)

    class Meta:
        model = Batch
        fields = ["status"]


class MissionFilter(DailyFilterSet):
    to_batch = "batch__"
    asked_by = ("batch",)

    batch = django_filters.ModelChoiceFilter(
        label=_("Batch"), queryset=lambda request: offered(request, "batch", Batch.objects.all(), "")
    )
    status = django_filters.ChoiceFilter(label=_("Status"), choices=MissionStatus.choices)

    class Meta:
        model = Mission
        fields = ["batch", "status"]


class EnrollmentFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=[("here", _("in the batch")), ("left", _("left"))], method="in_state"
    )

    class Meta:
        model = Enrollment
        fields = ["state"]

    def in_state(self, enrollments: QuerySet[Enrollment], _name: str, value: str) -> QuerySet[Enrollment]:
        return enrollments.filter(ended_on__isnull=value == "here")
