"""Input of assignments. Times are entered and shown in the batch's timezone."""

from django import forms

from sms.assignments.models import Assignment


class AssignmentForm(forms.ModelForm):
    class Meta:
        model = Assignment
        fields = ["code", "day", "title", "opens_at", "due_at", "max_points"]
        widgets = {"opens_at": forms.DateTimeInput, "due_at": forms.DateTimeInput}
