"""Input of rules, settings, points by hand, and the day as of which a ledger is read."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sms.points import queries
from sms.points.models import PointsSettings
from sms.points.rates import Proposal
from sms.points.sources import ruled_kinds
from sms.programme.models import Mission

MOST_POINTS = 1_000


class RulesForm(forms.Form):
    """New rules for some kinds of events, from one day on. A kind that is left empty stays as it is."""

    effective_from = forms.DateField(
        label=_("Holds from"), required=False, help_text=_("A day of the batch. Empty: from the beginning.")
    )
    replaces_later = forms.BooleanField(
        label=_("End later rules of these kinds"),
        required=False,
        help_text=_("Otherwise a rule that begins on a later day holds from that day on as before."),
    )

    def __init__(self, *args: Any, mission: Mission, **options: Any) -> None:
        super().__init__(*args, **options)
        self.mission = mission
        own, self.fields = self.fields, {}
        for line in queries.lines_of(mission):
            self.fields[line.key] = forms.IntegerField(
                label=line.kind.title,
                required=False,
                min_value=-MOST_POINTS,
                max_value=MOST_POINTS,
                help_text=_("Now %(rule)s") % {"rule": line.kind.worded(line.points)},
            )
        self.fields |= own

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            if not self.proposal.points:
                raise forms.ValidationError(_("Enter at least one number."))
            if not queries.changes(self.mission, self.proposal):
                raise forms.ValidationError(_("These rules hold already. Change at least one number."))
        return cleaned

    @property
    def proposal(self) -> Proposal:
        values = self.cleaned_data
        points = {key: values[key] for key in ruled_kinds() if values.get(key) is not None}
        return Proposal(points, values["effective_from"], values["replaces_later"])

    @property
    def posted(self) -> list[tuple[str, str]]:
        """(name, value) of what was entered, to be sent again with the confirmation."""
        return [(name, self.data[name]) for name in self.fields if self.data.get(name)]


class SettingsForm(forms.ModelForm):
    class Meta:
        model = PointsSettings
        fields = ["has_leaderboard", "leaderboard_size", "manual_limit"]


class GiveForm(forms.Form):
    points = forms.IntegerField(
        label=_("Points"), min_value=-MOST_POINTS, max_value=MOST_POINTS, help_text=_("Below zero takes points.")
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=250, help_text=_("The student reads it, with your name beside it.")
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=250, help_text=_("The student reads it."))


class AsOfForm(forms.Form):
    as_of = forms.DateField(label=_("As of the end of"), required=False)
