import django_filters
from django.db.models import Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from sms.accounts.choices import StudentStatus
from sms.accounts.models import User
from sms.authorization.choices import InvitationState
from sms.authorization.models import Invitation, Role
from sms.core import clock

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


class InvitationFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[(state.value, capfirst(state.label)) for state in InvitationState],
        method="filter_state",
        empty_label=_("Any"),
    )
    role = django_filters.ModelChoiceFilter(
        label=_("Role"), queryset=Role.objects.all(), to_field_name="key", method="filter_role", empty_label=_("Any")
    )

    class Meta:
        model = Invitation
        fields = ["state", "role"]

    def filter_state(self, invitations: QuerySet[Invitation], _name: str, state: str) -> QuerySet[Invitation]:
        unanswered = Q(accepted_at=None, revoked_at=None)
        return invitations.filter(
            {
                InvitationState.OPEN: unanswered & Q(expires_at__gt=clock.now()),
                InvitationState.EXPIRED: unanswered & Q(expires_at__lte=clock.now()),
                InvitationState.ACCEPTED: Q(accepted_at__isnull=False),
                InvitationState.REVOKED: Q(revoked_at__isnull=False),
            }[InvitationState(state)]
        )

    def filter_role(self, invitations: QuerySet[Invitation], _name: str, role: Role) -> QuerySet[Invitation]:
        return invitations.filter(role_keys__contains=[role.key])
