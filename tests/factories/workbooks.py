"""Workbooks made by hand, for what no spreadsheet program would write."""

import zipfile
from collections.abc import Iterable
from io import BytesIO

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
PREAMBLE = '<?xml version="1.0" encoding="UTF-8"?>\n'

STYLES = (
    f'{PREAMBLE}<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="00000000000"/>'
    '<numFmt numFmtId="165" formatCode="[$-409]d\\-mmm\\-yyyy;@"/><numFmt numFmtId="166" formatCode="0.00&quot; days&quot;"/>'
    '</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="164"/><xf numFmtId="165"/>'
    '<xf numFmtId="166"/><xf numFmtId="20"/></cellXfs></styleSheet>'
)


def book(sheets: Iterable[str] = ('name="People" sheetId="1" r:id="rId1"',), properties: str = "") -> str:
    elements = "".join(f"<sheet {sheet}/>" for sheet in sheets)
    return (
        f'{PREAMBLE}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{properties}<sheets>{elements}</sheets></workbook>'
    )


def relations(targets: dict[str, str], kind: str = "worksheet") -> str:
    elements = "".join(
        f'<Relationship Id="{key}" Type="{RELATIONS}/{_kind(target, kind)}" Target="{target}"/>'
        for key, target in targets.items()
    )
    return f'{PREAMBLE}<Relationships xmlns="{PACKAGE}">{elements}</Relationships>'


def _kind(target: str, kind: str) -> str:
    return {"sharedStrings.xml": "sharedStrings", "styles.xml": "styles", "xl/workbook.xml": "officeDocument"}.get(
        target, kind
    )


def sheet(rows: str, before: str = "") -> str:
    return f'{PREAMBLE}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData></worksheet>'


def strings(items: str, preamble: str = PREAMBLE) -> str:
    return f'{preamble}<sst xmlns="{MAIN}">{items}</sst>'


def parts_of(rows: str = "", **others: str) -> dict[str, str | bytes]:
    """The members of a workbook with one sheet; `others` replace a part by its key below."""
    parts = {
        "package": relations({"rId1": "xl/workbook.xml"}),
        "workbook": book(),
        "links": relations({"rId1": "worksheets/sheet1.xml", "rId2": "sharedStrings.xml", "rId3": "styles.xml"}),
        "sheet": sheet(rows),
        "strings": strings("<si><t>email</t></si>"),
        "styles": STYLES,
    } | others
    paths = {
        "package": "_rels/.rels",
        "workbook": "xl/workbook.xml",
        "links": "xl/_rels/workbook.xml.rels",
        "sheet": "xl/worksheets/sheet1.xml",
        "strings": "xl/sharedStrings.xml",
        "styles": "xl/styles.xml",
    }
    return {paths.get(key, key): content for key, content in parts.items()}


def packed(parts: dict[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method, compresslevel=1) as archive:
        for path, content in parts.items():
            archive.writestr(path, content)
    return file.getvalue()


def workbook(rows: str = "", **others: str) -> bytes:
    return packed(parts_of(rows, **others))
