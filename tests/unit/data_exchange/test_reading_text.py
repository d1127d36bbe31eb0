"""Text files in all their dialects, and what is refused at the door."""

import codecs
from io import BytesIO

import pytest

from sms.data_exchange.reading import FileRefused, Limits, Source, SourceRow, open_source, source_of_text

BANGLA = "নাম,ইমেইল\nআরিফ রহমান,arif@example.com\n"


def source(content: bytes | str, name: str = "students.csv", **limits: int) -> Source:
    content = content.encode() if isinstance(content, str) else content
    return open_source(BytesIO(content), name, limits=Limits(**limits))


def read(content: bytes | str, name: str = "students.csv", **limits: int) -> list[tuple[int, list[str]]]:
    return [(row.line, row.cells) for row in source(content, name, **limits).rows()]


def refusal(content: bytes | str, name: str = "students.csv", **limits: int) -> str:
    with pytest.raises(FileRefused) as refused:
        read(content, name, **limits)
    return refused.value.sentence


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (BANGLA.encode(), "utf-8"),
        (codecs.BOM_UTF8 + BANGLA.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + BANGLA.encode("utf-16-le"), "utf-16"),
        (codecs.BOM_UTF16_BE + BANGLA.encode("utf-16-be"), "utf-16"),
        (codecs.BOM_UTF32_LE + BANGLA.encode("utf-32-le"), "utf-32"),
    ],
)
def test_encodings(content: bytes, encoding: str) -> None:
    found = source(content)
    assert (found.encoding, [row.cells for row in found.rows()]) == (
        encoding,
        [["নাম", "ইমেইল"], ["আরিফ রহমান", "arif@example.com"]],
    )
    assert found.notes == ()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_seen(encoding: str) -> None:
    found = source("email,name\narif@example.com,Arif\n".encode(encoding))
    assert (found.encoding, [row.cells for row in found.rows()]) == (
        encoding,
        [["email", "name"], ["arif@example.com", "Arif"]],
    )


def test_windows_1252_is_the_last_resort_and_is_said() -> None:
    found = source("name;city\nJosé;“Köln”\n".encode("windows-1252"))
    assert (found.encoding, [row.cells for row in found.rows()]) == (
        "windows-1252",
        [["name", "city"], ["José", "“Köln”"]],
    )
    assert "Windows-1252" in found.notes[0]


def test_broken_utf_8_is_not_taken_for_windows_1252() -> None:
    assert "CSV UTF-8" in refusal("নাম\nশিক্ষার্থীর নাম ও ঠিকানা\n".encode()[:-3])
    assert "damaged" in refusal(codecs.BOM_UTF8 + "নাম".encode()[:-1])


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1;2\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("a\n1\n", ","),
        ("name;grade\nArif;8,5\nSadia;9,5\n", ";"),
        ("email,roles\na@b.co,mentor;sre;admin\nc@d.co,mentor;sre;admin\n", ","),
        ('name;email\n"Rahman; Arif";a@b.co\n"x, y";c@d.co\n', ";"),
        ("name\temail\nRahman, Arif\ta@b.co\nKarim, Sadia\tc@d.co\n", "\t"),
        ("Students of batch 12\n\nname;email\nArif, R;a@b.co\nSadia, K;c@d.co\n", ";"),
        ('a,b\n"1;2;3\n4;5;6\n7;8;9",2\n', ","),
        ("sep=|\na;b|c\n", "|"),
    ],
)
def test_delimiters(content: str, delimiter: str) -> None:
    assert source(content).delimiter == delimiter


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("a,b\r1,2\r", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("a,b\r\n1,2\n3,4\r5,6", [(1, ["a", "b"]), (2, ["1", "2"]), (3, ["3", "4"]), (4, ["5", "6"])]),
        ("\n\na,b\n\n , \n1,2\n\n", [(3, ["a", "b"]), (6, ["1", "2"])]),
        ("a,b,,\n1,,,\n,2,,\n", [(1, ["a", "b"]), (2, ["1"]), (3, ["", "2"])]),
        ('a,b\n"x\ny\r\nz",1\n2,"p ""q"" r"\n', [(1, ["a", "b"]), (2, ["x\ny\r\nz", "1"]), (5, ["2", 'p "q" r'])]),
        ("sep=;\r\na;b\r\n1;2\r\n", [(2, ["a", "b"]), (3, ["1", "2"])]),
        ("a,b\n1,2\n\x1a", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("phone,id\n01712345678,007\n", [(1, ["phone", "id"]), (2, ["01712345678", "007"])]),
        ('a,b\n5" pipe,2\n', [(1, ["a", "b"]), (2, ['5" pipe', "2"])]),
    ],
)
def test_rows_and_their_lines(content: str, rows: list) -> None:
    assert read(content) == rows


def test_rows_can_be_read_twice_and_side_by_side() -> None:
    found = source("a\n1\n2\n")
    first, second = found.rows(), found.rows()
    assert next(first) == next(second) == SourceRow(1, ["a"])
    assert [row.line for row in first] == [row.line for row in second] == [2, 3]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("email\tname\narif@example.com\tArif, R", ["arif@example.com", "Arif, R"]),
        ("email,name\narif@example.com,আরিফ", ["arif@example.com", "আরিফ"]),
        ('email\tname\narif@example.com\t"two\nlines"', ["arif@example.com", "two\nlines"]),
    ],
)
def test_pasted_text(text: str, cells: list[str]) -> None:
    assert list(source_of_text(text, limits=Limits()).rows()) == [SourceRow(1, ["email", "name"]), SourceRow(2, cells)]


def test_pasted_text_keeps_to_the_limits() -> None:
    with pytest.raises(FileRefused, match="larger than"):
        source_of_text("email\n" + "x" * 200, limits=Limits(bytes=100))


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "a.csv", "empty"),
        (b"\xef\xbb\xbf \r\n\t\n", "a.csv", "empty"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "a.csv", "web page"),
        (b"\xef\xbb\xbf\n <HTML><table><tr><td>1", "a.xls", "web page"),
        ("<html><table>".encode("utf-16"), "a.csv", "web page"),
        (b"<table border=1><tr><td>email</td></tr></table>", "a.csv", "web page"),
        (b'<?xml version="1.0"?><Workbook></Workbook>', "a.csv", "XML"),
        (b'{"students": []}', "a.csv", "JSON"),
        (b'[{"email": "a@b.co"}]', "a.csv", "JSON"),
        (b"%PDF-1.7 ...", "a.csv", "a PDF"),
        (b"\x89PNG\r\n\x1a\n....", "a.csv", "an image"),
        (b"\xff\xd8\xff\xe0..JFIF", "a.csv", "an image"),
        (b"\x1f\x8b\x08....", "a.csv", "a packed archive"),
        (b"{\\rtf1\\ansi", "a.csv", "a text document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls", "old Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "password"),
        (b"email,name\na@b.co,A\n", "a.xlsx", "it is text"),
        (b"PK\x03\x04 whatever", "a.csv", "a workbook or an archive"),
        (b"PK\x03\x04 whatever", "a.xlsx", "damaged"),
        (b"PK\x05\x06" + bytes(18), "a.xlsx", "an empty archive"),
        (b"email\x00\x01\x02\x03,\x00\xff\xfe\xfd", "a.csv", "cannot be read"),
        (b"\x01\x02\x03\x04\x05\x06\x07\x08,\n", "a.csv", "holds no text"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, name: str, reason: str) -> None:
    assert reason in refusal(content, name)


def test_the_name_is_told_where_it_lies() -> None:
    assert refusal(b"<html></html>", "students.csv") == (
        "“students.csv” is not what its name says: it is a web page (HTML)."
        " Open it in your spreadsheet program and save it as XLSX or CSV."
    )


def test_a_name_without_a_known_ending_says_nothing() -> None:
    assert read(b"email\na@b.co\n", "list") == [(1, ["email"]), (2, ["a@b.co"])]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"bytes": 20}, "larger than 20"),
        ({"rows": 2}, "further than 2 rows"),
        ({"columns": 2}, "Line 1 has more than 2 columns"),
        ({"cell_chars": 9}, "line 3 is longer than 9 characters"),
    ],
)
def test_limits(limits: dict[str, int], reason: str) -> None:
    content = "a,b,c\n1,2,3\n0123456789,2,3\n"
    assert len(read(content)) == 3
    assert reason in refusal(content, **limits)


def test_more_than_the_limit_is_never_read() -> None:
    class Endless(BytesIO):
        asked = 0

        def read(self, size: int | None = -1) -> bytes:
            Endless.asked = size or -1
            return b"x" * Endless.asked

    with pytest.raises(FileRefused, match="larger than"):
        open_source(Endless(), "a.csv", limits=Limits(bytes=1_000))
    assert Endless.asked == 1_001


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('a,b\n1,"2\n3,4\n5,6\n', 2),
        ('a,b\n1,2\n3,"4', 3),
    ],
)
def test_a_quotation_mark_that_is_never_closed(content: str, line: int) -> None:
    assert f"opens in line {line} is never closed" in refusal(content)


def test_a_quotation_mark_that_swallows_a_huge_file() -> None:
    content = 'a,b\n1,"2\n' + "3,4\n" * 50_000
    assert "line 2 is longer than" in refusal(content)
