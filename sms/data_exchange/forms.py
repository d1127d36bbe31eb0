"""Input of imports and exports."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any, BinaryIO

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.data_exchange.cells import ChoiceCell
from sms.data_exchange.choices import Origin
from sms.data_exchange.exporting import FORMATS
from sms.data_exchange.headings import TARGETS
from sms.data_exchange.kinds.base import Kind
from sms.data_exchange.looking import COLUMN, Look
from sms.data_exchange.models import ImportRun
from sms.programme.models import Batch, Mission

ACCEPTED = ".csv,.tsv,.txt,.xlsx"
PASTED = "pasted.csv"
ORDER = "order-"


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


class MappingForm(forms.Form):
    """Which column of the file is what, and what comes first in its dates."""

    def __init__(self, run: ImportRun, look: Look, data: Any = None) -> None:
        super().__init__(data, initial=self._initial(run, look))
        self.run = run
        self.look = look
        self.targets = TARGETS[run.kind]
        choices = [("", _("not in this file")), *((str(column.place), column.label) for column in look.columns)]
        for target in self.targets:
            self.fields[f"{COLUMN}{target.name}"] = forms.TypedChoiceField(
                label=target.name, choices=choices, required=target.required, coerce=int, empty_value=None
            )
        for name, example in look.ambiguous.items():
            self.fields[f"{ORDER}{name}"] = forms.ChoiceField(
                label=_("In the column %(column)s, “%(text)s” is") % {"column": name, "text": example.text},
                choices=example.choices,
                widget=forms.RadioSelect,
            )

    @staticmethod
    def _initial(run: ImportRun, look: Look) -> dict[str, int]:
        return {f"{COLUMN}{target}": place for target, place in look.mapping.items()}

    @property
    def columns(self) -> list[dict[str, Any]]:
        """(field, the values that stand in the chosen column) of each target."""
        return [
            {
                "field": (field := self[f"{COLUMN}{target.name}"]),
                "target": target,
                "samples": self.look.samples(field.value()),
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
        return [column.heading for column in self.look.columns if column.heading and str(column.place) not in used]

    @property
    def answers(self) -> dict[str, Any]:
        """The arguments of choose_mapping."""
        columns = {target.name: self.cleaned_data[f"{COLUMN}{target.name}"] for target in self.targets}
        return {
            "mapping": {name: place for name, place in columns.items() if place is not None},
            "orders": {name: self.cleaned_data[f"{ORDER}{name}"] for name in self.look.ambiguous},
            "heading_row": self.look.heading_row,
            "sheet": self.look.sheet,
        }


class ExportForm(forms.Form):
    """The format, and the filters that make sense for the kind."""

    file_format = forms.ChoiceField(choices=[(name, name.upper()) for name in FORMATS])

    def __init__(
        self, kind: type[Kind], batches: Sequence[Batch], missions: Sequence[Mission], data: Any = None
    ) -> None:
        super().__init__(data, auto_id=f"{kind.key}-%s")
        self.kind = kind
        if "batch" in kind.fields:
            codes = [(batch.code, f"{batch.title} ({batch.code})") for batch in batches]
            self._add("batch", _("Batch"), codes)
        if "mission" in kind.fields:
            codes = {mission.code: f"{mission.title} ({mission.code})" for mission in missions}
            self._add("mission", _("Mission"), list(codes.items()))
        for name, label in (("status", _("Status")), ("access", _("Access"))):
            if name in kind.fields and isinstance(kind.fields[name].widget, ChoiceCell):
                self._add(name, label, list(kind.fields[name].widget.choices))

    def _add(self, name: str, label: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name] = forms.ChoiceField(label=label, choices=[("", _("all")), *choices], required=False)

    @property
    def filter_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name != "file_format"]

    @property
    def filters(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if name != "file_format" and value}


def limits() -> dict[str, int]:
    """What a template says about how much is read."""
    return {"megabytes": settings.IMPORT_MOST_BYTES >> 20, "rows": settings.IMPORT_MOST_ROWS}
