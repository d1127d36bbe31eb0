"""Input of batches and missions."""

from django import forms

from sms.programme.choices import BATCH_MOVES, MISSION_MOVES, BatchStatus, MissionStatus
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


class MoveForm(forms.Form):
    """The next status of a batch or mission: only those that may follow the present one."""

    to = forms.ChoiceField()

    def __init__(self, *args: object, subject: Batch | Mission, **options: object) -> None:
        super().__init__(*args, **options)
        states, moves = (BatchStatus, BATCH_MOVES) if isinstance(subject, Batch) else (MissionStatus, MISSION_MOVES)
        self.fields["to"].choices = [(state.value, state.label) for state in states if state in moves[subject.status]]

    @property
    def moves(self) -> list[tuple[str, str]]:
        return self.fields["to"].choices
