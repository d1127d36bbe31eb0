import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sms.assignments import queries
from sms.assignments.choices import ListState, SubmissionState, Timeliness
from sms.assignments.models import Assignment, Submission, SubmissionList
from sms.core import clock
from sms.programme.filters import DailyFilterSet, offered
from sms.programme.models import Mission


def missions_in_sight(request: HttpRequest) -> QuerySet[Mission]:
    seen = Mission.objects.filter(pk__in=queries.visible_to(request.user).order_by().values("mission"))
    return offered(request, "mission", seen, "batch__")


class AssignmentFilter(DailyFilterSet):
    asked_by = ("mission",)

    mission = django_filters.ModelChoiceFilter(label=_("Mission"), queryset=missions_in_sight)
    due = django_filters.ChoiceFilter(
        label=_("Due"), method="filter_due", choices=[("ahead", _("still ahead")), ("past", _("past"))]
    )

    class Meta:
        model = Assignment
        fields = ["mission"]

    def filter_due(self, assignments: QuerySet[Assignment], _name: str, value: str) -> QuerySet[Assignment]:
        return (
            assignments.filter(due_at__gt=clock.now())
            if value == "ahead"
            else assignments.filter(due_at__lte=clock.now())
        )


class SubmissionFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=SubmissionState.choices)
    timeliness = django_filters.ChoiceFilter(label=_("In time"), choices=Timeliness.choices)
    graded = django_filters.ChoiceFilter(
        label=_("Grade"), method="filter_graded", choices=[("true", _("graded")), ("false", _("not graded yet"))]
    )

    class Meta:
        model = Submission
        fields = ["state", "timeliness", "graded"]

    def filter_graded(self, submissions: QuerySet[Submission], _name: str, value: str) -> QuerySet[Submission]:
        return submissions.filter(grade__isnull=value == "false")


class GradedSubmissionFilter(SubmissionFilter):
    """For those who grade: a grade that is held counts, too."""

    def filter_graded(self, submissions: QuerySet[Submission], _name: str, value: str) -> QuerySet[Submission]:
        graded = queries.graded(submissions)
        return graded if value == "true" else submissions.exclude(pk__in=graded.order_by().values("pk"))


def missions_to_grade(request: HttpRequest) -> QuerySet[Mission]:
    return offered(request, "mission", queries.missions_to_grade(request.user), "batch__")


def assignments_to_grade(request: HttpRequest) -> QuerySet[Assignment]:
    """Of the mission that is chosen, where one is."""
    mission = request.GET.get("mission", "")
    work = Assignment.objects.filter(mission__in=queries.missions_to_grade(request.user).order_by().values("pk"))
    return offered(
        request, "assignment", work.filter(mission=mission) if mission.isdecimal() else work, "mission__batch__"
    )


class QueueFilter(DailyFilterSet):
    to_batch = "assignment__mission__batch__"
    asked_by = ("mission", "assignment")

    mission = django_filters.ModelChoiceFilter(
        label=_("Mission"), field_name="assignment__mission", queryset=missions_to_grade
    )
    assignment = django_filters.ModelChoiceFilter(label=_("Assignment"), queryset=assignments_to_grade)

    class Meta:
        model = Submission
        fields = ["mission", "assignment"]


def missions_with_lists(request: HttpRequest) -> QuerySet[Mission]:
    seen = queries.lists_visible_to(request.user).order_by().values("assignment__mission")
    return offered(request, "mission", Mission.objects.filter(pk__in=seen), "batch__")


class SubmissionListFilter(DailyFilterSet):
    to_batch = "assignment__mission__batch__"
    asked_by = ("mission",)

    mission = django_filters.ModelChoiceFilter(
        label=_("Mission"), field_name="assignment__mission", queryset=missions_with_lists
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=ListState.choices)

    class Meta:
        model = SubmissionList
        fields = ["mission", "state"]
