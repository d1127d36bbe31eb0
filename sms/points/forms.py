"""Input of points rules."""

from collections.abc import Mapping

from django import forms

from sms.points.sources import all_kinds

MOST_POINTS = 1_000


class RulesForm(forms.Form):
    """One number for each kind of event that a source has registered."""

    def __init__(self, *args: object, rules: Mapping[str, int], **options: object) -> None:
        super().__init__(*args, **options)
        for key, kind in all_kinds().items():
            self.fields[key] = forms.IntegerField(
                label=kind.title, initial=rules[key], min_value=-MOST_POINTS, max_value=MOST_POINTS
            )
