import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sms.accounts.models import User
from sms.attendance.choices import DayStatus
from sms.attendance.models import DailyRecord
from sms.mentoring.queries import open_assignments
from sms.programme import queries as programme
from sms.programme.filters import offered
from sms.programme.models import Batch, Enrollment, Mission, MissionEnrollment

NO_MENTOR = "none"


def missions_in_sight(request: HttpRequest) -> QuerySet[Mission]:
    """Only missions in which the person sees a student: a filter must not tell of others."""
    seen = Mission.objects.filter(pk__in=programme.visible_to(request.user).order_by().values("mission"))
    return offered(request, "mission", seen, "batch__")


def batches_in_sight(request: HttpRequest) -> QuerySet[Batch]:
    seen = Batch.objects.filter(pk__in=programme.visible_to(request.user).order_by().values("mission__batch"))
    return offered(request, "batch", seen, "")


def mentors_in_sight(request: HttpRequest) -> QuerySet[User]:
    """The mentors of whom the person sees; of the mission or batch that the address names, where it names one."""
    students = programme.visible_to(request.user).order_by()
    named = request.resolver_match.kwargs
    if mission := named.get("mission"):
        students = students.filter(mission=mission)
    if batch := named.get("batch"):
        students = students.filter(mission__batch=batch)
    guides = open_assignments().filter(mission_enrollment__in=students.values("pk")).values("mentor")
    if not request.user.has_perm("programme.view_all_students"):
        guides = guides.filter(mentor=request.user)
    return User.objects.filter(pk__in=guides).order_by("name", "pk")


def guided(rows: QuerySet, to_student: str, mentor: User | str, of: str = "mission_enrollment") -> QuerySet:
    """The rows whose student the mentor guides now, or whom nobody does."""
    guides = open_assignments().filter(**{of: OuterRef(to_student)})
    return rows.filter(~Exists(guides) if mentor == NO_MENTOR else Exists(guides.filter(mentor=mentor)))


class PeriodFilter(django_filters.FilterSet):
    """The period decides what is counted, and the view has counted it already: here it is only asked for."""

    since = django_filters.DateFilter(label=_("From"), method="as_counted")
    until = django_filters.DateFilter(label=_("To"), method="as_counted")

    def as_counted(self, rows: QuerySet, _name: str, _value: object) -> QuerySet:
        return rows


class TallyFilter(PeriodFilter):
    days = django_filters.ChoiceFilter(
        label=_("With days"),
        choices=[*DayStatus.choices, ("missing", _("not recorded"))],
        method="with_days",
    )
    below = django_filters.ChoiceFilter(
        label=_("Rate"),
        choices=[(str(n), f"< {n}%") for n in (80, 60, 40)],
        field_name="rate",
        lookup_expr="lt",
    )

    def with_days(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(**{f"{value}__gt": 0})


class StudentsReportFilter(TallyFilter):
    mentor = django_filters.ModelChoiceFilter(
        label=_("Mentor"),
        queryset=mentors_in_sight,
        null_label=_("No mentor"),
        null_value=NO_MENTOR,
        method="by_mentor",
    )

    class Meta:
        model = MissionEnrollment
        fields = ["since", "until", "mentor", "days", "below"]

    def by_mentor(self, students: QuerySet, _name: str, mentor: User | str) -> QuerySet:
        return guided(students, "pk", mentor)


class BatchReportFilter(TallyFilter):
    """Of a mentor are those whom they guide in any mission of the batch."""

    mentor = django_filters.ModelChoiceFilter(
        label=_("Mentor"),
        queryset=mentors_in_sight,
        null_label=_("No mentor"),
        null_value=NO_MENTOR,
        method="by_mentor",
    )

    class Meta:
        model = Enrollment
        fields = ["since", "until", "mentor", "days", "below"]

    def by_mentor(self, enrollments: QuerySet, _name: str, mentor: User | str) -> QuerySet:
        return guided(enrollments, "pk", mentor, "mission_enrollment__enrollment")


class MissionsReportFilter(PeriodFilter):
    class Meta:
        model = Mission
        fields = ["since", "until"]


class RecordFilter(django_filters.FilterSet):
    batch = django_filters.ModelChoiceFilter(
        label=_("Batch"), field_name="mission_enrollment__mission__batch", queryset=batches_in_sight
    )
    mission = django_filters.ModelChoiceFilter(
        label=_("Mission"), field_name="mission_enrollment__mission", queryset=missions_in_sight
    )
    mentor = django_filters.ModelChoiceFilter(
        label=_("Mentor"),
        queryset=mentors_in_sight,
        null_label=_("No mentor"),
        null_value=NO_MENTOR,
        method="by_mentor",
    )
    on = django_filters.DateFilter(label=_("Day"))
    status = django_filters.ChoiceFilter(label=_("Status"), choices=DayStatus.choices)

    class Meta:
        model = DailyRecord
        fields = ["batch", "mission", "mentor", "on", "status"]

    def by_mentor(self, records: QuerySet, _name: str, mentor: User | str) -> QuerySet:
        return guided(records, "mission_enrollment", mentor)
