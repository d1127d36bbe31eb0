"""Kinds as files: CSV, XLSX, and a zip of all of them. What is exported reads back as no change.

Rows come from cursors on the server and go out as they come, so memory does not grow with their number. What tells
addresses or phones is logged before its first byte leaves.
"""

from collections.abc import Iterable, Iterator, Mapping
from tempfile import SpooledTemporaryFile
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from django.db import transaction
from django.http import FileResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.audit.actions import record
from sms.core import clock
from sms.core.export import SPOOL_BYTES, csv_lines, file_response, xlsx_file
from sms.data_exchange.kinds import KINDS
from sms.data_exchange.queries import exportable_by

FORMATS = ("csv", "xlsx")
PIECE = 64 * 1024


def export_rows(kind: str, user: User, filters: Mapping[str, str]) -> Iterator[list[str]]:
    """The headings, then the rows as texts, as far as the person may see them."""
    exported = KINDS[kind](user)
    columns = list(exported.fields.values())
    yield list(exported.fields)
    for values in exported.rows(user, dict(filters)):
        yield [column.export(values) for column in columns]


def export_response(*, actor: User, kind: str, filters: Mapping[str, str], file_format: str) -> HttpResponseBase:
    """The kind as a download. Logged first when it has contacts."""
    log_export(actor=actor, kinds=[kind], filters=filters)
    filename = f"{kind}-{clock.today(timezone.get_current_timezone()):%Y-%m-%d}.{file_format}"
    return file_response(export_rows(kind, actor, filters), filename=filename)


def zip_response(*, actor: User) -> HttpResponseBase:
    """Everything that the person may export, in one file."""
    log_export(actor=actor, kinds=list(exportable_by(actor)))
    file = SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115, closed by FileResponse
    write_zip(file, actor)
    file.seek(0)
    filename = f"mentorship-{clock.today(timezone.get_current_timezone()):%Y-%m-%d}.zip"
    return FileResponse(file, as_attachment=True, filename=filename, content_type="application/zip")


@transaction.atomic
def log_export(*, actor: User, kinds: Iterable[str], filters: Mapping[str, str] | None = None) -> None:
    """Says in the audit list who took contacts out of the site; kinds without contacts are nobody's secret."""
    with_contacts = [kind for kind in kinds if KINDS[kind].has_contacts]
    if with_contacts:
        data = {"kinds": with_contacts, "filters": dict(filters or {})}
        record(actor=actor, verb=gettext_noop("exported"), subject=None, data=data)


def write_csv(file: BinaryIO, kind: str, user: User, filters: Mapping[str, str] | None = None) -> None:
    for piece in csv_lines(export_rows(kind, user, filters or {})):
        file.write(piece.encode())


def write_xlsx(file: BinaryIO, kind: str, user: User, filters: Mapping[str, str] | None = None) -> None:
    with xlsx_file(export_rows(kind, user, filters or {})) as workbook:
        while piece := workbook.read(PIECE):
            file.write(piece)


def write_zip(file: BinaryIO, user: User) -> None:
    """One CSV a kind, numbered in the order in which they can be read back: each refers only to those before it."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for number, kind in enumerate(exportable_by(user), start=1):
            with archive.open(f"{number:02}-{kind}.csv", "w", force_zip64=True) as entry:
                write_csv(entry, kind, user)
