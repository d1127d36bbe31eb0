import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sms.accounts.choices import StudentStatus
from sms.accounts.models import User
from sms.authorization.models import Role

STATES = (
    ("active", _("Active")),
    ("deactivated", _("Deactivated")),
    ("waiting", _("Waiting for approval")),
    ("roleless", _("Without a role")),
)


class PersonFilter(django_filters.FilterSet):
    role = django_filters.ModelChoiceFilter(
        label=_("Role"),
        queryset=Role.objects.all(),
        field_name="groups__role",
        to_field_name="key",
        empty_label=_("Any"),
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=STATES, method="filter_state", empty_label=_("Any"))

    class Meta:
        model = User
        fields = ["role", "state"]

    def filter_state(self, people: QuerySet[User], _name: str, state: str) -> QuerySet[User]:
        return {
            "active": people.filter(is_active=True),
            "deactivated": people.filter(is_active=False),
            "waiting": people.filter(is_active=True, student_profile__status=StudentStatus.WAITING),
            "roleless": people.filter(is_active=True, groups__isnull=True),
        }[state]


class ApprovalFilter(django_filters.FilterSet):
    """Those who wait, unless the declined ones are asked for."""

    status = django_filters.ChoiceFilter(
        label=_("Which"),
        field_name="student_profile__status",
        choices=[(StudentStatus.DECLINED, _("Declined"))],
        empty_label=_("Waiting"),
    )

    class Meta:
        model = User
        fields = ["status"]

    def filter_queryset(self, queryset: QuerySet[User]) -> QuerySet[User]:
        status = self.form.cleaned_data["status"] or StudentStatus.WAITING
        return queryset.filter(student_profile__status=status)
