"""Input of attendance: corrections, the window of a mission, holidays."""

from typing import Any

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


class TapForm(forms.Form):
    """A kept tap as a device sends it: two times by its own clock, and whose it is."""

    mission_enrollment = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    key = forms.UUIDField()
    tapped_at = forms.DateTimeField()
    sent_at = forms.DateTimeField()
    who = forms.CharField(max_length=32)

    def clean(self) -> dict[str, Any]:
        """A clock that lost its battery says 1970; beyond a century times cannot be reckoned with."""
        cleaned = super().clean()
        for name in ("tapped_at", "sent_at"):
            if name in cleaned and not 1970 <= cleaned[name].year <= 2100:
                self.add_error(name, _("The clock of your device is wrong. Set it, and tap again."))
        return cleaned


class DecisionForm(forms.Form):
    answer = forms.CharField(label=_("Answer"), max_length=250, help_text=_("The student can read it."))

    def __init__(self, *arguments: Any, accept: bool, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["answer"].required = not accept
