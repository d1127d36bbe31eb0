"""Input of a call."""

from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from sms.core import clock
from sms.outreach.choices import Outcome
from sms.outreach.models import Call


class CallForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("What happened on the call?"), choices=Outcome.choices, widget=forms.RadioSelect
    )
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=Call._meta.get_field("notes").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    follow_up_at = forms.DateTimeField(
        label=_("Follow up, or call again, at"),
        required=False,
        widget=forms.DateTimeInput,
        help_text=_("In your own timezone. Needed for “call later”."),
    )

    def clean_follow_up_at(self) -> datetime | None:
        moment = self.cleaned_data["follow_up_at"]
        if moment and moment <= clock.now():
            raise forms.ValidationError(_("That time is over. Choose one that is still to come."))
        return moment

    def clean(self) -> dict[str, object]:
        cleaned = super().clean()
        if (
            cleaned.get("outcome") == Outcome.RESCHEDULE
            and not cleaned.get("follow_up_at")
            and "follow_up_at" not in self.errors
        ):
            self.add_error("follow_up_at", _("Say when to call back."))
        return cleaned
