import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sms.accounts.choices import StudentStatus
from sms.accounts.models import User
from sms.mentoring.queries import mentorless
from sms.programme import queries as programme
from sms.programme.filters import DailyFilterSet, offered
from sms.programme.models import Batch, Enrollment, Mission, MissionEnrollment
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
    mentorless = django_filters.ChoiceFilter(
        label=_("Mentor"),
        choices=[("true", _("Without a mentor")), ("false", _("With a mentor"))],
        method="filter_mentorless",
    )

    class Meta:
        model = MissionEnrollment
        fields = ["batch", "mission", "label", "mentorless"]

    def filter_mentorless(
        self, students: QuerySet[MissionEnrollment], _name: str, value: str
    ) -> QuerySet[MissionEnrollment]:
        alone = mentorless().values("pk")
        return students.filter(pk__in=alone) if value == "true" else students.exclude(pk__in=alone)


class RecordFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(
        label=_("Status"), field_name="student_profile__status", choices=StudentStatus.choices
    )
    batch = django_filters.ModelChoiceFilter(
        label=_("Batch"), queryset=batches_in_sight, method="filter_batch", empty_label=_("Any")
    )
    now = django_filters.ChoiceFilter(
        label=_("Taking part"), choices=[("yes", _("Now")), ("no", _("Not now"))], method="filter_now"
    )

    class Meta:
        model = User
        fields = ["status", "batch", "now"]

    def filter_batch(self, students: QuerySet[User], _name: str, batch: Batch) -> QuerySet[User]:
        """Those who are in the batch now or were once."""
        return students.filter(Exists(Enrollment.objects.filter(student=OuterRef("pk"), batch=batch)))

    def filter_now(self, students: QuerySet[User], _name: str, now: str) -> QuerySet[User]:
        here = Exists(Enrollment.objects.filter(student=OuterRef("pk"), ended_on=None))
        return students.filter(here if now == "yes" else ~here)


class MentorsStudentFilter(DailyFilterSet):
    asked_by = ("mission",)

    mission = django_filters.ModelChoiceFilter(label=_("Mission"), queryset=missions_in_sight)
    label = django_filters.ChoiceFilter(label=_("Risk"), choices=RiskLabel.choices)

    class Meta:
        model = MissionEnrollment
        fields = ["mission", "label"]
