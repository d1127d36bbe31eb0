"""Input of meetings. Times are entered and shown in the batch's timezone."""

from django import forms
from django.utils.translation import gettext_lazy as _

from sms.attendance import queries
from sms.attendance.choices import DayStatus
from sms.attendance.forms import WEEKDAYS
from sms.attendance.models import Meeting, MeetingSeries

MOST_TYPED = 20

TERMS = ["host", "way", "link", "late_after", "least_percent"]


class TermsForm(forms.ModelForm):
    link = forms.URLField(
        label=_("Link"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=_("Where the meeting takes place. Only students of the mission see it."),
    )

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["host"].queryset = queries.hosts()


class SeriesForm(TermsForm):
    weekday = forms.TypedChoiceField(label=_("Day of the week"), choices=WEEKDAYS, coerce=int)

    class Meta:
        model = MeetingSeries
        fields = ["title", "weekday", "starts_at", "minutes", *TERMS, "first_on", "last_on", "is_active"]
        widgets = {"starts_at": forms.TimeInput, "first_on": forms.DateInput, "last_on": forms.DateInput}


class MeetingForm(TermsForm):
    class Meta:
        model = Meeting
        fields = ["title", "starts_at", "ends_at", *TERMS]
        widgets = {"starts_at": forms.DateTimeInput, "ends_at": forms.DateTimeInput}


class CodeForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=MOST_TYPED)


class CancellationForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=250, help_text=_("Students can read it."))


class RecordForm(forms.Form):
    status = forms.ChoiceField(label=_("Status"), choices=DayStatus.choices)
    reason = forms.CharField(label=_("Reason"), max_length=250, help_text=_("The student can read it."))


class MarkForm(forms.Form):
    """Many students of a meeting at once: whom, as what, and why."""

    EVERYONE, NOT_ATTENDED = "everyone", "not-attended"

    whom = forms.ChoiceField(
        label=_("Whom"),
        choices=[(EVERYONE, _("everyone")), (NOT_ATTENDED, _("those who are absent or have no record"))],
        initial=EVERYONE,
    )
    status = forms.ChoiceField(label=_("Status"), choices=DayStatus.choices)
    reason = forms.CharField(label=_("Reason"), max_length=250, help_text=_("Students can read it."))
