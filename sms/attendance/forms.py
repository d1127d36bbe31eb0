"""Input of attendance: corrections, the window of a mission, holidays."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sms.accounts.models import User
from sms.attendance.actions.excuses import FILE_KINDS
from sms.attendance.choices import DayStatus, Whom
from sms.attendance.models import MOST_DAYS, AttendancePolicy, Holiday
from sms.core.uploads import accepted_suffixes, what_is_taken

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
        fields = [
            "weekdays",
            "opens_at",
            "late_after",
            "grace",
            "closes_at",
            "corrections_until_days",
            "mentors_may_correct",
            "mentors_until_days",
            "streak_days",
        ]
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


class LockForm(forms.Form):
    until = forms.DateField(
        label=_("Locked until"),
        required=False,
        widget=forms.DateInput,
        help_text=_("This day and all before it. Leave it empty to lock nothing."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=250)


class ExcuseForm(forms.Form):
    first = forms.DateField(label=_("First day"), widget=forms.DateInput)
    last = forms.DateField(label=_("Last day"), widget=forms.DateInput)
    reason = forms.CharField(label=_("Reason"), max_length=250, help_text=_("Your mentors and staff can read it."))
    file = forms.FileField(label=_("File, if you have one"), required=False, allow_empty_file=True)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last"].help_text = _("At most %(n)d days at once.") % {"n": MOST_DAYS}
        self.fields["file"].help_text = what_is_taken(FILE_KINDS, settings.UPLOAD_MOST_BYTES)
        self.fields["file"].widget.attrs["accept"] = accepted_suffixes(FILE_KINDS)


class AnswerForm(forms.Form):
    answer = forms.CharField(label=_("Answer"), max_length=250, help_text=_("The student can read it."))


class MarkForm(forms.Form):
    on = forms.DateField(label=_("Day"), widget=forms.DateInput)
    status = forms.ChoiceField(label=_("Status"), choices=DayStatus.choices)
    whom = forms.ChoiceField(label=_("Whom"), choices=Whom.choices)
    mentor = forms.ModelChoiceField(
        label=_("Only the students of"), queryset=User.objects.none(), required=False, empty_label=_("any mentor")
    )
    reason = forms.CharField(label=_("Reason"), max_length=250, help_text=_("The students can read it."))

    def __init__(self, *args: object, mentors: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mentor"].queryset = mentors
