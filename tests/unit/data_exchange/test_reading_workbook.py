"""Workbooks: what a cell's text is, and which workbooks are refused."""

import zipfile
from datetime import date, datetime, time
from io import BytesIO

import pytest
from openpyxl import Workbook

from sms.data_exchange.reading import FileRefused, Limits, Source, SourceRow, open_source
from tests.factories.workbooks import STYLES, book, packed, parts_of, relations, sheet, strings, workbook


def source(content: bytes, *, sheet: str | None = None, **limits: int) -> Source:
    return open_source(BytesIO(content), "students.xlsx", limits=Limits(**limits), sheet=sheet)


def read(content: bytes, **limits: int) -> list[tuple[int, list[str]]]:
    return [(row.line, row.cells) for row in source(content, **limits).rows()]


def refusal(content: bytes, **limits: int) -> str:
    with pytest.raises(FileRefused) as refused:
        read(content, **limits)
    return refused.value.sentence


def cell(content: str) -> str:
    """The text of one cell, given by its XML."""
    ((_line, cells),) = read(workbook(f'<row r="1">{content}</row>'))
    return cells[0]


def test_what_openpyxl_writes() -> None:
    made = Workbook()
    page = made.active
    page.title = "People"
    page.append(["email", "name", "phone", "id", "joined", "last seen", "grade", "is here", "time", "missing"])
    page.append([])
    page.append(
        [
            "arif@example.com",
            "আরিফ & <রহমান>",
            8801712345678,
            "007",
            date(2026, 11, 22),
            datetime(2026, 11, 22, 10, 30, 5),
            8.5,
            True,
            time(9, 5),
            None,
        ]
    )
    page["J3"] = "#N/A"
    page["J3"].data_type = "e"
    file = BytesIO()
    made.save(file)
    found = source(file.getvalue())
    assert (found.format, found.sheets, found.sheet) == ("xlsx", ("People",), "People")
    assert list(found.rows())[1] == SourceRow(
        3,
        [
            *("arif@example.com", "আরিফ & <রহমান>", "8801712345678", "007", "2026-11-22", "2026-11-22 10:30:05"),
            *("8.5", "TRUE", "09:05:00", "#N/A"),
        ],
    )


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('<c r="A1" t="s"><v>0</v></c>', "email"),
        ('<c r="A1" t="inlineStr"><is><t>a</t></is></c>', "a"),
        ('<c r="A1" t="inlineStr"><is><r><t>a</t></r><r><t xml:space="preserve"> b</t></r></is></c>', "a b"),
        ('<c r="A1" t="str"><f>B1&amp;"x"</f><v>made</v></c>', "made"),
        ('<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
        ('<c r="A1" t="b"><v>0</v></c>', "FALSE"),
        ('<c r="A1" t="d"><v>2026-11-22T00:00:00</v></c>', "2026-11-22T00:00:00"),
        ('<c r="A1"><v>5</v></c>', "5"),
        ('<c r="A1"><v>5.0</v></c>', "5"),
        ('<c r="A1"><v>-5.50</v></c>', "-5.5"),
        ('<c r="A1"><v>0.30000000000000004</v></c>', "0.3"),
        ('<c r="A1"><v>8.801712345678E12</v></c>', "8801712345678"),
        ('<c r="A1"><v>1E-3</v></c>', "0.001"),
        ('<c r="A1"><v>8801712345678</v></c>', "8801712345678"),
        ('<c r="A1" s="3"><v>1712345678</v></c>', "01712345678"),
        ('<c r="A1" s="1"><v>46348</v></c>', "2026-11-22"),
        ('<c r="A1" s="4"><v>46348</v></c>', "2026-11-22"),
        ('<c r="A1" s="2"><v>46348.4375</v></c>', "2026-11-22 10:30:00"),
        ('<c r="A1" s="2"><v>46348.999999999</v></c>', "2026-11-23 00:00:00"),
        ('<c r="A1" s="6"><v>0.4375</v></c>', "10:30:00"),
        ('<c r="A1" s="1"><v>1</v></c>', "1900-01-01"),
        ('<c r="A1" s="1"><v>59</v></c>', "1900-02-28"),
        ('<c r="A1" s="1"><v>61</v></c>', "1900-03-01"),
        ('<c r="A1" s="1"><v>-5</v></c>', "-5"),
        ('<c r="A1" s="5"><v>2.5</v></c>', "2.5"),
        ('<c r="A1" s="99"><v>2.5</v></c>', "2.5"),
        ('<c r="A1" t="inlineStr"><is><t>a_x000D_b_x0041_</t></is></c>', "a\rbA"),
        ('<c r="A1" t="inlineStr"><is><t>a_x0000_b_xD800_</t></is></c>', "ab"),
        ("<c><v>7</v></c>", "7"),
    ],
)
def test_the_text_of_a_cell(content: str, text: str) -> None:
    assert cell(content) == text


def test_dates_since_1904() -> None:
    content = workbook(
        '<row r="1"><c r="A1" s="1"><v>44886</v></c></row>', workbook=book(properties='<workbookPr date1904="1"/>')
    )
    assert read(content) == [(1, ["2026-11-22"])]


def test_shared_texts_without_their_pronunciation() -> None:
    content = workbook(
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>',
        strings=strings("<si><r><t>東</t></r><r><t>京</t></r><rPh><t>トウ</t></rPh></si><si><t>b</t></si>"),
    )
    assert read(content) == [(1, ["東京", "b"])]


def test_cells_stand_where_they_say() -> None:
    rows = (
        '<row r="2"><c r="B2"><v>1</v></c><c r="D2"><v>2</v></c><c r="F2" s="1"/></row><row r="3"><c r="A3" s="1"/></row>'
        '<row r="9"><c r="A9"><v>3</v></c></row><row><c><v>4</v></c><c><v>5</v></c></row>'
    )
    assert read(workbook(rows)) == [(2, ["", "1", "", "2"]), (9, ["3"]), (10, ["4", "5"])]


def test_a_prefix_before_all_names_is_read() -> None:
    rows = '<x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c></x:row>'
    content = '<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData>'
    assert read(workbook(sheet=f"{content}{rows}</x:sheetData></x:worksheet>")) == [(1, ["a"])]


def test_a_workbook_without_texts_styles_or_relations() -> None:
    parts = parts_of("<row><c><v>1</v></c></row>", links=relations({"rId1": "/xl/worksheets/sheet1.xml"}))
    for path in ("xl/sharedStrings.xml", "xl/styles.xml", "_rels/.rels"):
        del parts[path]
    assert read(packed(parts)) == [(1, ["1"])]


def test_sheets_are_chosen_by_name_and_hidden_ones_left_out() -> None:
    parts = parts_of(
        workbook=book(
            [
                'name="Hidden" sheetId="1" state="hidden" r:id="rId1"',
                'name="One" sheetId="2" r:id="rId2"',
                'name="Two &amp; more" sheetId="3" r:id="rId3"',
                'name="Chart" sheetId="4" r:id="rId9"',
            ]
        ),
        links=relations({f"rId{n}": f"worksheets/sheet{n}.xml" for n in (1, 2, 3)}),
    )
    for number in (1, 2, 3):
        parts[f"xl/worksheets/sheet{number}.xml"] = sheet(f"<row><c><v>{number}</v></c></row>")
    content = packed(parts)
    assert source(content).sheets == ("One", "Two & more")
    assert read(content) == [(1, ["2"])]
    assert list(source(content, sheet="Two & more").rows()) == [SourceRow(1, ["3"])]
    with pytest.raises(FileRefused, match=r"no sheet “Hidden”\. Choose one of: One, Two & more"):
        source(content, sheet="Hidden")


def test_rows_can_be_read_twice_and_side_by_side() -> None:
    found = source(workbook('<row><c><v>1</v></c></row><row><c t="s"><v>0</v></c></row>'))
    first, second = found.rows(), found.rows()
    assert next(first) == next(second) == SourceRow(1, ["1"])
    assert list(first) == list(second) == [SourceRow(2, ["email"])]


def test_macros_and_links_to_other_files_are_not_opened() -> None:
    parts = parts_of("<row><c><v>1</v></c></row>")
    parts["xl/_rels/workbook.xml.rels"] = str(parts["xl/_rels/workbook.xml.rels"]).replace(
        "</Relationships>",
        '<Relationship Id="rId8" Type="x/sharedStrings" TargetMode="External" Target="file:///etc/passwd"/></Relationships>',
    )
    parts |= {"xl/vbaProject.bin": b"\x00macro", "xl/externalLinks/externalLink1.xml": "<not xml"}
    assert read(packed(parts)) == [(1, ["1"])]


@pytest.mark.parametrize(
    ("rows", "limits", "reason"),
    [
        ("<row><c><v>1</v></c></row>" * 4, {"rows": 3}, "further than 3 rows"),
        ('<row r="1048576"><c r="A1048576"><v>1</v></c></row>', {}, "further than 200,000 rows"),
        ('<row r="1"><c r="XFD1"><v>1</v></c></row>', {}, "Line 1 has more than 200 columns"),
        ("<row><c><v>1</v></c><c><v>1</v></c></row>", {"columns": 1}, "Line 1 has more than 1 columns"),
        (f'<row r="7"><c t="inlineStr"><is><t>{"x" * 11}</t></is></c></row>', {"cell_chars": 10}, "line 7 is longer"),
    ],
)
def test_limits(rows: str, limits: dict[str, int], reason: str) -> None:
    assert reason in refusal(workbook(rows), **limits)


def test_empty_cells_far_out_are_nothing() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row><row r="1048576"><c r="A1048576" s="1"/></row>'
    content = workbook(sheet=sheet(rows, before='<dimension ref="A1:XFD1048576"/>'))
    assert read(content) == [(1, ["1"])]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (packed({"word/document.xml": "<w/>", "_rels/.rels": relations({"rId1": "word/document.xml"})}), "no Excel"),
        (packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "no Excel workbook"),
        (packed({"a.csv": "email\n"}), "no Excel workbook"),
        (
            packed(
                {
                    "_rels/.rels": relations({"rId1": "xl/workbook.bin"}, "officeDocument"),
                    "xl/workbook.bin": b"\x00",
                }
            ),
            ".xlsb",
        ),
        (workbook(workbook=book([])), "no sheet that can be seen"),
        (workbook(workbook=book(['name="A" sheetId="1" state="veryHidden" r:id="rId1"'])), "no sheet that can be seen"),
        (workbook(sheet="<worksheet><sheetData><row><c></row>"), "damaged"),
        (workbook(sheet="not xml"), "damaged"),
        (workbook('<row><c t="s"><v>5</v></c></row>'), "damaged"),
        (workbook('<row><c t="s"><v>x</v></c></row>'), "damaged"),
        (workbook('<row><c r="??1"><v>1</v></c></row>'), "damaged"),
        (workbook('<row><c r="AAAAAA1"><v>1</v></c></row>'), "damaged"),
        (workbook(styles=STYLES.replace('numFmtId="14"', 'numFmtId="x"')), "damaged"),
        (workbook(workbook="<workbook>"), "damaged"),
        (workbook("<row><c><v>1</v></c></row>")[:-30], "damaged"),
    ],
)
def test_what_is_no_sound_workbook_is_refused(content: bytes, reason: str) -> None:
    assert reason in refusal(content)


def test_a_flipped_bit_is_found_before_the_first_row() -> None:
    content = bytearray(packed(parts_of("<row><c><v>1</v></c></row>" * 500), method=zipfile.ZIP_STORED))
    content[content.find(b"<v>1</v>") + 3] ^= 1
    with pytest.raises(FileRefused, match="damaged"):
        source(bytes(content))


def test_a_member_with_a_password_is_refused() -> None:
    content = bytearray(workbook())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    assert "protected by a password" in refusal(bytes(content))


def test_two_members_of_one_name_are_refused() -> None:
    file = BytesIO(workbook())
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(file, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", sheet(""))
    assert "damaged" in refusal(file.getvalue())
