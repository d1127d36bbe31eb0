"""CSV in its many dialects: which encoding, which delimiter, which line ends."""

import codecs
import csv
from collections import Counter
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from itertools import islice

from django.utils.translation import gettext as _

from sms.data_exchange.reading.limits import FileRefused, Limits
from sms.data_exchange.reading.source import Source, SourceRow

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_LINES, SAMPLE_CHARS = 60, 64 * 1024
LINES_PER_ROW = 10
LONGEST_ROW = 1024 * 1024  # characters
CHUNK = 1024 * 1024
WHITE = frozenset("\t\n\v\f\r\x1a")

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins with the mark of UTF-16, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class TextSource(Source):
    format = "csv"

    def __init__(self, content: bytes, *, limits: Limits) -> None:
        self._content = content.rstrip(b"\x1a")
        self._codec = _codec_of(self._content)
        self._limits = limits
        self.encoding = self._codec.removesuffix("-sig")
        if self._codec == "windows-1252":
            self.notes = (
                _("The file is not in UTF-8 and was read as Windows-1252. Look whether all names are right."),
            )
        sample = _sample(self._lines())
        if _is_binary(sample):
            raise FileRefused(
                _("The file holds no text. Open it in your spreadsheet program and save it as XLSX or CSV.")
            )
        declared = _declared_delimiter(sample)
        self._first = 2 if declared else 1
        self.delimiter = declared or _likely_delimiter(sample)

    def rows(self) -> Iterator[SourceRow]:
        limits, first, found = self._limits, self._first, 0
        lines, most_lines = self._lines(), LINES_PER_ROW * limits.rows
        reader = csv.reader(islice(lines, first - 1, None), delimiter=self.delimiter)
        line = first
        try:
            for cells in reader:
                lines.length = 0
                if line > most_lines:
                    raise limits.refuse_rows()
                text = "".join(cells)
                if text.strip():
                    found += 1
                    if found > limits.rows:
                        raise limits.refuse_rows()
                    if len(text) > limits.cell_chars and len(max(cells, key=len)) > limits.cell_chars:
                        raise limits.refuse_cell(line)
                    while not cells[-1].strip():
                        cells.pop()
                    if len(cells) > limits.columns:
                        raise limits.refuse_columns(line)
                    last = line
                    yield SourceRow(line, cells)
                line = first + reader.line_num
        except csv.Error as error:
            raise limits.refuse_cell(line) from error
        if found:
            self._refuse_open_quotes(last)

    def _lines(self) -> "_Lines":
        return _Lines(self._plain_lines())

    def _plain_lines(self) -> Iterator[str]:
        return TextIOWrapper(BytesIO(self._content), encoding=self._codec, newline="")

    def _refuse_open_quotes(self, line: int) -> None:
        """csv takes the rest of a file as one cell when a quotation mark is never closed, and says nothing."""
        try:
            for _cells in csv.reader(
                islice(self._plain_lines(), line - 1, None), delimiter=self.delimiter, strict=True
            ):
                pass
        except csv.Error as error:
            if "end of data" in str(error):
                raise FileRefused(
                    _("The quotation mark that opens in line %(line)s is never closed. Close it and upload it again.")
                    % {"line": line}
                ) from error


class _Lines(Iterator[str]):
    """Lines with their ends, of which \\r, \\n and \\r\\n all count.

    `length` is what has been read of the present row, which may go over several lines: csv would
    make a million cells of a million commas before anybody could count them.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.length = 0

    def __next__(self) -> str:
        line = next(self._lines)
        self.length += len(line)
        if self.length > LONGEST_ROW:
            raise FileRefused(
                _(
                    "The file has a row that is far too long. Check whether its line ends or quotation marks are missing."
                )
            )
        return line


def _codec_of(content: bytes) -> str:
    for mark, codec in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            if not _decodes(content, codec):
                raise FileRefused(_("The file is damaged: it ends in the middle of a letter. Save it again."))
            return codec
    for codec in (_plain_utf_16(content), "utf-8"):
        if codec and _decodes(content, codec):
            return codec
    if b"\x00" not in content and _decodes(content, "windows-1252"):
        return "windows-1252"
    raise FileRefused(_("The letters of the file cannot be read. Save it as “CSV UTF-8” and upload that."))


def _plain_utf_16(content: bytes) -> str:
    """The byte order of UTF-16 without a mark: of letters below U+0100, one byte of the two is zero."""
    head = content[: 4_096 - 4_096 % 2]
    if not head or len(content) % 2:
        return ""
    even, odd = head[0::2].count(0) / (len(head) / 2), head[1::2].count(0) / (len(head) / 2)
    if odd > 0.3 and even < 0.02:
        return "utf-16-le"
    return "utf-16-be" if even > 0.3 and odd < 0.02 else ""


def _decodes(content: bytes, codec: str) -> bool:
    """In pieces, so that a large file is not held twice."""
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        for start in range(0, len(content), CHUNK):
            decoder.decode(content[start : start + CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _sample(lines: _Lines) -> list[str]:
    sample = []
    for line in islice(lines, SAMPLE_LINES):
        sample.append(line)
        if lines.length > SAMPLE_CHARS:
            break
    return sample


def _is_binary(sample: list[str]) -> bool:
    text = "".join(sample)
    odd = sum(letter < " " and letter not in WHITE for letter in text)
    return "\x00" in text or odd > len(text) / 50


def _declared_delimiter(sample: list[str]) -> str:
    """Excel writes and obeys a first line such as `sep=;`."""
    first = sample[0].strip("\r\n").lower() if sample else ""
    return first[4] if len(first) == 5 and first.startswith("sep=") else ""


def _likely_delimiter(sample: list[str]) -> str:
    """The delimiter that splits the most rows, into the most even and then the widest rows.

    The heading counts like any row: a comma in every name but not in the heading loses against the real one.
    """
    return max(DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter))


def _evenness(sample: list[str], delimiter: str) -> tuple[float, float, int]:
    try:
        widths = [len(cells) for cells in csv.reader(sample, delimiter=delimiter) if cells]
    except csv.Error:
        return 0, 0, 0
    split = [width for width in widths if width > 1]
    if not split:
        return 0, 0, 0
    width, times = Counter(split).most_common(1)[0]
    return len(split) / len(widths), times / len(widths), width
