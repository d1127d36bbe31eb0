"""Forms about people and roles."""

from django import forms
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from sms.accounts.forms import NameField, PhoneField
from sms.accounts.models import User
from sms.accounts.queries import timezone_choices
from sms.authorization.models import Role
from sms.authorization.queries import site_permissions
from sms.core.fields import clean_email, default_timezone


class PersonForm(forms.Form):
    name = NameField()
    email = forms.EmailField(label=_("E-mail address"), max_length=254, help_text=_("The person signs in with it."))
    phone = PhoneField()
    timezone = forms.ChoiceField(label=_("Timezone"))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    role_keys = forms.MultipleChoiceField(
        label=_("Roles"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Without one, the person sees nothing."),
    )

    def __init__(self, *args: object, person: User | None = None, **options: object) -> None:
        super().__init__(*args, initial=_values_of(person), **options)
        self.person = person
        self.fields["timezone"].choices = timezone_choices()
        self.fields["role_keys"].choices = [(role.key, str(role)) for role in Role.objects.all()]

    def clean_email(self) -> str:
        email = clean_email(self.cleaned_data["email"])
        if User.objects.filter(email=email).exclude(pk=self.person and self.person.pk).exists():
            raise ValidationError(_now("Someone with this address exists already."))
        return email


class RoleForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=80)
    permissions = forms.ModelMultipleChoiceField(
        label=_("What it may do"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["permissions"].queryset = site_permissions()
        self.fields["permissions"].label_from_instance = lambda permission: _now(permission.name)

    def groups(self) -> list[tuple[str, list[forms.boundfield.BoundWidget]]]:
        """The checkboxes under the name of the app that declares the permission."""
        grouped: dict[str, list[forms.boundfield.BoundWidget]] = {}
        for box in self["permissions"]:
            app = apps.get_app_config(box.data["value"].instance.content_type.app_label)
            grouped.setdefault(str(capfirst(app.verbose_name)), []).append(box)
        return list(grouped.items())


class NewRoleForm(RoleForm):
    key = forms.SlugField(
        label=_("Key"),
        max_length=40,
        help_text=_("Short name for imports and exports, such as “auditor”. It cannot be changed later."),
    )
    field_order = ("title", "key", "permissions")


def _values_of(person: User | None) -> dict[str, object]:
    if person is None:
        return {"timezone": default_timezone(), "language": settings.LANGUAGE_CODE}
    stored = {field: getattr(person, field) for field in ("name", "email", "timezone", "language")}
    return {**stored, "phone": person.readable_phone, "role_keys": [group.role.key for group in person.groups.all()]}
