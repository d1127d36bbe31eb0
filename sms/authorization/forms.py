"""Forms about people and roles."""

from email.utils import parseaddr
from functools import cache

from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sms.accounts.forms import PASSWORD_HELP, NameField, PhoneField
from sms.accounts.models import User
from sms.accounts.queries import registered_students, timezone_choices
from sms.authorization.approving import placement_for
from sms.authorization.models import Invitation, Role
from sms.authorization.queries import roles_givable_by, roles_invitable_by, site_permissions
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

    def __init__(self, *args: object, actor: User, person: User | None = None, **options: object) -> None:
        super().__init__(*args, initial=_values_of(person), **options)
        self.person = person
        self.fields["timezone"].choices = timezone_choices()
        # Roles above the actor's are offered only where the person holds them, so that they stay.
        offered = roles_givable_by(actor) | set(self.initial.get("role_keys", ()))
        self.fields["role_keys"].choices = [(role.key, str(role)) for role in Role.objects.filter(key__in=offered)]

    def clean_email(self) -> str:
        email = clean_email(self.cleaned_data["email"])
        if User.objects.filter(email=email).exclude(pk=self.person and self.person.pk).exists():
            raise ValidationError(gettext("Someone with this address exists already."))
        return email


class DecisionForm(forms.Form):
    """What becomes of the students who are chosen in the list of approvals."""

    APPROVE, DECLINE = "approve", "decline"

    students = forms.ModelMultipleChoiceField(
        queryset=None, error_messages={"required": _("Choose at least one student.")}
    )
    decision = forms.ChoiceField(choices=[(APPROVE, APPROVE), (DECLINE, DECLINE)])
    place = forms.ChoiceField(required=False)
    reason = forms.CharField(
        label=_("Reason, if you decline"), max_length=500, required=False, help_text=_("It stands in the mail.")
    )

    def __init__(self, *args: object, actor: User, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["students"].queryset = registered_students()
        placement = placement_for(actor)
        if placement:
            self.fields["place"].label = placement.label
            # Asked for when the form is drawn, and once: a refresh of the list draws no form.
            self.fields["place"].choices = cache(lambda: [("", gettext("Nowhere yet")), *placement.choices()])
        else:
            del self.fields["place"]


MOST_INVITED = 500


class InviteForm(forms.Form):
    people = forms.CharField(
        label=_("Whom"),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocapitalize": "off"}),
        help_text=_("One a line: “Nila Akter <nila@example.com>”, or the address alone."),
    )
    role_keys = forms.MultipleChoiceField(label=_("As"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: object, actor: User, **options: object) -> None:
        super().__init__(*args, **options)
        keys = roles_invitable_by(actor)
        self.fields["role_keys"].choices = [(role.key, str(role)) for role in Role.objects.filter(key__in=keys)]
        if len(keys) == 1:
            self.initial.setdefault("role_keys", list(keys))

    def clean_people(self) -> list[tuple[str, str]]:
        """(name, address) of each line. All faults are told at once."""
        lines = [(number, line.strip()) for number, line in enumerate(self.cleaned_data["people"].splitlines(), 1)]
        people, faults = [], []
        for number, line in lines:
            if not line:
                continue
            name, email = _read_person(line)
            if email:
                people.append((name, email))
            else:
                faults.append(
                    gettext("Line %(line)d: “%(text)s” is not an address.") % {"line": number, "text": line[:80]}
                )
        if len(people) > MOST_INVITED:
            faults.append(
                gettext("These are more than %(most)d people. Invite them in parts.") % {"most": MOST_INVITED}
            )
        if faults:
            raise ValidationError(faults)
        return people


class AcceptForm(forms.Form):
    """A name and a password, for whoever was invited and has none yet."""

    name = NameField(help_text=_("As the others should call you."))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=PASSWORD_HELP,
    )

    def __init__(self, *args: object, invitation: Invitation, **options: object) -> None:
        super().__init__(*args, initial={"name": invitation.name}, **options)
        self.invitation = invitation

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        validate_password(password, User(email=self.invitation.email, name=self.cleaned_data.get("name", "")))
        return password


class RoleForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=80)
    permissions = forms.ModelMultipleChoiceField(
        label=_("What it may do"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["permissions"].queryset = site_permissions()
        self.fields["permissions"].label_from_instance = lambda permission: gettext(permission.name)

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


def _read_person(line: str) -> tuple[str, str]:
    """The name and the address of a line; the address is empty when there is none."""
    name, email = parseaddr(line.rstrip(",;"))
    email = clean_email(email)
    try:
        validate_email(email)
    except ValidationError:
        return "", ""
    return name, email


def _values_of(person: User | None) -> dict[str, object]:
    if person is None:
        return {"timezone": default_timezone(), "language": settings.LANGUAGE_CODE}
    stored = {field: getattr(person, field) for field in ("name", "email", "timezone", "language")}
    return {**stored, "phone": person.readable_phone, "role_keys": [group.role.key for group in person.groups.all()]}
