"""XLSX, one row at a time.

Of the libraries that read it, the quick one gives a formula's error as an empty cell, which an
import would take for “leave the value”, and holds the whole rectangle of a sheet, however empty.
Here a sheet is read by events: errors keep their text, rows are numbered as the sheet numbers
them, and memory grows with its different texts alone. Macros and links to other files are never opened.
"""

import posixpath
import re
from collections.abc import Iterator
from functools import cached_property
from sys import getsizeof

from django.utils.translation import gettext as _

from sms.data_exchange.reading.archive import Archive, refuse_damaged
from sms.data_exchange.reading.limits import FileRefused, Limits
from sms.data_exchange.reading.numbers import EPOCH_1900, EPOCH_1904, GENERAL, formats_of, text_of_number
from sms.data_exchange.reading.source import Source, SourceRow
from sms.data_exchange.reading.xml import Elements, read

DIGITS = "0123456789"
ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
ESCAPE_LENGTH = 7  # a letter may be written with so many
MOST_PARTS = 5_000  # of one text: its runs of letters with a format of their own


class WorkbookSource(Source):
    format = "xlsx"

    def __init__(self, content: bytes, *, limits: Limits, sheet: str | None = None) -> None:
        self._limits = limits
        self._archive = Archive(content, limits)
        self._book = self._find_workbook()
        self._relations = self._relations_of(self._book)
        book = Elements(self._archive.chunks(self._book))
        paths = self._paths_of_sheets(book)
        self.sheets = tuple(paths)
        self.sheet = self._chosen(sheet)
        self._path = paths[self.sheet]
        self._epoch = EPOCH_1904 if _is_set(book, "workbookPr", "date1904") else EPOCH_1900
        self._formats = self._read_formats()
        self._archive.verify(self._path)

    def rows(self) -> Iterator[SourceRow]:
        reader = _SheetReader(self)
        for _piece in read(self._archive.chunks(self._path), reader):
            yield from reader.take()
            if reader.is_done:
                return

    @cached_property
    def strings(self) -> list[str]:
        """The texts that cells refer to by number."""
        path = self._part("sharedStrings")
        return _StringsReader(self._archive.chunks(path), self._limits).strings if path else []

    def text_of_number(self, raw: str, style: str) -> str:
        try:
            number_format = self._formats[int(style)] if style else GENERAL
        except (ValueError, IndexError):
            number_format = GENERAL
        return text_of_number(raw, number_format, epoch=self._epoch)

    @property
    def limits(self) -> Limits:
        return self._limits

    def _find_workbook(self) -> str:
        relations = self._relations_of("") if "_rels/.rels" in self._archive else {}
        path = next((path for kind, path in relations.values() if kind == "officeDocument"), "xl/workbook.xml")
        if path in self._archive and path.endswith(".xml") and path.startswith("xl/"):
            return path
        if path.endswith(".bin"):
            raise FileRefused(_("Binary workbooks (.xlsb) cannot be read. Save it as XLSX or CSV and upload that."))
        raise FileRefused(
            _("The file is an archive or a document, but no Excel workbook. Save the table as XLSX or CSV.")
        )

    def _relations_of(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part refers to: by id, the last word of the kind and the path. Links out of the file are left out."""
        folder, name = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if path not in self._archive:
            return {}
        return {
            relation.get("Id", ""): (
                relation.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/"),
            )
            for relation in Elements(self._archive.chunks(path)).named("Relationship")
            if relation.get("TargetMode") != "External"
        }

    def _part(self, kind: str) -> str:
        return next((path for found, path in self._relations.values() if found == kind and path in self._archive), "")

    def _paths_of_sheets(self, book: Elements) -> dict[str, str]:
        """Of the sheets that can be seen; charts and macro sheets are none."""
        paths = {}
        for sheet in book.named("sheet", within="sheets"):
            kind, path = self._relations.get(sheet.get("id", ""), ("", ""))
            if kind == "worksheet" and path in self._archive and sheet.get("state", "visible") == "visible":
                paths[sheet.get("name", "")] = path
        if not paths:
            raise FileRefused(_("The workbook has no sheet that can be seen. Show the sheet and save it again."))
        return paths

    def _chosen(self, sheet: str | None) -> str:
        if sheet is None:
            return self.sheets[0]
        if sheet not in self.sheets:
            raise FileRefused(
                _("The workbook has no sheet “%(sheet)s”. Choose one of: %(sheets)s.")
                % {"sheet": sheet, "sheets": ", ".join(self.sheets)}
            )
        return sheet

    def _read_formats(self) -> list:
        path = self._part("styles")
        if not path:
            return []
        styles = Elements(self._archive.chunks(path))
        try:
            codes = {int(code["numFmtId"]): code["formatCode"] for code in styles.named("numFmt", within="numFmts")}
            used = [int(style.get("numFmtId", 0)) for style in styles.named("xf", within="cellXfs")]
        except (KeyError, ValueError) as error:
            raise refuse_damaged() from error
        return formats_of(codes, used)


class _StringsReader:
    """The shared texts, which may take half as much memory as the workbook may unpack to.

    Hints for pronunciation (`rPh`), which Japanese sheets carry, are no part of them.
    """

    def __init__(self, chunks: Iterator[bytes], limits: Limits) -> None:
        self.strings: list[str] = []
        self._limits = limits
        self._size = 0
        self._parts: list[str] = []
        self._is_text = self._is_hint = False
        for _piece in read(chunks, self):
            if self._size > limits.expanded_bytes // 2 or len(self._parts) > MOST_PARTS:
                raise limits.refuse_expansion()

    def root(self, prefix: str) -> None:
        self._item, self._text, self._hint = f"{prefix}si", f"{prefix}t", f"{prefix}rPh"

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._text:
            self._is_text = not self._is_hint
        elif name == self._item:
            self._parts = []
        elif name == self._hint:
            self._is_hint = True

    def text(self, data: str) -> None:
        if self._is_text:
            self._parts.append(data)

    def end(self, name: str) -> None:
        if name == self._text:
            self._is_text = False
        elif name == self._item:
            text = _unescaped("".join(self._parts))
            self.strings.append(text)
            self._size += getsizeof(text)
        elif name == self._hint:
            self._is_hint = False


class _SheetReader:
    """Its events come millions of times, which is why those of a cell are handled where they arrive."""

    def __init__(self, source: WorkbookSource) -> None:
        self.is_done = False
        self._rows: list[SourceRow] = []
        self._found = 0
        self._source, self._limits = source, source.limits
        self._longest = ESCAPE_LENGTH * source.limits.cell_chars
        self._strings = source.strings
        self._line = self._column = 0
        self._cells: list[str] = []
        self._attributes: dict[str, str] = {}
        self._raw = ""
        self._is_text = self._is_hint = False
        self._columns = _Columns()

    def take(self) -> list[SourceRow]:
        taken, self._rows = self._rows, []
        return taken

    def root(self, prefix: str) -> None:
        self._c, self._v, self._t, self._row = f"{prefix}c", f"{prefix}v", f"{prefix}t", f"{prefix}row"
        self._hint, self._data = f"{prefix}rPh", f"{prefix}sheetData"

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._v or name == self._t:
            self._is_text = not self._is_hint
        elif name == self._c:
            place = attributes.get("r")
            self._column = self._columns[place.rstrip(DIGITS)] if place else self._column + 1
            self._attributes, self._raw = attributes, ""
        elif name == self._row:
            line = attributes.get("r", "")
            self._line = int(line) if line.isdigit() else self._line + 1
            self._column, self._cells = 0, []
        elif name == self._hint:
            self._is_hint = True

    def text(self, data: str) -> None:
        if self._is_text:
            self._raw += data
            if len(self._raw) > self._longest:
                raise self._limits.refuse_cell(self._line)

    def end(self, name: str) -> None:
        if name == self._v or name == self._t:
            self._is_text = False
        elif name == self._c:
            if self._raw:
                text = self._value(self._raw)
                if (
                    self._column == len(self._cells) + 1 <= self._limits.columns
                    and len(text) <= self._limits.cell_chars
                ):
                    self._cells.append(text)
                else:
                    self._put(text)
        elif name == self._row:
            self._finish_row()
        elif name == self._hint:
            self._is_hint = False
        elif name == self._data:
            self.is_done = True

    def _value(self, raw: str) -> str:
        kind = self._attributes.get("t", "n")
        if kind == "s":
            try:
                return self._strings[int(raw)]
            except (ValueError, IndexError) as error:
                raise refuse_damaged() from error
        if kind == "n":
            return self._source.text_of_number(raw, self._attributes.get("s", ""))
        if kind == "b":
            return "TRUE" if raw.strip() == "1" else "FALSE"
        return _unescaped(raw)  # a text of its own, a formula's text, an error, or a date in ISO

    def _put(self, text: str) -> None:
        """A cell that is long, or does not follow the one before."""
        cells, column = self._cells, self._column
        if len(text) > self._limits.cell_chars:
            raise self._limits.refuse_cell(self._line)
        if column > self._limits.columns:
            if text.strip():
                raise self._limits.refuse_columns(self._line)
            return
        if column <= len(cells):
            cells[column - 1] = text
        else:
            cells.extend([""] * (column - 1 - len(cells)))
            cells.append(text)

    def _finish_row(self) -> None:
        cells = self._cells
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            return
        self._found += 1
        if max(self._found, self._line) > self._limits.rows:
            raise self._limits.refuse_rows()
        self._rows.append(SourceRow(self._line, cells))


class _Columns(dict[str, int]):
    """The number of a column by its letters: A is 1, AA is 27."""

    def __missing__(self, letters: str) -> int:
        number = 0
        if not 1 <= len(letters) <= 3:
            raise refuse_damaged()
        for letter in letters.upper():
            if not "A" <= letter <= "Z":
                raise refuse_damaged()
            number = number * 26 + ord(letter) - 64
        self[letters] = number
        return number


def _is_set(elements: Elements, name: str, attribute: str) -> bool:
    return any(found.get(attribute) in ("1", "true") for found in elements.named(name))


def _unescaped(text: str) -> str:
    """Letters that XML cannot hold stand as `_x000D_`; those that no text should hold are dropped."""
    return ESCAPE.sub(_letter, text) if "_x" in text else text


def _letter(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return letter if letter.isprintable() or letter in "\t\n\r" else ""
