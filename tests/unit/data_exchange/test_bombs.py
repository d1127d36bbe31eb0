"""Files made to exhaust the reader: each ends within five seconds and 256 MB, measured in a process of its own."""

import json
import struct
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings

from sms.data_exchange.reading import FileRefused, Limits, open_source
from tests.factories.workbooks import packed, parts_of, sheet, strings, workbook

MB = 1024 * 1024
SECONDS, MEGABYTES = 5, 256

READ_ALL = """
import json, resource, sys, time
from django.conf import settings
settings.configure(USE_I18N=False)
from sms.data_exchange.reading import FileRefused, Limits, open_source
resource.setrlimit(resource.RLIMIT_DATA, (256 * 1024 * 1024,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
for path in sys.argv[1:]:
    began = time.process_time()
    try:
        with open(path, "rb") as file:
            end = sum(1 for _row in open_source(file, path, limits=Limits()).rows())
    except FileRefused as refused:
        end = refused.sentence
    # Not ru_maxrss, which a process inherits from the one that started it.
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    peak = int(status["VmHWM"].split()[0]) / 1024
    print(json.dumps([end, time.process_time() - began, peak]), flush=True)
"""


def zeros(megabytes: int) -> bytes:
    """A workbook whose sheet unpacks to so much white space."""
    file = BytesIO(packed({path: content for path, content in parts_of().items() if "sheet1" not in path}))
    with (
        zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as member,
    ):
        for _megabyte in range(megabytes):
            member.write(b" " * MB)
    return file.getvalue()


def that_lies_about_its_size(content: bytes, size: int) -> bytes:
    """The sheet's length, where it stands in the directory and before the member, set to `size`."""
    changed = bytearray(content)
    for mark, offset, name_offset in ((b"PK\x01\x02", 24, 46), (b"PK\x03\x04", 22, 30)):
        at = changed.find(mark)
        while at >= 0:
            if changed[at + name_offset :].startswith(b"xl/worksheets/sheet1.xml"):
                changed[at + offset : at + offset + 4] = struct.pack("<I", size)
            at = changed.find(mark, at + 4)
    return bytes(changed)


LAUGHS = '<!DOCTYPE sst [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)
FAR = '<row r="1"><c r="A1"><v>1</v></c></row>'

BOMBS = {
    "more than the limit": (lambda: zeros(250), "unpacks to far more"),
    "a ratio that no table has": (lambda: zeros(50), "unpacks to far more"),
    "a length that is a lie": (lambda: that_lies_about_its_size(zeros(50), 900), "damaged"),
    "too many members": (lambda: packed(parts_of() | {f"m{n}": "" for n in range(2_500)}), "unpacks to far more"),
    "entities": (lambda: workbook(strings=strings("<si><t>&j;</t></si>", preamble=LAUGHS + "]>")), "damaged"),
    "entities in the sheet": (lambda: workbook(sheet=LAUGHS + "]><worksheet>&j;</worksheet>"), "damaged"),
    "one endless tag": (
        lambda: packed(parts_of(sheet=f'<worksheet x="{"a" * 15 * MB}"/>'), method=zipfile.ZIP_STORED),
        "damaged",
    ),
    "one huge shared text": (
        lambda: packed(parts_of(FAR, strings=strings(f"<si><t>{'x' * 15 * MB}</t></si>")), method=zipfile.ZIP_STORED),
        1,
    ),
    "one shared text of a million parts": (
        lambda: packed(parts_of(FAR, strings=strings(f"<si>{'<t>x</t>' * 500_000}</si>"))),
        "unpacks to far more",
    ),
    "one huge text in a cell": (
        lambda: packed(
            parts_of(f'<row><c t="inlineStr"><is><t>{"x" * 15 * MB}</t></is></c></row>'), method=zipfile.ZIP_STORED
        ),
        "line 1 is longer than",
    ),
    "one cell of a million texts": (
        lambda: packed(parts_of(f'<row><c t="inlineStr"><is>{"<t>xyz</t>" * 400_000}</is></c></row>')),
        "line 1 is longer than",
    ),
    "a claim of 17 billion cells": (
        lambda: workbook(sheet=sheet(FAR, before='<dimension ref="A1:XFD1048576"/>')),
        1,
    ),
    "two cells far apart": (
        lambda: workbook(FAR + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "Line 1048576 has more than 200 columns",
    ),
    "one long text in 100,000 cells": (
        lambda: workbook(
            ("<row>" + '<c t="s"><v>0</v></c>' * 10 + "</row>") * 10_000,
            strings=strings(f"<si><t>{'x' * 9_999}</t></si>"),
        ),
        10_000,
    ),
    "a text of one huge cell": (lambda: b'email,name\n"' + b"x" * 19 * MB, "far too long"),
    "a text of one huge row": (lambda: b"," * 19 * MB + b"x", "far too long"),
    "a text of one huge row in quotes": (lambda: (b"," * 1_000 + b'"\n"') * 6_000, "far too long"),
    "a text of lines alone": (lambda: b"\n" * 19 * MB + b"x", "further than 200,000 rows"),
}


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str | int, float, float]]:
    folder = tmp_path_factory.mktemp("bombs")
    paths = []
    for number, (make, _end) in enumerate(BOMBS.values()):
        content = make()
        path = folder / f"{number}.{'xlsx' if content.startswith(b'PK') else 'csv'}"
        path.write_bytes(content)
        paths.append(path)
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL, *map(str, paths)],
        cwd=Path(settings.BASE_DIR),
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == len(BOMBS), f"{list(BOMBS)[len(lines)]}: {done.stderr[-2_000:]}"
    return dict(zip(BOMBS, map(json.loads, lines), strict=True))


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs(bomb: str, ends: dict[str, tuple[str | int, float, float]]) -> None:
    end, seconds, peak = ends[bomb]
    expected = BOMBS[bomb][1]
    assert end == expected if isinstance(expected, int) else expected in str(end)
    assert seconds < SECONDS
    assert peak < MEGABYTES


def test_many_small_texts_count_with_what_they_cost() -> None:
    items = "".join(f"<si><t>{number}</t></si>" for number in range(60_000))
    content = workbook(FAR + '<row><c t="s"><v>1</v></c></row>', strings=strings(items))
    assert len(list(open_source(BytesIO(content), "a.xlsx", limits=Limits()).rows())) == 2
    with pytest.raises(FileRefused, match="unpacks to far more"):
        list(open_source(BytesIO(content), "a.xlsx", limits=Limits(expanded_bytes=3 * MB)).rows())
