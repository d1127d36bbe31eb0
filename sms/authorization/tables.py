import django_tables2 as tables
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sms.accounts.models import User
from sms.authorization.models import Invitation, Role
from sms.core.columns import NUMBER, ActionsColumn, FragmentColumn, NumberColumn, StateColumn, WhenColumn
from sms.core.list_page import Table


class PersonTable(Table):
    name = FragmentColumn("authorization/person_cell.html", verbose_name=_("Name"), order_by=("name", "pk"))
    # A list is exported by opening an address, which writes nothing, so it cannot log that addresses left: that is what
    # the export of a whole kind is for.
    email = tables.Column(_("E-mail address"), exclude_from_export=True)
    roles = tables.Column(_("Roles"), empty_values=(), orderable=False)
    last_login = WhenColumn(verbose_name=_("Last sign-in"))
    date_joined = WhenColumn(verbose_name=_("Joined"))
    is_active = StateColumn(
        "authorization/state_badge.html",
        verbose_name=_("State"),
        plain=lambda person: gettext("active") if person.is_active else gettext("deactivated"),
    )

    class Meta(Table.Meta):
        model = User
        fields = ("name", "email", "roles", "last_login", "date_joined", "is_active")
        order_by = ("name",)

    def render_roles(self, record: User) -> str:
        return ", ".join(str(group.role) for group in record.groups.all()) or "–"

    def value_roles(self, record: User) -> str:
        return ", ".join(group.role.key for group in record.groups.all())


class ApprovalTable(Table):
    name = FragmentColumn("authorization/choose_cell.html", verbose_name=_("Name"), order_by=("name", "pk"))
    contact = ActionsColumn("authorization/contact_cell.html", verbose_name=_("Contact"))
    date_joined = WhenColumn(verbose_name=_("Registered"))
    decision = ActionsColumn("authorization/approval.html", verbose_name=_("Decision"))

    class Meta(Table.Meta):
        model = User
        fields = ("name", "contact", "date_joined", "decision")
        order_by = ("date_joined",)


class InvitationTable(Table):
    email = FragmentColumn("authorization/invitation_cell.html", verbose_name=_("Whom"), order_by=("email",))
    state = StateColumn(
        "authorization/invitation_badge.html",
        verbose_name=_("State"),
        empty_values=(),
        orderable=False,
        plain=lambda invitation: invitation.state.label,
    )
    roles = tables.Column(_("As"), accessor="role_keys", orderable=False)
    invited_by = tables.Column(_("Invited by"), order_by=("invited_by__name",))
    created_at = WhenColumn(verbose_name=_("Invited"))
    expires_at = WhenColumn(verbose_name=_("Valid until"))
    act = ActionsColumn("authorization/invitation_actions.html", verbose_name=_("Actions"))

    class Meta(Table.Meta):
        model = Invitation
        fields = ("email", "state", "roles", "invited_by", "created_at", "expires_at", "act")
        order_by = ("-created_at",)

    def render_roles(self, value: list[str]) -> str:
        return ", ".join(self.titles[key] for key in value if key in self.titles)

    def value_roles(self, value: list[str]) -> str:
        return ", ".join(value)

    @cached_property
    def titles(self) -> dict[str, str]:
        return {role.key: str(role) for role in Role.objects.all()}


class RoleTable(Table):
    title = FragmentColumn("authorization/role_cell.html", verbose_name=_("Role"))
    people = FragmentColumn("authorization/role_people_cell.html", verbose_name=_("People"), attrs=NUMBER)
    permissions = NumberColumn(_("Permissions"), empty_values=(), orderable=False)
    kind = StateColumn("authorization/role_badge.html", verbose_name=_("Kind"), orderable=False)

    class Meta(Table.Meta):
        model = Role
        fields = ("title", "people", "permissions", "kind")

    def render_permissions(self, record: Role) -> int:
        return len(record.group.permissions.all())
