from datetime import timedelta

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sms.accounts.models import User
from sms.attendance import queries
from sms.attendance.choices import DayStatus, MeetingState
from sms.attendance.models import Meeting, MeetingRecord
from sms.core import clock
from sms.programme.filters import DailyFilterSet, offered
from sms.programme.models import Mission


def missions_in_sight(request: HttpRequest) -> QuerySet[Mission]:
    seen = Mission.objects.filter(pk__in=queries.meetings_visible_to(request.user).order_by().values("mission"))
    return offered(request, "mission", seen, "batch__")


def hosts_in_sight(request: HttpRequest) -> QuerySet[User]:
    hosting = queries.meetings_visible_to(request.user).order_by().values("host")
    return User.objects.filter(pk__in=hosting).order_by("name", "pk")


AHEAD = timedelta(weeks=1)


class OwnMeetingFilter(DailyFilterSet):
    """Of the meetings to come it keeps those of the next week, unless a state is asked for."""

    asked_by = ("mission",)

    mission = django_filters.ModelChoiceFilter(label=_("Mission"), queryset=missions_in_sight)

    class Meta:
        model = Meeting
        fields = ["mission"]

    def filter_queryset(self, queryset: QuerySet[Meeting]) -> QuerySet[Meeting]:
        meetings = super().filter_queryset(queryset)
        is_asked = self.form.cleaned_data.get("state")
        return meetings if is_asked else meetings.filter(starts_at__lte=clock.now() + AHEAD)


class MeetingFilter(OwnMeetingFilter):
    host = django_filters.ModelChoiceFilter(label=_("Host"), queryset=hosts_in_sight)
    state = django_filters.ChoiceFilter(label=_("State"), choices=MeetingState.choices)

    class Meta(OwnMeetingFilter.Meta):
        fields = ["mission", "host", "state"]


class MeetingRecordFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(label=_("Status"), choices=DayStatus.choices)

    class Meta:
        model = MeetingRecord
        fields = ["status"]
