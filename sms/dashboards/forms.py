"""Input about students."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sms.accounts.choices import STUDENT_MOVES, StudentStatus
from sms.accounts.forms import NameField, PhoneField
from sms.accounts.models import StudentProfile, User
from sms.accounts.queries import timezone_choices
from sms.core.fields import clean_email


class StudentForm(forms.Form):
    """The data and contacts of a student. The status offers what may follow the present one.

    Contacts are masked here as everywhere: to see one is a reveal of its own. A blank field keeps what is there.
    """

    name = NameField()
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        required=False,
        help_text=_("The student signs in with it. Leave it blank to keep it."),
    )
    phone = PhoneField(help_text=_("Leave it blank to keep it."))
    no_phone = forms.BooleanField(label=_("Delete the phone number"), required=False)
    student_id = forms.CharField(label=_("Student number"), max_length=40, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    timezone = forms.ChoiceField(label=_("Timezone"))
    status = forms.ChoiceField(
        label=_("Status"), help_text=_("Who is not active keeps their account and loses what a student may do.")
    )

    def __init__(self, *args: Any, student: User, **options: Any) -> None:
        profile = student.student_profile
        super().__init__(*args, initial=_values_of(student, profile), **options)
        self.student = student
        self.fields["email"].widget.attrs["placeholder"] = student.masked_email
        self.fields["phone"].widget.attrs["placeholder"] = student.masked_phone
        self.fields["timezone"].choices = timezone_choices()
        reachable = {profile.status, *STUDENT_MOVES[profile.status]}
        self.fields["status"].choices = [
            (status.value, capfirst(status.label)) for status in StudentStatus if status in reachable
        ]

    def clean_email(self) -> str:
        email = clean_email(self.cleaned_data["email"]) or self.student.email
        if User.objects.filter(email=email).exclude(pk=self.student.pk).exists():
            raise ValidationError(gettext("Someone with this address exists already."))
        return email

    def clean_phone(self) -> str:
        return self.cleaned_data["phone"] or self.student.phone

    def details(self) -> dict[str, str]:
        """What the student shall have from now on."""
        kept = {name: value for name, value in self.cleaned_data.items() if name != "no_phone"}
        return kept | {"phone": ""} if self.cleaned_data["no_phone"] else kept

    def clean_student_id(self) -> str:
        number = self.cleaned_data["student_id"].strip()
        if number and StudentProfile.objects.filter(student_id=number).exclude(user=self.student).exists():
            raise ValidationError(gettext("Another student has this number."))
        return number


def _values_of(student: User, profile: StudentProfile) -> dict[str, str]:
    return {
        "name": student.name,
        "timezone": student.timezone,
        "student_id": profile.student_id or "",
        "city": profile.city,
        "status": profile.status,
    }
