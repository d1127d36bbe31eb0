import django_tables2 as tables
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sms.accounts.models import User
from sms.authorization.models import Role
from sms.core.list_page import Table

NUMBER = {"td": {"class": "number"}, "th": {"class": "number"}}


class PersonTable(Table):
    name = tables.TemplateColumn(
        template_name="authorization/person_cell.html", verbose_name=_("Name"), order_by=("name", "pk")
    )
    email = tables.Column(_("E-mail address"))
    roles = tables.Column(_("Roles"), empty_values=(), orderable=False)
    last_login = tables.TemplateColumn("{% when value %}", verbose_name=_("Last sign-in"), empty_values=())
    date_joined = tables.TemplateColumn("{% when value %}", verbose_name=_("Joined"))
    is_active = tables.TemplateColumn(
        template_name="authorization/state_badge.html", verbose_name=_("State"), attrs={"td": {"class": "state"}}
    )

    class Meta(Table.Meta):
        model = User
        fields = ("name", "email", "roles", "last_login", "date_joined", "is_active")
        order_by = ("name",)

    def render_roles(self, record: User) -> str:
        return ", ".join(group.role.title for group in record.groups.all()) or "–"

    def value_roles(self, record: User) -> str:
        return ", ".join(group.role.key for group in record.groups.all())

    def value_name(self, value: str) -> str:
        return value

    def value_last_login(self, value: object) -> object:
        return value

    value_date_joined = value_last_login

    def value_is_active(self, record: User) -> str:
        return gettext("active") if record.is_active else gettext("deactivated")


class ApprovalTable(Table):
    name = tables.TemplateColumn(
        "{% person record detail=record.email %}", verbose_name=_("Name"), order_by=("name", "pk")
    )
    phone = tables.Column(_("Phone"), accessor="readable_phone", orderable=False)
    date_joined = tables.TemplateColumn("{% when value %}", verbose_name=_("Registered"))
    decision = tables.TemplateColumn(
        template_name="authorization/approval.html",
        verbose_name=_("Decision"),
        empty_values=(),
        orderable=False,
        attrs={"td": {"class": "actions"}},
    )

    class Meta(Table.Meta):
        model = User
        fields = ("name", "phone", "date_joined", "decision")
        order_by = ("date_joined",)


class RoleTable(Table):
    title = tables.TemplateColumn(template_name="authorization/role_cell.html", verbose_name=_("Role"))
    people = tables.TemplateColumn(
        template_name="authorization/role_people_cell.html", verbose_name=_("People"), attrs=NUMBER
    )
    permissions = tables.Column(_("Permissions"), empty_values=(), orderable=False, attrs=NUMBER)
    kind = tables.TemplateColumn(
        template_name="authorization/role_badge.html",
        verbose_name=_("Kind"),
        empty_values=(),
        orderable=False,
        attrs={"td": {"class": "state"}},
    )

    class Meta(Table.Meta):
        model = Role
        fields = ("title", "people", "permissions", "kind")

    def render_permissions(self, record: Role) -> int:
        return len(record.group.permissions.all())
