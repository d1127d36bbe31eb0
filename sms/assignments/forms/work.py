"""Setting work, handing it in, and giving more time."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.accounts.models import User
from sms.assignments import queries
from sms.assignments.choices import Way
from sms.assignments.models import Assignment, Extension
from sms.assignments.ways import FILE_KINDS, LINK_LENGTH, check_link, check_way
from sms.core.problems import Refused
from sms.core.sentences import listed
from sms.core.uploads import check_upload, what_is_taken
from sms.mentoring import queries as mentoring
from sms.programme.models import MissionEnrollment


class AssignmentForm(forms.ModelForm):
    instructions = forms.CharField(
        label=gettext_lazy("Instructions"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("In Markdown: **bold**, - lists, [links](https://…), `code`."),
    )

    class Meta:
        model = Assignment
        fields = [
            "code",
            "day",
            "title",
            "opens_at",
            "due_at",
            "max_points",
            "way",
            "accepts_late",
            "late_until",
            "late_share",
            "late_per_day",
            "late_floor",
        ]
        widgets = dict.fromkeys(("opens_at", "due_at", "late_until"), forms.DateTimeInput)

    field_order = ["code", "day", "title", "instructions"]
    late_policy = ("accepts_late", "late_until", "late_share", "late_per_day", "late_floor")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["instructions"] = queries.instructions_of(self.instance)

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in self.late_policy]

    @property
    def late_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.late_policy]

    @property
    def of_the_model(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "instructions"}


class HandInForm(forms.Form):
    """Only what the assignment takes. What is wrong with a link or a file is said beside it."""

    link = forms.CharField(
        label=gettext_lazy("Link"),
        required=False,
        max_length=LINK_LENGTH,
        widget=forms.URLInput(attrs={"placeholder": "https://", "inputmode": "url", "autocomplete": "off"}),
    )
    file = forms.FileField(label=gettext_lazy("File"), required=False, allow_empty_file=True)

    def __init__(self, *args: Any, assignment: Assignment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.assignment = assignment
        self.fields["file"].help_text = what_is_taken(FILE_KINDS, settings.UPLOAD_MOST_BYTES)
        if assignment.way == Way.LINK:
            del self.fields["file"]
        elif assignment.way == Way.FILE:
            del self.fields["link"]

    def clean_link(self) -> str:
        return _said(check_link, self.cleaned_data["link"])

    def clean_file(self) -> UploadedFile | None:
        file = self.cleaned_data["file"]
        if file is not None:
            _said(lambda: check_upload(file, FILE_KINDS, settings.UPLOAD_MOST_BYTES))
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned = {"link": "", "file": None} | cleaned
        if not self.errors:
            _said(lambda: check_way(self.assignment, link=cleaned["link"], has_file=cleaned["file"] is not None))
        return cleaned


class ExtensionForm(forms.Form):
    """For one student that is given, for students who are named, for those of a mentor, or for the whole mission."""

    NAMED, OF_MENTOR, ALL = "named", "mentor", "all"

    whom = forms.ChoiceField(label=gettext_lazy("For whom"), widget=forms.RadioSelect)
    students = forms.CharField(
        label=gettext_lazy("Students"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Student numbers or e-mail addresses, with spaces, commas or on lines of their own."),
    )
    mentor = forms.ModelChoiceField(label=gettext_lazy("Mentor"), required=False, queryset=User.objects.none())
    due_at = forms.DateTimeField(label=gettext_lazy("Due at"), widget=forms.DateTimeInput)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=Extension._meta.get_field("reason").max_length,
        help_text=gettext_lazy("The student can read it."),
    )

    def __init__(
        self, *args: Any, user: User, assignment: Assignment, student: MissionEnrollment | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.assignment, self.student = assignment, student
        self.students = queries.may_be_extended(user, assignment)
        if student:
            for name in ("whom", "students", "mentor"):
                del self.fields[name]
            return
        choices = [(self.NAMED, _("Students whom I name"))]
        if user.has_perm("programme.view_all_students"):
            self.fields["mentor"].queryset = mentoring.guiding(assignment.mission)
            choices += [(self.OF_MENTOR, _("The students of a mentor")), (self.ALL, _("Everyone in the mission"))]
        else:
            del self.fields["mentor"]
            choices += [(self.ALL, _("All my students in the mission"))]
        self.fields["whom"].choices = choices
        self.fields["whom"].initial = self.NAMED

    def clean_due_at(self) -> datetime:
        due_at = self.cleaned_data["due_at"]
        if due_at <= self.assignment.due_at:
            raise forms.ValidationError(
                _("More time must end after the work is due for everyone. Choose a later time.")
            )
        return due_at

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.student:
            cleaned["chosen"] = [self.student.pk]
        elif cleaned.get("whom") == self.NAMED:
            cleaned["chosen"] = self._named(cleaned.get("students", ""))
        elif cleaned.get("whom") == self.OF_MENTOR:
            mentor = cleaned.get("mentor")
            if not mentor and "mentor" not in self.errors:
                self.add_error("mentor", _("Choose the mentor."))
            guided = mentoring.guided_by(mentor).order_by().values("pk") if mentor else []
            cleaned["chosen"] = list(self.students.filter(pk__in=guided).order_by("pk").values_list("pk", flat=True))
        else:
            cleaned["chosen"] = list(self.students.order_by("pk").values_list("pk", flat=True))
        if not cleaned["chosen"] and not self.errors:
            self.add_error("whom", _("There is nobody to give more time to. Choose somebody else."))
        return cleaned

    def _named(self, text: str) -> list[int]:
        found, unknown = queries.named_in(self.students, text)
        if unknown:
            self.add_error(
                "students",
                _("Not found among the students of this mission: %(words)s. Nothing was changed.")
                % {"words": listed(unknown, at_most=5)},
            )
        elif not found:
            self.add_error("students", _("Name at least one student."))
        return [each.pk for each in found]


def _said(check: Any, *values: Any) -> Any:
    """Runs a check of the actions, and says beside the field what it refuses. Returns the value."""
    try:
        check(*values)
    except Refused as refusal:
        raise forms.ValidationError(refusal.sentence) from refusal
    return values[0] if values else None
