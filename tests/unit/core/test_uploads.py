"""What an upload is follows from its content; it leaves as a download only, and keeps no name of its sender."""

import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from sms.core import uploads
from sms.core.clock import frozen_at
from sms.core.problems import Refused
from sms.core.storage_url import storage_of
from sms.core.uploads import UploadKind

MB = 1024 * 1024


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return content.getvalue()


DOCX = zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"})
ODT = zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"}, zipfile.ZIP_STORED)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, UploadKind.PDF),
        (b"\x89PNG\r\n\x1a\n\x00\x00", UploadKind.PNG),
        (b"\xff\xd8\xff\xe0\x00", UploadKind.JPEG),
        (DOCX, UploadKind.DOCX),
        (ODT, UploadKind.ODT),
        (zipped({"main.py": b"print(1)"}), UploadKind.ZIP),
        ("\ufeffপ্রথম\r\n\tdef".encode(), UploadKind.TEXT),
    ],
)
def test_the_content_says_what_a_file_is_whatever_its_name(content, kind):
    file = SimpleUploadedFile("setup.exe", content, content_type="application/x-msdownload")
    assert uploads.check_upload(file, list(UploadKind), MB) == kind
    assert file.tell() == 0, "what stores the file reads it from its start"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("homework.pdf", b"MZ\x90\x00\x03\x00\x00\x00"),
        ("homework.txt", b"\x7fELF\x02\x01\x01\x00"),
        ("homework.txt", "naïve".encode("latin-1")),
        ("homework.docx", zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"\x00" * 6 * MB})),
        ("homework.docx", zipped({"[Content_Types].xml": b"", "word/document.xml": b"", "word/vbaProject.bin": b"x"})),
        ("homework.docx", zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""})),
        ("homework.zip", zipped({f"{number:0100}": b"" for number in range(10_000)})),
        ("homework.zip", DOCX[:-10]),
        ("homework.zip", b"PK\x03\x04"),
    ],
    ids=["exe", "elf", "latin-1", "bomb", "macros", "sheet", "many-names", "cut", "head-only"],
)
def test_what_is_none_of_the_kinds_is_refused(name, content):
    with pytest.raises(Refused, match=r"of a type that is not taken here\. Choose a file of at most 3"):
        uploads.check_upload(SimpleUploadedFile(name, content), list(UploadKind), 3 * MB)


def test_a_refusal_says_what_would_be_taken():
    kinds = [UploadKind.PDF, UploadKind.TEXT]
    for content, sentence in [
        (b"", "The file is empty."),
        (PDF + b" " * MB, "The file is too large."),
        (DOCX, "By its content, this file is of a type that is not taken here."),
    ]:
        with pytest.raises(Refused) as refusal:
            uploads.check_upload(SimpleUploadedFile("x", content), kinds, MB)
        assert str(refusal.value) == f"{sentence} Choose a file of at most 1.0\xa0MB: PDF, text or source code."


@given(st.binary(max_size=2000) | st.binary(max_size=300).map(lambda end: DOCX[:-20] + end))
def test_no_content_breaks_the_reading(content):
    uploads.kind_of(ContentFile(content + b"."))


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("../../etc/passwd", UploadKind.TEXT, "passwd.txt"),
        ("C:\\Users\\me\\plan.PDF", UploadKind.PDF, "plan.PDF"),
        ("invoice.pdf", UploadKind.ZIP, "invoice.pdf.zip"),
        ("run.bat", UploadKind.TEXT, "run.bat.txt"),
        ("Main.java", UploadKind.TEXT, "Main.java"),
        ("gpj\u202e\r\n.png", UploadKind.PNG, "gpj.png"),
        ("  ", UploadKind.PDF, "file.pdf"),
        ("ক" * 300 + ".docx", UploadKind.DOCX, "ক" * 115 + ".docx"),
    ],
)
def test_a_shown_name_has_no_path_no_tricks_and_the_suffix_of_its_content(name, kind, shown):
    assert uploads.clean_name(name, kind) == shown


def test_a_stored_file_comes_back_as_a_download(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    name = uploads.store_upload(SimpleUploadedFile("../../evil<b>.pdf", PDF), "homework")
    assert (tmp_path / name).read_bytes() == PDF
    assert "evil" not in name
    assert not (tmp_path / name).resolve().is_relative_to(settings.STATIC_ROOT)
    response = uploads.serve_upload(name, 'বাড়ির "কাজ".pdf', UploadKind.PDF)
    assert b"".join(response.streaming_content) == PDF
    response.close()
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%E0%A6%AC")
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox"


def test_a_full_disk_is_said_in_a_sentence(settings, tmp_path, caplog):
    (tmp_path / "homework").write_bytes(b"a file where the folder should be")
    settings.MEDIA_ROOT = tmp_path
    with pytest.raises(Refused, match="could not be kept just now"):
        uploads.store_upload(SimpleUploadedFile("a.pdf", PDF), "homework")
    assert "could not be stored" in caplog.text


def test_only_old_files_that_no_record_knows_are_orphans(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    assert uploads.forget_orphans("homework", set()) == 0, "nothing was ever stored"
    kept, orphan = (uploads.store_upload(ContentFile(PDF, "x"), "homework") for _ in range(2))
    stored_at = default_storage.get_modified_time(kept)
    with frozen_at(stored_at):
        assert uploads.forget_orphans("homework", {kept}) == 0, "may belong to a request that is still running"
    with frozen_at(stored_at + uploads.ORPHAN_AGE * 2):
        assert uploads.forget_orphans("homework", {kept}) == 1
    assert default_storage.exists(kept)
    assert not default_storage.exists(orphan)


# --- S3-compatible storage


class TinyS3(BaseHTTPRequestHandler):
    """Keeps what is put to a path, with what came along. Enough of S3 for one object at a time."""

    objects: dict[str, bytes]
    requests: list[tuple[str, str, str]]

    def do_HEAD(self):
        self.answer(with_body=False)

    def do_GET(self):
        self.answer(with_body=True)

    def do_PUT(self):
        self.note()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "chunked" in self.headers.get("Content-Encoding", "") or self.headers.get("x-amz-decoded-content-length"):
            size, _, rest = body.partition(b"\r\n")
            body = rest[: int(size.split(b";")[0], 16)]
        self.objects[self.path] = body
        self.reply(200, b"")

    def do_DELETE(self):
        self.note()
        self.objects.pop(self.path, None)
        self.reply(204, b"")

    def answer(self, *, with_body):
        self.note()
        body = self.objects.get(self.path)
        self.reply(404 if body is None else 200, body or b"", with_body=with_body)

    def note(self):
        self.requests.append((self.command, self.path, self.headers.get("Authorization", "")))

    def reply(self, status, body, *, with_body=True):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Wed, 25 Nov 2026 03:00:00 GMT")
        self.send_header("ETag", '"0"')
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def s3(settings):
    handler = type("Handler", (TinyS3,), {"objects": {}, "requests": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"s3://thekey:the%2Fsecret@127.0.0.1:{server.server_port}/papers?region=eu-1&tls=0"
    settings.STORAGES = settings.STORAGES | {"default": storage_of(url)}
    yield handler
    storages["default"].connection.meta.client.close()
    server.shutdown()
    server.server_close()


def test_uploads_go_to_s3_and_come_back_through_the_site(s3):
    name = uploads.store_upload(SimpleUploadedFile("a.pdf", PDF), "homework")
    assert s3.objects == {f"/papers/{name}": PDF}
    response = uploads.serve_upload(name, "a.pdf", UploadKind.PDF)
    assert b"".join(response.streaming_content) == PDF
    response.close()
    uploads.forget_upload(name)
    assert s3.objects == {}
    assert {"PUT", "GET", "DELETE"} <= {method for method, _path, _key in s3.requests}
    assert all("Credential=thekey/" in key and "/eu-1/s3/" in key for _method, _path, key in s3.requests)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("https://key:secret@host/bucket", "must begin with s3://"),
        ("s3://host/bucket", "no key or no secret"),
        ("s3://key:secret@host", "one bucket"),
        ("s3://key:secret@host/a/b", "one bucket"),
        ("s3://key:sec/ret@host/bucket", "cannot be read"),
        ("s3://key:secret@host/bucket?zone=x", "not known: zone"),
    ],
)
def test_a_wrong_address_of_the_storage_is_said_without_its_secret(url, sentence):
    with pytest.raises(ImproperlyConfigured, match=sentence) as problem:
        storage_of(url)
    assert "key:sec" not in str(problem.value).replace("s3://key:secret@endpoint", "")
