"""The zip around a workbook, opened with care: what it says of itself is checked before anything is unpacked."""

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from django.utils.translation import gettext as _

from sms.data_exchange.reading.limits import FileRefused, Limits

MEMBERS = 2_000
RATIO = 200  # a sheet full of one and the same word packs to about a fiftieth
HARMLESS_BYTES = 5 * 1024 * 1024
CHUNK = 64 * 1024
IS_ENCRYPTED = 0x1


class Archive:
    """The members of a workbook. None gives more bytes than it declared, nor all together more than the limit."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        try:
            self._zip = ZipFile(BytesIO(content))
        except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise refuse_damaged() from error
        members = self._zip.infolist()
        self._names = {member.filename for member in members}
        if len(members) > MEMBERS or sum(member.file_size for member in members) > limits.expanded_bytes:
            raise limits.refuse_expansion()
        if any(_is_bomb(member) for member in members):
            raise limits.refuse_expansion()
        if any(member.flag_bits & IS_ENCRYPTED for member in members):
            raise FileRefused(_("The file is protected by a password. Take the password off and upload it again."))
        if len(self._names) < len(members) or any(
            member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for member in members
        ):
            raise refuse_damaged()

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def chunks(self, name: str) -> Iterator[bytes]:
        """The member in pieces. A member that is longer than it declared ends there, and fails its checksum."""
        try:
            with self._zip.open(name) as member:
                while chunk := member.read(CHUNK):
                    yield chunk
        except (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise refuse_damaged() from error

    def verify(self, name: str) -> None:
        """Unpacks the member once and keeps nothing, so that a damaged one is known before its first row."""
        for _chunk in self.chunks(name):
            pass


def _is_bomb(member: zipfile.ZipInfo) -> bool:
    return member.file_size > HARMLESS_BYTES and member.file_size > RATIO * max(member.compress_size, 1)


def refuse_damaged() -> FileRefused:
    return FileRefused(
        _("The workbook is damaged. Open it in your spreadsheet program and save it as a new XLSX file.")
    )
