"""Single cells: what is taken, as what, and what is rejected with which remedy."""

from zoneinfo import ZoneInfo

import pytest

from sms.accounts.choices import StudentStatus
from sms.data_exchange.cells import (
    BLANK,
    CLEAR,
    AmbiguousOrder,
    Cell,
    ChoiceCell,
    CodeCell,
    CodesCell,
    DateCell,
    EmailCell,
    GradeCell,
    IntegerCell,
    MomentCell,
    NameCell,
    PhoneCell,
    TextCell,
    TimezoneCell,
    day_month_order,
    guard_formula,
    read_cell,
    tidy,
    undo_formula_guard,
)

DHAKA = ZoneInfo("Asia/Dhaka")
ROLES = [("admin", "Admin"), ("sre", "SRE"), ("mentor", "Mentor")]
STATUS = ChoiceCell(StudentStatus.choices, {"enrolled": "active", "dropped out": "left"})
CELLS = [
    TextCell(),
    NameCell(),
    CodeCell(),
    EmailCell(),
    PhoneCell("BD"),
    STATUS,
    CodesCell(),
    IntegerCell(),
    GradeCell(),
    TimezoneCell(),
    DateCell(),
    MomentCell(DHAKA),
]
by_name = pytest.mark.parametrize("cell", CELLS, ids=lambda cell: type(cell).__name__)


def rejection(cell: Cell, text: str) -> str:
    with pytest.raises(ValueError, match=r"(?s)“.*”") as rejected:  # every sentence names what it rejects
        cell.clean(text)
    return str(rejected.value)


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        (" a b \t\r\n", "a b"),
        ("\u00a0a\u00a0b\u2003", "a\u00a0b"),
        ("\ufeff\u200ba\u2060\u200d", "a"),
        ("\u200cক্\u200dষ\u200d", "ক্\u200dষ"),
        ("র‌্যাব", "র‌্যাব"),
        ("Jose\u0301", "José"),
        ("\u09c7\u09be", "\u09cb"),
        ("a\x00b\x1fc\ud800", "abc"),
        ("a\nb", "a\nb"),
        (" \u200b ", ""),
    ],
)
def test_edges(text: str, tidied: str) -> None:
    assert tidy(text) == tidied


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        ("=1+1", "'=1+1"),
        ("+880", "'+880"),
        ("-x", "'-x"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("'=1", "''=1"),
        ("''@x", "'''@x"),
        ("<clear>", "'<clear>"),
        ("<Clear>", "'<Clear>"),
        ("#N/A", "'#N/A"),
        ("'til", "'til"),
        ("'", "'"),
        ("#1", "#1"),
        ("x=1", "x=1"),
        ("", ""),
    ],
)
def test_guard_against_formulas(text: str, guarded: str) -> None:
    assert (guard_formula(text), undo_formula_guard(guarded)) == (guarded, text)


@by_name
@pytest.mark.parametrize("text", ["#N/A", "#REF!", "#VALUE!", "#name?", " #DIV/0! ", "#NULL!", "#NUM!", "########"])
def test_errors_of_formulas_are_rejected_everywhere(cell: Cell, text: str) -> None:
    assert "is the error of a formula" in rejection(cell, text)


@by_name
def test_blank_and_clear_come_before_cleaning(cell: Cell) -> None:
    assert [read_cell(cell, text) for text in ("", None, " \u200b\u00a0", "<clear>", " <CLEAR> ")] == [
        *(BLANK, BLANK, BLANK),
        *(CLEAR, CLEAR),
    ]
    assert (cell.clean(""), cell.clean(None), cell.render(None)) == (None, None, "")


def test_a_text_that_says_clear_survives_an_export() -> None:
    cell = TextCell()
    assert read_cell(cell, cell.render("<clear>")) == "<clear>"


@pytest.mark.parametrize(
    ("cell", "text", "value"),
    [
        (TextCell(), " =SUM(A1) ", "=SUM(A1)"),
        (TextCell(), "'=SUM(A1)", "=SUM(A1)"),
        (TextCell(), "'til noon", "'til noon"),
        (TextCell(), "0042", "0042"),
        (TextCell(), 'say "x"\r\ny\rz', 'say "x"\ny\nz'),
        (NameCell(), "  Arif \u00a0  Rahman\n", "Arif Rahman"),
        (NameCell(), "আরিফ  রহমান", "আরিফ রহমান"),
        (NameCell(), "ক্\u200dষ", "ক্\u200dষ"),
        (NameCell(), "O'Brien, Md. =x", "O'Brien, Md. =x"),
        (CodeCell(), " batch-12_B ", "batch-12_B"),
        (EmailCell(), " Arif@Example.COM ", "arif@example.com"),
        (EmailCell(), "Arif Rahman <Arif@Example.com>", "arif@example.com"),
        (EmailCell(), '"Rahman, A" <arif@example.com>', "arif@example.com"),
        (EmailCell(), "mailto:arif@example.com", "arif@example.com"),
        (EmailCell(), "arif@example.com,", "arif@example.com"),
        (EmailCell(), "'arif@example.com'", "arif@example.com"),
        (EmailCell(), "o'brien+x@example.co.uk", "o'brien+x@example.co.uk"),
        (STATUS, "active", "active"),
        (STATUS, " ACTIVE ", "active"),
        (STATUS, "Waiting for  approval", "waiting"),
        (STATUS, "dropped-out", "left"),
        (CodesCell(), "mentor; sre", ["mentor", "sre"]),
        (CodesCell(), "mentor|mentor,", ["mentor"]),
        (IntegerCell(), "5", 5),
        (IntegerCell(), "-5.00", -5),
        (IntegerCell(), "12,345", 12345),
        (IntegerCell(), "৪২", 42),
        (GradeCell(), "8.50", "8.5"),
        (GradeCell(), "8,5", "8.5"),
        (GradeCell(), "০৮.৫০", "8.5"),
        (GradeCell(), "100", "100"),
        (GradeCell(), "0.0", "0"),
        (TimezoneCell(), "asia/dhaka", "Asia/Dhaka"),
        (TimezoneCell(), "America/New York", "America/New_York"),
    ],
)
def test_values(cell: Cell, text: str, value: object) -> None:
    assert cell.clean(text) == value
    assert cell.clean(cell.render(value)) == value


@pytest.mark.parametrize(
    ("cell", "text", "reason"),
    [
        (TextCell(5), "123456", "longer than 5 characters"),
        (NameCell(), "????? ??", "lost its letters"),
        (NameCell(), "\ufffd\ufffd", "lost its letters"),
        (NameCell(), "--- 12", "is no name"),
        (NameCell(), "a" * 201, "longer than 200 characters"),
        (CodeCell(), "batch 12", "is no code"),
        (CodeCell(), "ব্যাচ", "is no code"),
        (CodeCell(), "a" * 41, "longer than 40 characters"),
        (EmailCell(), "arif", "is no e-mail address"),
        (EmailCell(), "arif@example", "is no e-mail address"),
        (EmailCell(), "arif..r@example.com", "is no e-mail address"),
        (EmailCell(), "arif r@example.com", "is no e-mail address"),
        (EmailCell(), "a@b.co, c@d.co", "more than one address"),
        (EmailCell(), "a@b.co\nc@d.co", "more than one address"),
        (EmailCell(), "A <a@b.co>; C <c@d.co>", "more than one address"),
        (EmailCell(), f"{'a' * 250}@example.com", "characters"),
        (STATUS, "gone", "Write one of: waiting, active, declined, left."),
        (CodesCell(), "mentor, a king", "“a king” is no code."),
        (CodesCell(), ",;", "names no code"),
        (IntegerCell(), "five", "is no whole number"),
        (IntegerCell(), "5.5", "is no whole number"),
        (IntegerCell(), "1,00", "is no whole number"),
        (IntegerCell(), "9" * 30, "is no whole number"),
        (IntegerCell(1, 9), "0", "The least is 1."),
        (IntegerCell(1, 9), "10", "The most is 9."),
        (GradeCell(), "A+", "is no grade"),
        (GradeCell(), "85%", "is no grade"),
        (GradeCell(), "8/10", "is no grade"),
        (GradeCell(), "1,000", "is no grade"),
        (GradeCell(), "8.125", "more than 2 decimals"),
        (GradeCell(), "-1", "The least is 0."),
        (GradeCell(most=10), "10.5", "The most is 10."),
        (TimezoneCell(), "GMT+6 or so", "Choose one like Asia/Dhaka."),
    ],
)
def test_rejections(cell: Cell, text: str, reason: str) -> None:
    assert reason in rejection(cell, text)


@pytest.mark.parametrize(
    ("cell", "value", "meant"),
    [
        (EmailCell(), "arif@gmail.con", "arif@gmail.com"),
        (EmailCell(), "arif@gamil.com", "arif@gmail.com"),
        (EmailCell(), "arif@gmial.com", "arif@gmail.com"),
        (EmailCell(), "arif@gmail.co", "arif@gmail.com"),
        (EmailCell(), "arif@gmaill.com", "arif@gmail.com"),
        (EmailCell(), "arif@gmai.con", "arif@gmail.com"),
        (EmailCell(), "arif@hotmial.com", "arif@hotmail.com"),
        (EmailCell(), "arif@yaho.com", "arif@yahoo.com"),
        (EmailCell(), "arif@school.cmo", "arif@school.com"),
        (NameCell(), "JosÃ©", "José"),
        (NameCell(), "à¦†à¦°à¦¿à¦«", "আরিফ"),
    ],
)
def test_what_looks_wrong_is_suggested_and_never_mended(cell: Cell, value: str, meant: str) -> None:
    assert cell.clean(value) == value
    assert f"Is it “{meant}”?" in cell.warning(value)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (EmailCell(), "arif@gmail.com"),
        (EmailCell(), "arif@mail.com"),
        (EmailCell(), "arif@ymail.com"),
        (EmailCell(), "arif@example.com"),
        (EmailCell(), "arif@yahoo.co.uk"),
        (NameCell(), "José Ångström"),
        (NameCell(), "আরিফ রহমান"),
        (NameCell(), "Arif Rahman"),
        (PhoneCell("BD"), "+8801712345678"),
    ],
)
def test_what_looks_right_is_left_in_peace(cell: Cell, value: str) -> None:
    assert cell.warning(value) == ""


def test_a_name_with_lost_letters_is_warned_of() -> None:
    assert "may have lost letters" in NameCell().warning("Ar?f Rahman")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-31", "2026-12-31"),
        ("2026/12/31", "2026-12-31"),
        ("20261231", "2026-12-31"),
        ("2026-12-31 00:00:00", "2026-12-31"),
        ("2026-12-31T23:59:59+06:00", "2026-12-31"),
        ("45000", "2023-03-15"),
        ("45000.0", "2023-03-15"),
        ("31/12/2026", "2026-12-31"),
        ("12/31/2026", "2026-12-31"),
        ("12/31/2026 10:30 PM", "2026-12-31"),
        ("31.12.26", "2026-12-31"),
        ("31-12-1999", "1999-12-31"),
        ("31-12-99", "1999-12-31"),
        ("5/5/2026", "2026-05-05"),
        ("31-Dec-2026", "2026-12-31"),
        ("31 December, 2026", "2026-12-31"),
        ("1st Sept 2026", "2026-09-01"),
        ("Dec 31, 2026", "2026-12-31"),
        ("Sunday, November 22, 2026", "2026-11-22"),
        ("Sun 22 Nov 2026", "2026-11-22"),
        ("২২/১১/২০২৬", "2026-11-22"),
        ("২২ নভেম্বর ২০২৬", "2026-11-22"),
        ("৭ ফেব্রুয়ারি, ২০২৬", "2026-02-07"),
    ],
)
def test_days(text: str, day: str) -> None:
    assert DateCell().clean(text) == day


@pytest.mark.parametrize(
    "text", ["31/02/2026", "32/01/2026", "0026-12-31", "2026-13-01", "12", "123456", "31 Foo 2026", "soon", "31/12"]
)
def test_what_is_no_day(text: str) -> None:
    assert rejection(DateCell(), text) == f"“{text}” is no date. Write it as 2026-12-31."


def test_the_order_of_day_and_month_is_asked_for() -> None:
    with pytest.raises(AmbiguousOrder, match="Choose the order for the column"):
        DateCell().clean("03/04/2026")
    assert DateCell("dmy").clean("03/04/2026") == "2026-04-03"
    assert DateCell("mdy").clean("03/04/2026") == "2026-03-04"


@pytest.mark.parametrize(("order", "text"), [("dmy", "12/31/2026"), ("mdy", "31/12/2026")])
def test_a_day_against_the_order_of_its_column_is_rejected(order: str, text: str) -> None:
    assert "is no date" in rejection(DateCell(order), text)


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["03/04/2026", "31/12/2026"], "dmy"),
        (["03/04/2026", "12-31-2026 10:00"], "mdy"),
        (["03/04/2026", "04/03/2026"], "ambiguous"),
        (["31/12/2026", "12/31/2026"], "ambiguous"),
        (["05/05/2026"], "none"),
        (["2026-12-31", "45000", "31 Dec 2026", "", "x"], "none"),
        (["'৩১/১২/২০২৬"], "dmy"),
        ([], "none"),
    ],
)
def test_the_order_that_a_column_tells(texts: list[str], order: str) -> None:
    assert day_month_order(texts) == order


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22 10:00", "2026-11-22T04:00:00+00:00"),
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00+00:00"),
        ("2026-11-22 10:00:00.123456+06:00", "2026-11-22T04:00:00.123456+00:00"),
        ("2026-11-22", "2026-11-21T18:00:00+00:00"),
        ("45000.5", "2023-03-15T06:00:00+00:00"),
        ("22/11/2026 10:00 PM", "2026-11-22T16:00:00+00:00"),
        ("22/11/2026 12:05 am", "2026-11-21T18:05:00+00:00"),
        ("11/22/2026 10:00:00", "2026-11-22T04:00:00+00:00"),
        ("Nov 22, 2026 10 pm", "2026-11-22T16:00:00+00:00"),
        ("22 Nov 2026, 9:30 a.m.", "2026-11-22T03:30:00+00:00"),
        ("2026-11-22 10:00 AM +0600", "2026-11-22T04:00:00+00:00"),
        ("2026/11/22 9:30:00 PM GMT", "2026-11-22T21:30:00+00:00"),
    ],
)
def test_moments(text: str, moment: str) -> None:
    cell = MomentCell(DHAKA)
    assert cell.clean(text) == moment
    assert cell.clean(cell.render(moment)) == moment


def test_a_moment_is_shown_in_its_zone() -> None:
    assert MomentCell(DHAKA).render("2026-11-22T04:00:00+00:00") == "2026-11-22 10:00:00+06:00"


@pytest.mark.parametrize("text", ["22/11/2026 25:00", "2026-11-22 13:00 PM", "0001-01-01", "10:00", "tomorrow 10:00"])
def test_what_is_no_moment(text: str) -> None:
    assert "is no date" in rejection(MomentCell(DHAKA), text)
