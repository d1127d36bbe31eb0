"""From a file of unknown make to rows of text. Nothing here knows what the rows mean.

A file is judged by what it contains. It is either read to its end or refused with one sentence;
what would cost too much is refused before it is read.
"""

from io import BytesIO
from typing import BinaryIO

from sms.data_exchange.reading.content import refuse_unless_table
from sms.data_exchange.reading.limits import FileRefused, Limits, read_within
from sms.data_exchange.reading.source import Source, SourceRow
from sms.data_exchange.reading.text import TextSource
from sms.data_exchange.reading.workbook import WorkbookSource

__all__ = ["FileRefused", "Limits", "Source", "SourceRow", "open_source", "source_of_text"]


def open_source(file: BinaryIO, name: str, *, limits: Limits, sheet: str | None = None) -> Source:
    """The rows of an uploaded CSV, TSV or XLSX. `sheet` names one of a workbook's, else the first visible is read.

    Raises FileRefused here or, for faults that lie deeper in the file, from `rows()`.
    """
    content = read_within(limits, file)
    if refuse_unless_table(content, name) == "xlsx":
        return WorkbookSource(content, limits=limits, sheet=sheet)
    return TextSource(content, limits=limits)


def source_of_text(text: str, *, limits: Limits) -> Source:
    """The rows of pasted text: columns parted by tabs, as a sheet copies them, or CSV."""
    content = read_within(limits, BytesIO(text.encode(errors="replace")))
    refuse_unless_table(content, "")
    return TextSource(content, limits=limits)
