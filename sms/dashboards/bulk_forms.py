"""Input of what is done with several students at once."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.mentoring.queries import mentors
from sms.programme.choices import Access
from sms.programme.models import MissionEnrollment
from sms.programme.queries import running_missions

STUDENT = ("enrollment__student__email", "mission__batch__code", "mission__code")

Rows = Iterator[Mapping[str, str]]


class BulkForm(forms.Form):
    """What is to be done with chosen students: an import of `kind` with the rows that `rows` makes of them."""

    kind: ClassVar[str]
    label: ClassVar[Promise | str]
    icon: ClassVar[str]
    permission: ClassVar[str]

    def title(self) -> str:
        """What the history calls it."""
        raise NotImplementedError

    def rows(self, students: QuerySet[MissionEnrollment]) -> Rows:
        raise NotImplementedError


class MentorForm(BulkForm):
    kind = "mentor-assignments"
    label = gettext_lazy("Assign a mentor")
    icon = "user-plus"
    permission = "mentoring.assign_mentors"

    mentor = forms.ModelChoiceField(
        label=gettext_lazy("Mentor"),
        queryset=None,
        help_text=gettext_lazy("In the mission in which you chose the student. Other mentors stay."),
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["mentor"].queryset = mentors()

    def title(self) -> str:
        return _("Assign %(mentor)s") % {"mentor": self.cleaned_data["mentor"].name}

    def rows(self, students: QuerySet[MissionEnrollment]) -> Rows:
        mentor = self.cleaned_data["mentor"].email
        for email, batch, mission in places_of(students):
            yield {"student_email": email, "batch": batch, "mission": mission, "mentor_email": mentor}


class EnrollForm(BulkForm):
    kind = "enrollments"
    label = gettext_lazy("Add to a mission")
    icon = "folder-plus"
    permission = "programme.manage_enrollments"

    mission = forms.ModelChoiceField(
        label=gettext_lazy("Mission"),
        queryset=None,
        help_text=gettext_lazy("They join its batch too, where they are not in it. What they are in already stays."),
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["mission"].queryset = running_missions().order_by("-batch__starts_on", "order", "pk")

    def title(self) -> str:
        mission = self.cleaned_data["mission"]
        return _("Add to %(mission)s, %(batch)s") % {"mission": mission.title, "batch": mission.batch.title}

    def rows(self, students: QuerySet[MissionEnrollment]) -> Rows:
        mission = self.cleaned_data["mission"]
        # A student who was chosen in two missions joins once.
        for email in sorted({email for email, _batch, _mission in places_of(students)}):
            yield {"email": email, "batch": mission.batch.code, "mission": mission.code, "access": ""}


class MoveForm(EnrollForm):
    label = gettext_lazy("Move to a mission")
    icon = "arrow-right-left"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["mission"].help_text = _(
            "They leave the mission in which you chose them, or its whole batch where the new mission is in another one."
        )

    def title(self) -> str:
        mission = self.cleaned_data["mission"]
        return _("Move to %(mission)s, %(batch)s") % {"mission": mission.title, "batch": mission.batch.title}

    def rows(self, students: QuerySet[MissionEnrollment]) -> Rows:
        target = self.cleaned_data["mission"]
        left = set()
        for email, batch, mission in places_of(students):
            if (batch, mission) != (target.batch.code, target.code):
                left.add((email, batch, mission if batch == target.batch.code else ""))
        for email, batch, mission in sorted(left):
            yield {"email": email, "batch": batch, "mission": mission, "access": "left"}
        for email in sorted({email for email, _batch, _mission in left}):
            yield {"email": email, "batch": target.batch.code, "mission": target.code, "access": ""}


class AccessForm(BulkForm):
    kind = "enrollments"
    label = gettext_lazy("Change access")
    icon = "lock"
    permission = "programme.manage_enrollments"

    access = forms.ChoiceField(
        label=gettext_lazy("Access"),
        choices=Access.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("To the mission in which you chose the student."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=150)

    def title(self) -> str:
        access = Access(self.cleaned_data["access"]).label
        return _("Access %(access)s: %(reason)s") % {"access": access, "reason": self.cleaned_data["reason"]}

    def rows(self, students: QuerySet[MissionEnrollment]) -> Rows:
        for email, batch, mission in places_of(students):
            yield {"email": email, "batch": batch, "mission": mission, "access": self.cleaned_data["access"]}


BULK_FORMS: dict[str, type[BulkForm]] = {
    "assign": MentorForm,
    "enroll": EnrollForm,
    "move": MoveForm,
    "access": AccessForm,
}
EXPORT = "export"


def places_of(students: QuerySet[MissionEnrollment]) -> Iterator[tuple[str, str, str]]:
    """(address, code of the batch, code of the mission) of each, streamed."""
    return students.order_by(*STUDENT).values_list(*STUDENT).iterator(chunk_size=2_000)
