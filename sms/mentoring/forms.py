"""Input of mentor assignments."""

from django import forms
from django.utils.translation import gettext_lazy as _

from sms.mentoring import queries


class MentorForm(forms.Form):
    mentor = forms.ModelChoiceField(label=_("Mentor"), queryset=None)

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["mentor"].queryset = queries.mentors()
