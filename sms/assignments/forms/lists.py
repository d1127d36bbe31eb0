"""Pasting a submission list."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.assignments.actions import MOST_ENTRIES
from sms.assignments.models import Assignment
from sms.assignments.pasting import Pasted, parse
from sms.assignments.queries import due_lately
from sms.core import clock

LARGEST_FILE = 2 * 1024 * 1024


class PasteForm(forms.Form):
    """What the main system gave, and which assignment it is about. `pasted` holds what was read of it."""

    assignment = forms.ModelChoiceField(label=gettext_lazy("Assignment"), queryset=Assignment.objects.none())
    text = forms.CharField(
        label=gettext_lazy("Who handed in"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "autocapitalize": "off", "class": "code"}),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt"}),
        help_text=gettext_lazy("CSV or text, up to 2 MB."),
    )
    as_of = forms.DateTimeField(
        label=gettext_lazy("Handed in by"),
        required=False,
        widget=forms.DateTimeInput,
        help_text=gettext_lazy("For lines without a time of their own, in the time of the batch. Empty means now."),
    )
    is_complete = forms.BooleanField(
        label=gettext_lazy("This list is complete"),
        required=False,
        help_text=gettext_lazy("What former lists recorded for others is withdrawn. You see first whose that is."),
    )

    use_required_attribute = False  # a file does as well as a paste
    pasted: Pasted

    def __init__(self, *arguments: Any, assignments: QuerySet[Assignment], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["assignment"].queryset = assignments
        self.fields["assignment"].choices = _by_mission(list(assignments))

    def clean_file(self) -> str:
        return _text_of(self.cleaned_data["file"]) if self.cleaned_data["file"] else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        text, file, assignment = data.get("text", ""), data.get("file", ""), data.get("assignment")
        if self.files.get("file"):
            self.errors.pop("text", None)
            if text.strip():
                self.add_error("text", _("Paste the list or choose a file, not both."))
        if self.errors:
            return data
        self.pasted = parse(file or text, assignment.mission.batch.zone)
        if not self.pasted.entries:
            self.add_error("text", _("There is nobody in it. Paste addresses or student numbers."))
        elif len(self.pasted.entries) > MOST_ENTRIES:
            self.add_error("text", _("A list has at most %(n)d lines. Paste it in parts.") % {"n": MOST_ENTRIES})
        data["as_of"] = _in_zone(data["as_of"], assignment) if data["as_of"] else clock.now()
        if data["as_of"] > clock.now():
            self.add_error("as_of", _("This lies in the future. Nobody can have handed in then."))
        return data


def _by_mission(assignments: list[Assignment]) -> list[tuple[str, Any]]:
    """What was due today or yesterday first, then everything by mission."""
    groups: dict[str, list[tuple[int, str]]] = {}
    if lately := [assignment for assignment in assignments if due_lately(assignment)]:
        groups[_("Due today or yesterday")] = [(each.pk, f"{_titled(each)} · {each.mission}") for each in lately]
    for each in assignments:
        groups.setdefault(f"{each.mission.batch} · {each.mission}", []).append((each.pk, _titled(each)))
    return [("", _("Choose an assignment")), *groups.items()]


def _titled(assignment: Assignment) -> str:
    return _("Day %(day)s: %(title)s, due %(date)s") % {
        "day": assignment.day,
        "title": assignment.title,
        "date": date_format(assignment.due_at.astimezone(assignment.mission.batch.zone), "j M"),
    }


def _in_zone(moment: datetime, assignment: Assignment) -> datetime:
    """The time that was entered, as clocks of the batch show it."""
    wall = timezone.localtime(moment)
    return clock.at_local(wall.date(), wall.time(), assignment.mission.batch.zone)


def _text_of(file: UploadedFile) -> str:
    if file.size > LARGEST_FILE:
        raise forms.ValidationError(_("The file is larger than 2 MB. Paste it in parts."))
    content = file.read()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\x00" in content or content.startswith(b"PK"):
        raise forms.ValidationError(_("This is no text. Save the sheet as CSV, or copy its cells and paste them."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
