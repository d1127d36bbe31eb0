"""What comes out of a paste: every line is accounted for, whatever it holds."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms.assignments.pasting import Pasted, parse

DHAKA = ZoneInfo("Asia/Dhaka")


def read(text: str) -> Pasted:
    return parse(text, DHAKA)


def people(text: str) -> list[tuple[str, str]]:
    """(name, address or number) of each entry."""
    return [(entry.name, entry.address or entry.student_number) for entry in read(text).entries]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("arif@example.com", [("", "arif@example.com")]),
        ("  ARIF@Example.COM.  ", [("", "arif@example.com")]),
        ("Arif Rahman <arif@example.com>", [("Arif Rahman", "arif@example.com")]),
        ('"Rahman, Arif" <arif@example.com>', [("Rahman", "arif@example.com")]),
        ("arif@example.com (Arif Rahman)", [("Arif Rahman", "arif@example.com")]),
        ("1. Arif Rahman — arif@example.com", [("Arif Rahman", "arif@example.com")]),
        ("MAILTO:arif@example.com?subject=Day%2012", [("", "arif@example.com")]),
        ("[Arif](mailto:arif@example.com)", [("Arif", "arif@example.com")]),
        ("a@x.org, b@x.org; Nila Akter <c@x.org>", [("", "a@x.org"), ("", "b@x.org"), ("Nila Akter", "c@x.org")]),
        ("\ufeffarif\u200b@example.com\u00a0", [("", "arif@example.com")]),
        ("arif＠example.com", [("", "arif@example.com")]),
        ("খাদিজা বেগম <khadija@example.com>", [("খাদিজা বেগম", "khadija@example.com")]),
        ("শিক্ষা\u200cর্থী <x@example.com>", [("শিক্ষা\u200cর্থী", "x@example.com")]),
        ("WEB-1001\nweb-1002, 1003", [("", "WEB-1001"), ("", "web-1002"), ("", "1003")]),
        ("WEB-1001\tArif Rahman", [("Arif Rahman", "WEB-1001")]),
        ("3\tArif Rahman\tarif@example.com\t2026-11-22 10:00", [("Arif Rahman", "arif@example.com")]),
        ("Only a name\n@\n,,,", [("Only a name", ""), ("", ""), ("", "")]),
        ("a@x.org\r\n\r\n\nb@x.org\x00\x0b", [("", "a@x.org"), ("", "b@x.org")]),
    ],
)
def test_lines_without_headings(text: str, expected: list) -> None:
    assert people(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Email,Name\narif@example.com,Arif Rahman\nnila@example.com,Nila Akter",
        "Full name;E-Mail Address\nArif Rahman;ARIF@example.com\n\nNila Akter;nila@example.com",
        "\ufeffRoll\tFirst name\tLast name\temail\n1\tArif\tRahman\tarif@example.com\n2\tNila\tAkter\tnila@example.com",
        'Report of day 12\n"Name","Email"\n"Arif Rahman","Arif <arif@example.com>"\n"Nila ""N"" Akter",nila@example.com',
        'name,email\n"Arif\nRahman",arif@example.com\nNila Akter,nila@example.com',
    ],
)
def test_a_sheet_is_known_by_its_headings(text: str) -> None:
    pasted = read(text)
    found = [(entry.name.replace(' "N"', ""), entry.address) for entry in pasted.entries if entry.line > pasted.heading]
    assert found == [("Arif Rahman", "arif@example.com"), ("Nila Akter", "nila@example.com")]


def test_rows_that_are_shifted_or_say_nothing_are_kept() -> None:
    assert people("Name,Email\narif@example.com,Arif\nNila,\n\ttotal: 2") == [
        ("arif@example.com", "arif@example.com"),
        ("Nila", ""),
        ("total: 2", ""),
    ]
    assert people("Student ID,Name\nWEB-7,Arif") == [("Arif", "WEB-7")]


def test_a_stray_quote_swallows_nobody() -> None:
    assert [address for _name, address in people('"broken, a@x.org\nb@x.org\nc@x.org "\nd@x.org')] == [
        "a@x.org",
        "b@x.org",
        "c@x.org",
        "d@x.org",
    ]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (["2026-11-22 10:00", "2026-11-22T04:00:00Z"], [(22, 4, 0), (22, 4, 0)]),
        (["22/11/2026 9:05 PM", "03/11/2026 00:00"], [(22, 15, 5), (2, 18, 0)]),
        (["11/22/2026 10:00:30", "11/03/2026 10:00"], [(22, 4, 0), (3, 4, 0)]),
        (["Sunday, 22 November 2026, 10:15 AM", "22 Nov 2026"], [(22, 4, 15), (21, 18, 0)]),
        (["31/02/2026 10:00", "yesterday"], [None, None]),
    ],
)
def test_times(times: list[str], expected: list) -> None:
    pasted = read("Submitted at\tEmail\n" + "\n".join(f"{time}\tx{n}@example.com" for n, time in enumerate(times)))
    moments = [entry.submitted_at and entry.submitted_at.astimezone(UTC) for entry in pasted.entries]
    assert [moment and (moment.day, moment.hour, moment.minute) for moment in moments] == expected
    assert not pasted.unclear_times


def test_times_that_read_in_two_ways_are_not_guessed() -> None:
    pasted = read("Timestamp,Email\n03/11/2026 10:00,a@x.org\n2026-11-22 10:00,b@x.org")
    assert pasted.unclear_times
    assert [entry.submitted_at for entry in pasted.entries] == [None, None]


def test_megabytes_without_a_space_cost_no_more_than_others() -> None:
    begun = datetime.now(UTC)
    for text in ("a" * 200_000, "1-" * 100_000, '"' * 200_000, "@" * 200_000, "a@" * 50_000):
        parse(text, DHAKA)
    assert (datetime.now(UTC) - begun).total_seconds() < 20


PIECES = st.sampled_from(
    ["a@x.org", "Name", "Email", "<", ">", '"', "'", ",", ";", "\t", "\n", "\r\n", " ", "@", "mailto:", "\ufeff", "12/11/2026 10:00",
     "2026-11-22", "WEB-1", "Student ID", "submitted at", "।", "\u200d", "\x00", "|", "1.", "9999-12-31 23:59", "0001-01-01"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join)))
def test_every_line_is_accounted_for(text: str) -> None:
    pasted = read(text)
    covered = {line for entry in pasted.entries for line in range(entry.line, entry.last_line + 1)}
    covered |= {pasted.heading} - {None}
    cleaned = text.translate({code: " " for code in range(32) if chr(code) not in "\t\n\r"})
    invisible = "\ufeff\u200b\u2060\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    lines = cleaned.translate(dict.fromkeys(map(ord, invisible))).splitlines()
    assert {number for number, line in enumerate(lines, 1) if line.strip()} <= covered
    assert all(entry.line <= entry.last_line for entry in pasted.entries)
    assert all(entry.address.count("@") in (0, 1) for entry in pasted.entries)
