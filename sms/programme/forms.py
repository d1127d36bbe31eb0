"""Input of batches, missions and enrollments."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from sms.accounts.models import User
from sms.core import clock
from sms.programme.choices import Access
from sms.programme.models import Batch, EnrollmentTemplate, Guidelines, Mission
from sms.programme.queries import active_students, open_missions

NOT_IN_IT = "none"


class BatchForm(forms.ModelForm):
    class Meta:
        model = Batch
        fields = ["code", "title", "starts_on", "ends_on", "timezone"]
        widgets = {"starts_on": forms.DateInput, "ends_on": forms.DateInput}


class DuplicateForm(forms.ModelForm):
    """The last day follows from the first: the new batch is as long as the old one."""

    class Meta:
        model = Batch
        fields = ["code", "title", "starts_on", "timezone"]
        widgets = {"starts_on": forms.DateInput}


class MissionForm(forms.ModelForm):
    """`batch` is given by the address; it takes part in the check of the code."""

    class Meta:
        model = Mission
        fields = ["code", "title", "order", "starts_on", "ends_on"]
        widgets = {"starts_on": forms.DateInput, "ends_on": forms.DateInput}


class GuidelinesForm(forms.ModelForm):
    class Meta:
        model = Guidelines
        fields = ["do", "dont"]
        widgets = dict.fromkeys(("do", "dont"), forms.Textarea(attrs={"rows": 8}))


class EnrollForm(forms.Form):
    """Whom to enroll in a batch, and what they begin with: a template, missions, or both."""

    students = forms.ModelMultipleChoiceField(
        label=_("Students"),
        queryset=User.objects.none(),
        error_messages={"required": _("Look for students and tick at least one.")},
    )
    template = forms.ModelChoiceField(
        label=_("Template"), queryset=EnrollmentTemplate.objects.none(), required=False, empty_label=_("No template")
    )
    missions = forms.ModelMultipleChoiceField(
        label=_("Missions"),
        queryset=Mission.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("With full access, besides those of the template."),
    )
    on = forms.DateField(label=_("From"), widget=forms.DateInput, help_text=_("Days before it ask for nothing."))

    def __init__(self, *arguments: Any, batch: Batch, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.initial.setdefault("on", clock.today(batch.zone))
        self.fields["students"].queryset = active_students()
        self.fields["template"].queryset = batch.enrollment_templates.all()
        self.fields["missions"].queryset = open_missions(batch)

    @classmethod
    def looking(cls, posted: QueryDict, batch: Batch) -> "EnrollForm":
        """The form while somebody still looks for students: with what is filled in, and no word about errors."""
        initial = {"template": posted.get("template"), "missions": posted.getlist("missions"), "on": posted.get("on")}
        return cls(batch=batch, initial=initial)

    def what(self) -> dict[str, Any]:
        """The arguments of `enroll_into`."""
        template = self.cleaned_data["template"]
        access = {item.mission: item.access for item in template.items.select_related("mission")} if template else {}
        full = dict.fromkeys(self.cleaned_data["missions"], Access.FULL.value)
        return {
            "students": list(self.cleaned_data["students"]),
            "access": full | access,
            "reason": template.title if template else "",
            "on": self.cleaned_data["on"],
        }


class LeaveForm(forms.Form):
    on = forms.DateField(label=_("Left on"), widget=forms.DateInput, help_text=_("This day no longer counts."))
    reason = forms.CharField(label=_("Reason"), max_length=250, required=False)


class AccessForm(forms.Form):
    access = forms.ChoiceField(label=_("Access"), choices=Access.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), max_length=250, help_text=_("It stays in the history."))


class EnrollmentTemplateForm(forms.Form):
    """A title, and for each mission of the batch the access that the template gives, if any."""

    title = forms.CharField(label=_("Title"), max_length=120)

    def __init__(
        self, *arguments: Any, batch: Batch, template: EnrollmentTemplate | None = None, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        given = dict(template.items.values_list("mission", "access")) if template else {}
        self.initial["title"] = template.title if template else ""
        self.missions = {f"mission-{mission.pk}": mission for mission in open_missions(batch)}
        for name, mission in self.missions.items():
            self.fields[name] = forms.ChoiceField(
                label=mission.title, choices=[(NOT_IN_IT, _("not in it")), *Access.choices]
            )
            self.initial[name] = given.get(mission.pk, NOT_IN_IT)

    def access(self) -> dict[Mission, str]:
        chosen = {mission: self.cleaned_data[name] for name, mission in self.missions.items()}
        return {mission: access for mission, access in chosen.items() if access != NOT_IN_IT}
