"""Input of imports and exports."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any, BinaryIO

from django import forms
from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.data_exchange.cells import ChoiceCell
from sms.data_exchange.choices import Origin
from sms.data_exchange.exporting import FORMATS
from sms.data_exchange.formats import format_named
from sms.data_exchange.headings import TARGETS
from sms.data_exchange.kinds.base import Kind
from sms.data_exchange.looking import COLUMN, Look
from sms.data_exchange.models import ImportRun
from sms.programme.models import Batch, Mission

ACCEPTED = ".csv,.tsv,.txt,.xlsx"
PASTED = "pasted.csv"
ORDER, CONSTANT = "order-", "constant-"


def codes_of(places: Iterable[Batch | Mission]) -> list[tuple[str, str]]:
    """Choices by code; missions of several batches may share one."""
    return list({place.code: f"{place.title} ({place.code})" for place in places}.items())


# What may hold for all rows of a file that has no column for it.
CONSTANTS = {
    "batch": lambda: codes_of(Batch.objects.order_by("-starts_on", "code")),
    "mission": lambda: codes_of(Mission.objects.order_by("code", "-starts_on")),
}


class SourceForm(forms.Form):
    """A file, or rows pasted from a spreadsheet."""

    file = forms.FileField(
        label=gettext_lazy("File"), required=False, widget=forms.FileInput(attrs={"accept": ACCEPTED})
    )
    text = forms.CharField(
        label=gettext_lazy("Rows from a spreadsheet, with their headings"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocapitalize": "off", "class": "code"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors and bool(data.get("file")) == bool(data.get("text", "").strip()):
            sentence = (
                _("Choose a file or paste rows, not both.") if data.get("file") else _("Choose a file or paste rows.")
            )
            self.add_error(None, sentence)
        return data

    @property
    def source(self) -> dict[str, str | BinaryIO]:
        """The arguments of start_import."""
        if file := self.cleaned_data["file"]:
            return {"name": file.name, "content": file, "origin": Origin.UPLOAD}
        content = BytesIO(self.cleaned_data["text"].encode())
        return {"name": PASTED, "content": content, "origin": Origin.PASTE}


class ReportForm(SourceForm):
    """The report of a meeting, and what was answered about it."""

    is_complete = forms.BooleanField(
        label=gettext_lazy("Whoever is not in the report and has no record was absent"), required=False
    )
    answered = forms.BooleanField(required=False, widget=forms.HiddenInput)

    @property
    def confirmed(self) -> set[int]:
        """The places in the report of those whose suggested student was confirmed."""
        return {int(place) for place in self.data.getlist("confirmed") if place.isdecimal()}


class MappingForm(forms.Form):
    """Which column of the file is what, what holds for all of its rows, and what comes first in its dates."""

    def __init__(self, run: ImportRun, look: Look, data: Any = None, asked: Mapping[str, str] | None = None) -> None:
        """`asked` is what was chosen so far, before it is sent: a form is drawn anew with each choice."""
        super().__init__(data, initial={name: asked[name] for name in asked} if asked else None)
        self.run = run
        self.look = look
        self.targets = TARGETS[run.kind]
        places = [("", _("not in this file")), *((str(column.place), column.label) for column in look.columns)]
        for target in self.targets:
            self.fields[f"{COLUMN}{target.name}"] = forms.TypedChoiceField(
                choices=places, required=False, coerce=int, empty_value=None, initial=look.mapping.get(target.name)
            )
            if target.name in CONSTANTS:
                self.fields[f"{CONSTANT}{target.name}"] = forms.ChoiceField(
                    label=_("for all rows"),
                    choices=[("", _("nothing for all rows")), *CONSTANTS[target.name]()],
                    required=False,
                    initial=run.options["constants"].get(target.name),
                )
        for name, example in look.ambiguous.items():
            self.fields[f"{ORDER}{name}"] = forms.ChoiceField(
                label=_("In the column %(column)s, “%(text)s” is") % {"column": name, "text": example.text},
                choices=example.choices,
                widget=forms.RadioSelect,
            )
        if run.options["recognised"] and format_named(run.options["recognised"]).wants_domain:
            self.fields["domain"] = forms.CharField(
                label=_("Domain of the addresses"),
                required=False,
                max_length=100,
                initial=run.options["domain"],
                help_text=_("The file has user names only. With example.com, arif becomes arif@example.com."),
            )

    @property
    def columns(self) -> list[dict[str, Any]]:
        """Each target with its field, the values that stand in the chosen column, and what may hold for all rows."""
        return [
            {
                "target": target,
                "field": (field := self[f"{COLUMN}{target.name}"]),
                "samples": self.look.samples(field.value()),
                "constant": self[f"{CONSTANT}{target.name}"] if target.name in CONSTANTS else None,
            }
            for target in self.targets
        ]

    @property
    def orders(self) -> list[forms.BoundField]:
        return [self[f"{ORDER}{name}"] for name in self.look.ambiguous]

    @property
    def unused(self) -> list[str]:
        """The headings that nothing is read from, as the form stands."""
        used = {str(self[f"{COLUMN}{target.name}"].value()) for target in self.targets}
        return [
            column.heading
            for column in self.look.columns
            if column.heading and str(column.place) not in used and column.heading not in self.look.secrets
        ]

    @property
    def answers(self) -> dict[str, Any]:
        """The arguments of choose_mapping."""
        given = self.cleaned_data
        places = {target.name: given[f"{COLUMN}{target.name}"] for target in self.targets}
        return {
            "mapping": {name: place for name, place in places.items() if place is not None},
            "constants": {name: given[f"{CONSTANT}{name}"] for name in places if given.get(f"{CONSTANT}{name}")},
            "orders": {name: given[f"{ORDER}{name}"] for name in self.look.ambiguous},
            "domain": given.get("domain", ""),
            "heading_row": self.look.heading_row,
            "sheet": self.look.sheet,
        }


class ExportForm(forms.Form):
    """The format, and the filters that make sense for the kind."""

    file_format = forms.ChoiceField(choices=[(name, name.upper()) for name in FORMATS])

    def __init__(self, kind: Kind, batches: Sequence[Batch], missions: Sequence[Mission], data: Any = None) -> None:
        super().__init__(data, auto_id=f"{kind.key}-%s")
        self.kind = kind
        if "batch" in kind.fields:
            self._add("batch", _("Batch"), codes_of(batches))
        if "mission" in kind.fields:
            self._add("mission", _("Mission"), codes_of(missions))
        if "assignment" in kind.fields:
            # The page of an assignment fills it in; here it would be one long list for all missions.
            self.fields["assignment"] = forms.SlugField(required=False, widget=forms.HiddenInput)
        for name, label in (("status", _("Status")), ("access", _("Access"))):
            if name in kind.fields and isinstance(kind.fields[name].widget, ChoiceCell):
                self._add(name, label, list(kind.fields[name].widget.choices.items()))

    def _add(self, name: str, label: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name] = forms.ChoiceField(label=label, choices=[("", _("all")), *choices], required=False)

    @property
    def filter_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name != "file_format"]

    @property
    def filters(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if name != "file_format" and value}


def limits() -> dict[str, str]:
    """What a template says about how much is read."""
    return {
        "megabytes": number_format(settings.IMPORT_MOST_BYTES >> 20),
        "rows": number_format(settings.IMPORT_MOST_ROWS, force_grouping=True),
    }
