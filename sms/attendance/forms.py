"""Input of attendance: corrections, the window of a mission, holidays."""

from django import forms
from django.utils.translation import gettext_lazy as _

from sms.attendance.choices import DayStatus
from sms.attendance.models import AttendancePolicy, Holiday

WEEKDAYS = [
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
]


class CorrectionForm(forms.Form):
    on = forms.DateField(label=_("Day"), widget=forms.DateInput)
    status = forms.ChoiceField(label=_("Status"), choices=DayStatus.choices)
    reason = forms.CharField(label=_("Reason"), max_length=250, help_text=_("The student can read it."))


class PolicyForm(forms.ModelForm):
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days of the week"), choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = AttendancePolicy
        fields = ["weekdays", "opens_at", "late_after", "closes_at"]
        widgets = dict.fromkeys(("opens_at", "late_after", "closes_at"), forms.TimeInput)


class HolidayForm(forms.ModelForm):
    class Meta:
        model = Holiday
        fields = ["on", "title"]
        widgets = {"on": forms.DateInput}
