import django_filters
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sms.accounts.models import User
from sms.mentoring import queries
from sms.mentoring.choices import UNDER_PERCENT, Fullness
from sms.mentoring.models import MentorAssignment
from sms.programme import queries as programme
from sms.programme.choices import BatchStatus, MissionStatus
from sms.programme.models import Mission, MissionEnrollment


class RosterFilter(django_filters.FilterSet):
    load = django_filters.ChoiceFilter(label=_("Load"), choices=Fullness.choices, method="by_fullness")
    mission = django_filters.ModelChoiceFilter(
        label=_("Mission"),
        queryset=Mission.objects.filter(status=MissionStatus.ACTIVE, batch__status=BatchStatus.ACTIVE),
        method="of_mission",
    )

    class Meta:
        model = User
        fields = ["load", "mission"]

    def by_fullness(self, people: QuerySet[User], _name: str, value: str) -> QuerySet[User]:
        """As `choices.fullness` says it of one mentor."""
        if value == Fullness.OVER:
            return people.filter(load__gt=F("capacity"))
        if value == Fullness.FULL:
            return people.filter(load=F("capacity"))
        with_room = people.filter(load__lt=F("capacity"))
        if value == Fullness.UNDER:
            return with_room.filter(share__lt=UNDER_PERCENT)
        return with_room.filter(share__gte=UNDER_PERCENT)

    def of_mission(self, people: QuerySet[User], _name: str, mission: Mission) -> QuerySet[User]:
        held = queries.open_assignments().filter(mission_enrollment__mission=mission)
        return people.filter(pk__in=held.values("mentor"))


def missions_in_sight(request: HttpRequest) -> QuerySet[Mission]:
    """Only missions in which the person sees a student: a filter must not tell of others."""
    return Mission.objects.filter(pk__in=programme.visible_to(request.user).order_by().values("mission"))


class AssignmentFilter(django_filters.FilterSet):
    mission = django_filters.ModelChoiceFilter(
        label=_("Mission"), field_name="mission_enrollment__mission", queryset=missions_in_sight
    )

    class Meta:
        model = MentorAssignment
        fields = ["mission"]


class MissionStudentFilter(django_filters.FilterSet):
    mentorless = django_filters.ChoiceFilter(
        label=_("Guided"), choices=[("true", _("without a mentor")), ("false", _("with a mentor"))], method="by_mentor"
    )
    guided_by = django_filters.ModelChoiceFilter(
        label=_("Mentor"), queryset=lambda _request: queries.mentors(), method="of_mentor"
    )

    class Meta:
        model = MissionEnrollment
        fields = ["mentorless", "guided_by"]

    def by_mentor(self, students: QuerySet[MissionEnrollment], _name: str, value: str) -> QuerySet[MissionEnrollment]:
        alone = queries.without_mentor(students)
        return alone if value == "true" else students.exclude(pk__in=alone.order_by().values("pk"))

    def of_mentor(self, students: QuerySet[MissionEnrollment], _name: str, mentor: User) -> QuerySet[MissionEnrollment]:
        return students.filter(pk__in=queries.open_assignments().filter(mentor=mentor).values("mission_enrollment"))
