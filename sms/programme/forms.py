"""Input of batches and missions."""

from django import forms

from sms.programme.models import Batch, Mission


class BatchForm(forms.ModelForm):
    class Meta:
        model = Batch
        fields = ["code", "title", "starts_on", "ends_on", "timezone"]
        widgets = {"starts_on": forms.DateInput, "ends_on": forms.DateInput}


class MissionForm(forms.ModelForm):
    """`batch` is given by the address; it takes part in the check of the code."""

    class Meta:
        model = Mission
        fields = ["code", "title", "order", "starts_on", "ends_on"]
        widgets = {"starts_on": forms.DateInput, "ends_on": forms.DateInput}
