"""What a file is, judged by its first bytes; its name must say the same."""

import re
from pathlib import PurePath

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.data_exchange.reading.limits import FileRefused

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# What the bytes at the start give away, with the word for it.
FOREIGN = {
    b"%PDF-": gettext_lazy("a PDF"),
    b"\x89PNG": gettext_lazy("an image"),
    b"\xff\xd8\xff": gettext_lazy("an image"),
    b"GIF8": gettext_lazy("an image"),
    b"RIFF": gettext_lazy("an image or a recording"),
    b"\x1f\x8b": gettext_lazy("a packed archive"),
    b"BZh": gettext_lazy("a packed archive"),
    b"7z\xbc\xaf\x27\x1c": gettext_lazy("a packed archive"),
    b"\xfd7zXZ\x00": gettext_lazy("a packed archive"),
    b"Rar!": gettext_lazy("a packed archive"),
    b"PK\x05\x06": gettext_lazy("an empty archive"),
    b"{\\rtf": gettext_lazy("a text document"),
    b"\x7fELF": gettext_lazy("a program"),
    b"SQLite format 3": gettext_lazy("a database"),
}

MARKUP = re.compile(rb"\s*<(?:!doctype|!--|\?xml|[a-z][a-z0-9:]*[\s>/])", re.IGNORECASE)
JSON = re.compile(rb"\s*(?:\{\s*\"|\[\s*[\[{])")
WORKBOOK_NAMES, TEXT_NAMES = {".xlsx", ".xlsm"}, {".csv", ".tsv", ".tab"}
SAVE_AS_CSV = gettext_lazy("Open it in your spreadsheet program and save it as XLSX or CSV.")


def refuse_unless_table(content: bytes, name: str) -> str:
    """“xlsx” for what may be a workbook, “csv” for what may be text; all else is refused."""
    if not content.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise FileRefused(_("The file is empty. Choose a file that has a row of headings and rows below it."))
    ending = PurePath(name).suffix.lower()
    if content.startswith(ZIP):
        if ending in TEXT_NAMES:
            raise _not_what_it_says(name, _("a workbook or an archive"), _("If it is a workbook, name it .xlsx."))
        return "xlsx"
    _refuse_foreign(content, name)
    if ending in WORKBOOK_NAMES:
        raise _not_what_it_says(name, _("text"), _("If its columns are parted by commas, name it .csv."))
    return "csv"


def _refuse_foreign(content: bytes, name: str) -> None:
    if content.startswith(OLE):
        raise _refuse_ole(content)
    for start, word in FOREIGN.items():
        if content.startswith(start):
            raise _not_what_it_says(name, str(word), str(SAVE_AS_CSV))
    letters = content[:2_048].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    if MARKUP.match(letters):
        is_page = b"<?xml" not in letters[:200].lower()
        raise _not_what_it_says(name, _("a web page (HTML)") if is_page else "XML", str(SAVE_AS_CSV))
    if JSON.match(letters):
        raise _not_what_it_says(name, "JSON", _("Export it as CSV where it comes from."))


def _refuse_ole(content: bytes) -> FileRefused:
    """The container of old Excel files is also that of new ones with a password."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        return FileRefused(_("The workbook is protected by a password. Take the password off and upload it again."))
    return FileRefused(
        _("The file is an old Excel or Office file (.xls). Open it, save it as XLSX or CSV, and upload that.")
    )


def _not_what_it_says(name: str, word: str, remedy: str) -> FileRefused:
    if not name:
        return FileRefused(_("This is %(what)s, not a table. %(remedy)s") % {"what": word, "remedy": remedy})
    return FileRefused(
        _("“%(name)s” is not what its name says: it is %(what)s. %(remedy)s")
        % {"name": name, "what": word, "remedy": remedy}
    )
