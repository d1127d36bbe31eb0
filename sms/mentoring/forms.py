"""Input of assignments, capacities and plans. Mentors are offered with what they have and what they can hold."""

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sms.accounts.models import User
from sms.mentoring import queries
from sms.mentoring.choices import Whom
from sms.programme.models import Mission, MissionEnrollment

MOST_STUDENTS = 1_000


def with_numbers(mentor: User) -> str:
    return _("%(name)s · %(load)d of %(capacity)d") % {
        "name": mentor.name,
        "load": mentor.load,
        "capacity": mentor.capacity,
    }


class MentorField(forms.ModelChoiceField):
    label_from_instance = staticmethod(with_numbers)


class MentorsField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple
    label_from_instance = staticmethod(with_numbers)


class StudentsField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, student: MissionEnrollment) -> str:
        return f"{student.student.name} · {student.mission.title}"


class MentorForm(forms.Form):
    """One mentor for the students of a mission."""

    mentor = MentorField(label=_("Mentor"), queryset=None)

    def __init__(self, *args: object, mission: Mission, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["mentor"].queryset = queries.with_load(queries.mentors(), of=mission)


class CapacityForm(forms.Form):
    students = forms.IntegerField(
        label=_("Students at once"),
        min_value=0,
        max_value=MOST_STUDENTS,
        help_text=_("An even distribution gives the mentor no more than that. 0: nobody new."),
    )


class EndForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class ChosenForm(MentorForm):
    """Ticked students of a mission, or all who match the filters, for one mentor."""

    everyone = forms.BooleanField(label=_("All who match, not only those ticked"), required=False)
    students = StudentsField(queryset=None, required=False)

    def __init__(self, *args: object, mission: Mission, seen: QuerySet[MissionEnrollment], **options: object) -> None:
        super().__init__(*args, mission=mission, **options)
        self.fields["students"].queryset = seen

    def clean(self) -> dict[str, object]:
        if not self.cleaned_data.get("everyone") and not self.cleaned_data.get("students"):
            raise forms.ValidationError(_("Tick the students first, or choose all who match."))
        return self.cleaned_data


class DistributionForm(forms.Form):
    """Shown with its defaults until somebody has chosen."""

    whom = forms.ChoiceField(
        label=_("Who gets a mentor"), choices=Whom.choices, widget=forms.RadioSelect, initial=Whom.MENTORLESS
    )
    mentors = MentorsField(
        label=_("Mentors"), queryset=None, error_messages={"required": _("Choose at least one mentor.")}
    )

    def __init__(self, data: object, *, mission: Mission) -> None:
        super().__init__(data)
        self.fields["mentors"].queryset = queries.with_load(queries.mentors(), of=mission)
        offered = list(self.fields["mentors"].queryset)
        here = [mentor.pk for mentor in offered if mentor.in_mission]
        self.initial["mentors"] = here or [mentor.pk for mentor in offered]

    @property
    def choice(self) -> tuple[str, list[User]] | None:
        """(whom, mentors) that the person chose, or who would be chosen for them; None while there is an error."""
        offered = self.fields["mentors"].queryset
        if not self.is_bound:
            return Whom.MENTORLESS, [mentor for mentor in offered if mentor.pk in self.initial["mentors"]]
        if not self.is_valid():
            return None
        return self.cleaned_data["whom"], list(
            self.cleaned_data["mentors"].all()
        )  # asked anew: the loads may have changed


class HandoverForm(forms.Form):
    """Which students of a mentor go to whom, and why."""

    which = forms.ChoiceField(label=_("Which students"), widget=forms.RadioSelect, initial="all")
    students = StudentsField(label=_("Students"), queryset=None, required=False)
    to = MentorsField(
        label=_("New mentors"), queryset=None, error_messages={"required": _("Choose at least one mentor.")}
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, help_text=_("It stands in the history of both mentors.")
    )

    def __init__(
        self,
        *args: object,
        mentor: User,
        guided: QuerySet[MissionEnrollment],
        missions: list[Mission],
        **options: object,
    ) -> None:
        super().__init__(*args, **options)
        self.guided = guided
        of_missions = [
            (f"mission-{mission.pk}", f"{mission.title} ({mission.own_students})")
            for mission in missions
            if len(missions) > 1
        ]
        everyone = sum(mission.own_students for mission in missions)
        self.fields["which"].choices = [
            ("all", _("All of them (%(n)d)") % {"n": everyone}),
            *of_missions,
            ("chosen", _("Only those ticked")),
        ]
        self.fields["students"].queryset = guided
        self.fields["to"].queryset = queries.with_load(queries.mentors().exclude(pk=mentor.pk))

    def clean(self) -> dict[str, object]:
        if self.cleaned_data.get("which") == "chosen" and not self.cleaned_data.get("students"):
            self.add_error("students", _("Tick at least one student."))
        return self.cleaned_data

    @property
    def chosen(self) -> QuerySet[MissionEnrollment]:
        which = self.cleaned_data["which"]
        if which == "chosen":
            return self.cleaned_data["students"]
        return self.guided if which == "all" else self.guided.filter(mission=int(which.removeprefix("mission-")))
