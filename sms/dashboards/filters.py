import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sms.mentoring.queries import mentorless
from sms.programme import queries as programme
from sms.programme.filters import DailyFilterSet, offered
from sms.programme.models import Batch, Mission, MissionEnrollment
from sms.risk.choices import RiskLabel


def missions_in_sight(request: HttpRequest) -> QuerySet[Mission]:
    """Only missions in which the person sees a student: a filter must not tell of others."""
    seen = Mission.objects.filter(pk__in=programme.visible_to(request.user).order_by().values("mission"))
    return offered(request, "mission", seen, "batch__")


def batches_in_sight(request: HttpRequest) -> QuerySet[Batch]:
    seen = Batch.objects.filter(pk__in=programme.visible_to(request.user).order_by().values("mission__batch"))
    return offered(request, "batch", seen, "")


class StudentFilter(DailyFilterSet):
    batch = django_filters.ModelChoiceFilter(label=_("Batch"), field_name="mission__batch", queryset=batches_in_sight)
    mission = django_filters.ModelChoiceFilter(label=_("Mission"), queryset=missions_in_sight)
    label = django_filters.ChoiceFilter(label=_("Risk"), choices=RiskLabel.choices)
    mentorless = django_filters.BooleanFilter(label=_("Without mentor"), method="filter_mentorless")

    class Meta:
        model = MissionEnrollment
        fields = ["batch", "mission", "label", "mentorless"]

    def filter_mentorless(
        self, students: QuerySet[MissionEnrollment], _name: str, value: bool
    ) -> QuerySet[MissionEnrollment]:
        return (
            students.filter(pk__in=mentorless().values("pk"))
            if value
            else students.exclude(pk__in=mentorless().values("pk"))
        )


class MentorsStudentFilter(DailyFilterSet):
    asked_by = ("mission",)

    mission = django_filters.ModelChoiceFilter(label=_("Mission"), queryset=missions_in_sight)
    label = django_filters.ChoiceFilter(label=_("Risk"), choices=RiskLabel.choices)

    class Meta:
        model = MissionEnrollment
        fields = ["mission", "label"]
