"""How large a file may be, and what is said of one that is not taken."""

from dataclasses import dataclass
from typing import BinaryIO

from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from sms.core.problems import Refused


class FileRefused(Refused):
    """Nothing of the file is taken. The sentence says why, and what to do."""


@dataclass(frozen=True)
class Limits:
    """`bytes` of the file as it arrives, `expanded_bytes` of a workbook when it is unpacked."""

    bytes: int = 20 * 1024 * 1024
    rows: int = 200_000
    columns: int = 200
    cell_chars: int = 10_000
    expanded_bytes: int = 200 * 1024 * 1024

    def refuse_bytes(self) -> FileRefused:
        return FileRefused(
            _("The file is larger than %(limit)s. Split it into several files.") % {"limit": filesizeformat(self.bytes)}
        )

    def refuse_rows(self) -> FileRefused:
        return FileRefused(
            _("The file reaches further than %(limit)s rows. Split it into several files.")
            % {"limit": number_format(self.rows, force_grouping=True)}
        )

    def refuse_columns(self, line: int) -> FileRefused:
        return FileRefused(
            _("Line %(line)s has more than %(limit)s columns. Delete the columns that are not needed.")
            % {"line": line, "limit": self.columns}
        )

    def refuse_cell(self, line: int) -> FileRefused:
        return FileRefused(
            _("A cell in line %(line)s is longer than %(limit)s characters. Check whether a quotation mark is missing.")
            % {"line": line, "limit": number_format(self.cell_chars, force_grouping=True)}
        )

    def refuse_expansion(self) -> FileRefused:
        return FileRefused(
            _("The workbook unpacks to far more than a list of people needs. Copy the rows into a new workbook.")
        )


def read_within(limits: Limits, file: BinaryIO) -> bytes:
    """The content of the file, which is not read further than its limit."""
    file.seek(0)
    content = file.read(limits.bytes + 1)
    if len(content) > limits.bytes:
        raise limits.refuse_bytes()
    return content
