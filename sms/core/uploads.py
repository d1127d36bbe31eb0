"""Files that people hand in: what they are is read from their content, and they leave the site as downloads only.

The name that a browser sends and the type that it claims decide nothing. A file is kept in the default storage under
a name that nobody can guess, and reaches people through a view that has checked who asks (docs/adr/0013-uploads.md).
"""

import codecs
import logging
import re
import secrets
from collections.abc import Collection, Container, Iterator
from datetime import timedelta
from pathlib import PurePath
from zipfile import BadZipFile, ZipFile

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models import TextChoices
from django.http import FileResponse, Http404
from django.template.defaultfilters import filesizeformat
from django.utils.text import get_valid_filename
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sms.core import clock
from sms.core.problems import Refused

logger = logging.getLogger(__name__)

CHUNK = 64 * 1024
NAME_LENGTH = 120
ORPHAN_AGE = timedelta(days=1)  # younger ones may belong to a request that is still running

# An archive is only listed here, never unpacked; what it says of itself must be harmless for whoever does unpack it.
DIRECTORY_BYTES = 1024 * 1024
EXPANDED_BYTES = 500 * 1024 * 1024
HARMLESS_BYTES = 5 * 1024 * 1024
RATIO = 200
END_OF_DIRECTORY = b"PK\x05\x06"
END_BYTES = 22
COMMENT_BYTES = 64 * 1024
ZIP64_LOCATOR = b"PK\x06\x07"
ZIP64_LOCATOR_BYTES = 20

ODT_HEAD = b"mimetypeapplication/vnd.oasis.opendocument.text"
LOCAL_HEADER_BYTES = 30

# Text opens as text: a script that a double click would run gets .txt behind its name.
INERT_SUFFIX = re.compile(
    r"\.(txt|md|csv|json|java|c|cpp|h|hpp|cs|sql|css|go|rs|kt|swift|r|ipynb|tex|xml|ya?ml)", re.IGNORECASE
)


class UploadKind(TextChoices):
    """What a file can be; the value is the suffix that it is given back with."""

    PDF = "pdf", _("PDF")
    DOCX = "docx", _("Word (docx)")
    ODT = "odt", _("OpenDocument (odt)")
    ZIP = "zip", _("ZIP")
    PNG = "png", _("PNG")
    JPEG = "jpg", _("JPEG")
    TEXT = "txt", _("text or source code")

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self]

    @property
    def suffixes(self) -> tuple[str, ...]:
        return (".jpg", ".jpeg") if self == UploadKind.JPEG else (f".{self.value}",)


CONTENT_TYPES = {
    UploadKind.PDF: "application/pdf",
    UploadKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    UploadKind.ODT: "application/vnd.oasis.opendocument.text",
    UploadKind.ZIP: "application/zip",
    UploadKind.PNG: "image/png",
    UploadKind.JPEG: "image/jpeg",
    UploadKind.TEXT: "text/plain; charset=utf-8",
}


def check_upload(file: File, kinds: Collection[UploadKind], most_bytes: int) -> UploadKind:
    """What the file is by its content. Refuses one that is empty, too large or none of `kinds`."""
    if not file.size:
        raise Refused(gettext("The file is empty. %(wanted)s") % {"wanted": what_is_taken(kinds, most_bytes)})
    if file.size > most_bytes:
        raise Refused(gettext("The file is too large. %(wanted)s") % {"wanted": what_is_taken(kinds, most_bytes)})
    kind = kind_of(file)
    file.seek(0)
    if kind is None or kind not in kinds:
        raise Refused(
            gettext("By its content, this file is of a type that is not taken here. %(wanted)s")
            % {"wanted": what_is_taken(kinds, most_bytes)}
        )
    return kind


def what_is_taken(kinds: Collection[UploadKind], most_bytes: int) -> str:
    """The sentence under a file field, and behind each refusal."""
    return gettext("Choose a file of at most %(size)s: %(kinds)s.") % {
        "size": filesizeformat(most_bytes),
        "kinds": ", ".join(str(kind.label) for kind in UploadKind if kind in kinds),
    }


def accepted_suffixes(kinds: Collection[UploadKind]) -> str:
    """For the `accept` of a file field; empty where text is taken, as source code has any suffix."""
    if UploadKind.TEXT in kinds:
        return ""
    return ",".join(suffix for kind in UploadKind if kind in kinds for suffix in kind.suffixes)


def kind_of(file: File) -> UploadKind | None:
    file.seek(0)
    head = file.read(1024)
    if head.startswith(b"%PDF-"):
        return UploadKind.PDF
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return UploadKind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return UploadKind.JPEG
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_archive(file, head)
    return UploadKind.TEXT if _is_text(file) else None


def _kind_of_archive(file: File, head: bytes) -> UploadKind | None:
    """A document or a plain archive; nothing for one that is damaged, a bomb, or a document with macros."""
    if not _has_small_directory(file):
        return None
    try:
        with ZipFile(file) as archive:
            members = archive.infolist()
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    if sum(member.file_size for member in members) > EXPANDED_BYTES or any(
        member.file_size > HARMLESS_BYTES and member.file_size > RATIO * max(member.compress_size, 1)
        for member in members
    ):
        return None
    names = {member.filename for member in members}
    if "[Content_Types].xml" in names:
        is_document = "word/document.xml" in names and not any(
            name.lower().endswith("vbaproject.bin") for name in names
        )
        return UploadKind.DOCX if is_document else None
    if head[LOCAL_HEADER_BYTES:].startswith(ODT_HEAD):
        return UploadKind.ODT
    return UploadKind.ZIP


def _has_small_directory(file: File) -> bool:
    """zipfile reads the whole directory into objects, so a directory of a hundred thousand names is turned away first."""
    length = min(file.size, END_BYTES + COMMENT_BYTES + ZIP64_LOCATOR_BYTES)
    file.seek(file.size - length)
    tail = file.read(length)
    start = tail.rfind(END_OF_DIRECTORY)
    if start < 0 or ZIP64_LOCATOR in tail[max(0, start - ZIP64_LOCATOR_BYTES) : start]:
        return False
    return int.from_bytes(tail[start + 12 : start + 16], "little") <= DIRECTORY_BYTES


def _is_text(file: File) -> bool:
    """UTF-8 without the control characters that no text has."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        for chunk in file.chunks(CHUNK):
            text = decoder.decode(chunk)
            if any(character < " " and character not in "\t\n\r\f" for character in text):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def clean_name(name: str, kind: UploadKind) -> str:
    """The name that a file is shown and given back with: no path, no control characters, the suffix of its content."""
    name = PurePath(name.replace("\\", "/")).name
    name = "".join(character for character in name if character.isprintable()).strip(" .")
    stem, suffix = PurePath(name).stem, PurePath(name).suffix
    if kind == UploadKind.TEXT and not INERT_SUFFIX.fullmatch(suffix):
        stem, suffix = name, ".txt"
    elif kind != UploadKind.TEXT and suffix.lower() not in kind.suffixes:
        stem, suffix = name, kind.suffixes[0]
    return f"{stem[: NAME_LENGTH - len(suffix)] or 'file'}{suffix}"


def store_upload(file: File, folder: str) -> str:
    """Keeps the file under a name of ours and returns that name. `folder` is a word of the caller, never of a person."""
    assert folder == get_valid_filename(folder)
    file.seek(0)
    try:
        return default_storage.save(f"{folder}/{secrets.token_hex(20)}", file)
    except Exception as error:
        # A full disk, or a storage service with errors of its own: whoever hands in must hear that it is not kept.
        logger.exception("An upload could not be stored.")
        raise Refused(gettext("The file could not be kept just now. Try again in a few minutes.")) from error


def serve_upload(name: str, download_name: str, kind: UploadKind) -> FileResponse:
    """The file as a download in pieces. Whoever calls this has checked that the person may have it."""
    try:
        content = default_storage.open(name, "rb")
    except FileNotFoundError as error:
        logger.exception("A stored upload is gone: %s", name)
        raise Http404 from error
    response = FileResponse(
        content, as_attachment=True, filename=clean_name(download_name, kind), content_type=kind.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def forget_upload(name: str) -> None:
    """After the record of the file is gone for good; a failure is made up for by `forget_orphans`."""
    try:
        default_storage.delete(name)
    except Exception:
        logger.exception("A stored upload could not be deleted: %s", name)


def forget_orphans(folder: str, known: Container[str]) -> int:
    """Deletes the files of a folder that no record knows: their request failed after the file was stored."""
    before = clock.now() - ORPHAN_AGE
    forgotten = 0
    for name in _stored_names(folder):
        if name not in known and default_storage.get_modified_time(name) < before:
            forget_upload(name)
            forgotten += 1
    return forgotten


def _stored_names(folder: str) -> Iterator[str]:
    try:
        _folders, files = default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever stored
        return
    yield from (f"{folder}/{file}" for file in files)
