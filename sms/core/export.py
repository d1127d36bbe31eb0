"""Lists as files: CSV in UTF-8 with a byte order mark, and XLSX. Both are streamed or spooled, never held whole.

A text cell that begins with a character that a spreadsheet would take for a formula gets a
leading apostrophe (interface.md, "Files").
"""

import csv
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import django_tables2
from django.db.models import Model
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from sms.core import clock

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
CHUNK = 1_000
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SPOOL_BYTES = 5 * 1024 * 1024

Enrich = Callable[[list[Model]], None] | None


def export_response(
    table: django_tables2.Table, *, name: str, file_format: str, enrich: Enrich = None
) -> HttpResponseBase:
    """The rows of the table, in its order, as a download named after the list and the day."""
    today = clock.today(timezone.get_current_timezone())
    return file_response(export_rows(table, enrich), filename=f"{name}-{today:%Y-%m-%d}.{file_format}")


def file_response(rows: Iterator[list[Any]], *, filename: str) -> HttpResponseBase:
    """A download in the format that the name ends with: csv or xlsx."""
    if filename.endswith(".csv"):
        response = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{filename}"'
        return response
    return FileResponse(xlsx_file(rows), as_attachment=True, filename=filename, content_type=XLSX_TYPE)


def export_rows(table: django_tables2.Table, enrich: Enrich = None) -> Iterator[list[Any]]:
    """The headings, then one list of plain values a row. Columns marked exclude_from_export are left out."""
    columns = [column for column in table.columns if not column.column.exclude_from_export]
    yield [str(column.header) for column in columns]
    records = table.data.data.iterator(chunk_size=CHUNK)
    while chunk := list(islice(records, CHUNK)):
        if enrich:
            enrich(chunk)
        for row in django_tables2.rows.BoundRows(chunk, table):
            yield [row.get_cell_value(column.name) for column in columns]


def csv_lines(rows: Iterator[list[Any]]) -> Iterator[str]:
    """A piece a thousand rows: a server sends few large pieces faster than many small ones."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    while chunk := list(islice(rows, CHUNK)):
        yield "".join(writer.writerow([_text(value) for value in row]) for row in chunk)


def xlsx_file(rows: Iterator[list[Any]]) -> tempfile.SpooledTemporaryFile:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet()
    for row in rows:
        sheet.append([value if isinstance(value, int | float) else _text(value) for value in row])
    file = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115, closed by FileResponse
    workbook.save(file)
    file.seek(0)
    return file


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(sep=" ", timespec="seconds")
    text = ILLEGAL_CHARACTERS_RE.sub("", str(value))
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not isinstance(value, int | float) else text


class _Echo:
    """A file that hands back what is written to it, so that csv.writer can stream."""

    def write(self, line: str) -> str:
        return line
