import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sms.accounts.models import User
from sms.mentoring import queries as mentoring
from sms.programme.choices import BatchStatus, MissionStatus
from sms.programme.models import Batch, Mission, MissionEnrollment
from sms.risk.choices import RiskLabel


class LowPerformerFilter(django_filters.FilterSet):
    """The readable criteria: a label, attendance below a share, days absent in a row."""

    label = django_filters.ChoiceFilter(
        label=_("Risk"), choices=[choice for choice in RiskLabel.choices if choice[0] != RiskLabel.ON_TRACK]
    )
    rate_below = django_filters.NumberFilter(
        label=_("Attendance below, %"), field_name="attendance_rate", lookup_expr="lt", min_value=1, max_value=100
    )
    absent_days = django_filters.NumberFilter(
        label=_("Absent in a row, at least"),
        field_name="days_absent_in_a_row",
        lookup_expr="gte",
        min_value=1,
        max_value=14,
    )
    batch = django_filters.ModelChoiceFilter(
        label=_("Batch"), field_name="mission__batch", queryset=Batch.objects.filter(status=BatchStatus.ACTIVE)
    )
    mission = django_filters.ModelChoiceFilter(
        label=_("Mission"),
        queryset=Mission.objects.filter(status=MissionStatus.ACTIVE, batch__status=BatchStatus.ACTIVE),
    )
    mentor = django_filters.ModelChoiceFilter(
        label=_("Mentor"), queryset=lambda _request: mentoring.mentors(), method="of_mentor"
    )

    class Meta:
        model = MissionEnrollment
        fields = ["label", "rate_below", "absent_days", "batch", "mission", "mentor"]

    def of_mentor(self, students: QuerySet[MissionEnrollment], _name: str, mentor: User) -> QuerySet[MissionEnrollment]:
        guided = mentoring.open_assignments().filter(mentor=mentor)
        return students.filter(pk__in=guided.values("mission_enrollment"))
