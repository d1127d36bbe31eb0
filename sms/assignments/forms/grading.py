"""Input of grading: one grade, the reason for holding grades again, and a rubric row by row."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sms.assignments.models import Assignment, Grade, RubricCriterion

MOST_CRITERIA = 20
SPARE_ROWS = 3
PERCENT, POINTS = "percent", "points"
CENT = Decimal("0.01")


class GradingForm(forms.Form):
    """By the criteria of the rubric, or by one number in percent or in points of the assignment.

    `seen` is the grade that stood on the page when it was opened.
    """

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("The student reads it with the grade. Markdown works."),
    )
    private_note = forms.CharField(
        label=gettext_lazy("Private note"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("For staff and the student’s mentors. The student never sees it."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason for grading again"), max_length=Grade._meta.get_field("reason").max_length
    )

    def __init__(
        self, data: Any = None, *, assignment: Assignment, criteria: Sequence[RubricCriterion], current: Grade | None
    ) -> None:
        super().__init__(data, initial=_initial(current))
        self.assignment = assignment
        self.criteria = criteria
        if not (current and current.percent is not None):
            del self.fields["reason"]
        for each in criteria:
            self.fields[_name(each)] = _points_field(each)
        if not criteria:
            self._add_plain()
        first = self.fields[_name(criteria[0]) if criteria else "mark"]
        first.widget.attrs["autofocus"] = True

    def _add_plain(self) -> None:
        self.fields["mark"] = forms.DecimalField(
            label=_("Grade"), min_value=0, max_digits=7, decimal_places=2, widget=_number()
        )
        if self.assignment.max_points:
            points = ngettext("points of %(n)d", "points of %(n)d", self.assignment.max_points)
            self.fields["unit"] = forms.ChoiceField(
                label=_("In"),
                choices=[(PERCENT, _("percent")), (POINTS, points % {"n": self.assignment.max_points})],
                initial=PERCENT,
                widget=forms.RadioSelect,
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        most = self.assignment.max_points if cleaned.get("unit") == POINTS else 100
        if cleaned.get("mark") is not None and cleaned["mark"] > most:
            self.add_error("mark", _("Give at most %(most)d.") % {"most": most})
        return cleaned

    @property
    def mark_fields(self) -> list[forms.BoundField]:
        names = [_name(each) for each in self.criteria] or [name for name in ("mark", "unit") if name in self.fields]
        return [self[name] for name in names]

    @property
    def maximum(self) -> int:
        """All points of the rubric."""
        return sum(each.points for each in self.criteria)

    @property
    def points(self) -> dict[int, Decimal]:
        """By criterion, as far as they are given and valid."""
        given = {each.pk: self.cleaned_data.get(_name(each)) for each in self.criteria}
        return {key: value for key, value in given.items() if value is not None}

    @property
    def total(self) -> Decimal:
        """Of what is typed in; on a page that was just opened, of what was given last."""
        if self.is_bound:
            return sum(self.points.values(), Decimal(0))
        return sum((Decimal(self.initial.get(_name(each), 0)) for each in self.criteria), Decimal(0))

    @property
    def percent(self) -> Decimal | None:
        """Of the plain form."""
        mark = self.cleaned_data.get("mark")
        if mark is not None and self.cleaned_data.get("unit") == POINTS:
            mark = (100 * mark / self.assignment.max_points).quantize(CENT, ROUND_HALF_UP)
        return mark

    @property
    def given(self) -> dict[str, Any]:
        """What the action takes."""
        words = {name: self.cleaned_data.get(name, "") for name in ("comment", "private_note", "reason")}
        return {"seen": self.cleaned_data["seen"], "percent": self.percent, "points": self.points, **words}


def _name(criterion: RubricCriterion) -> str:
    return f"criterion-{criterion.pk}"


def _number() -> forms.NumberInput:
    # A step of a hundredth would have the arrow keys do next to nothing.
    return forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})


def _points_field(criterion: RubricCriterion) -> forms.DecimalField:
    return forms.DecimalField(
        label=_("%(criterion)s, of %(points)d") % {"criterion": criterion.title, "points": criterion.points},
        help_text=criterion.description,
        min_value=0,
        max_value=criterion.points,
        max_digits=7,
        decimal_places=2,
        widget=_number(),
    )


def _initial(current: Grade | None) -> dict[str, Any]:
    """What was given last, to be changed where it is wrong; the reason is always a new one."""
    if current is None:
        return {}
    words = {"seen": current.pk, "comment": current.comment, "private_note": current.private_note}
    if current.percent is None:
        return words
    parts = {_name(part.criterion): _short(part.points) for part in current.parts.all()}
    return words | parts | {"mark": _short(current.percent)}


def _short(number: Decimal) -> str:
    return f"{number.normalize():f}"


class HoldForm(forms.Form):
    """A reason is needed as soon as students have seen a grade."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        error_messages={"required": gettext_lazy("Students see these grades already. Say why you take them back.")},
    )

    def __init__(self, data: Any = None, *, are_out: bool) -> None:
        super().__init__(data)
        self.fields["reason"].required = are_out


class CriterionForm(forms.Form):
    """A row of the rubric. An empty one adds nothing."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(
        label=gettext_lazy("Criterion"), max_length=RubricCriterion._meta.get_field("title").max_length
    )
    points = forms.IntegerField(label=gettext_lazy("Points"), min_value=1, max_value=1000)
    description = forms.CharField(
        label=gettext_lazy("What earns full points"),
        max_length=RubricCriterion._meta.get_field("description").max_length,
        required=False,
    )


class _RubricFormSet(forms.BaseFormSet):
    deletion_widget = forms.CheckboxInput

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove")


RubricFormSet = forms.formset_factory(
    CriterionForm,
    formset=_RubricFormSet,
    extra=SPARE_ROWS,
    max_num=MOST_CRITERIA,
    absolute_max=MOST_CRITERIA,
    validate_max=True,
    can_delete=True,
    can_delete_extra=False,
)
