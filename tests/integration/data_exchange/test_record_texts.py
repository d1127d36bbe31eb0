"""Whatever people have typed, an export of it reads back as no change."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sms.assignments.actions import create_assignments, record_submissions
from sms.attendance.models import DailyRecord
from sms.outreach.actions import import_calls
from tests.conftest import ORDINARY_MORNING, rolled_back
from tests.integration.data_exchange.helpers import counts, planned
from tests.integration.data_exchange.test_records import exported

KINDS = ("assignments", "attendance", "submissions", "calls")
AWKWARD = [
    "",
    "007",
    "=1+1",
    "-5",
    "@here",
    "'",
    "''=x",
    "<clear>",
    "#N/A",
    '"“”"',
    "a,b;c\td",
    "\r\nনিলা\u200d\r",
    "a\rb",
    "\u200b",
    "ক‍্ষ",
]
# No surrogates, which no database stores, and no NUL.
letters = st.characters(blacklist_categories=("Cs",), blacklist_characters="\0")
texts = st.one_of(st.sampled_from(AWKWARD), st.text(letters, max_size=20))
moments = st.datetimes(min_value=(ORDINARY_MORNING - timedelta(days=900)).replace(tzinfo=None), max_value=ORDINARY_MORNING.replace(tzinfo=None)).map(lambda at: at.replace(tzinfo=ORDINARY_MORNING.tzinfo))  # fmt: skip
grades = st.one_of(st.none(), st.decimals(min_value=0, max_value=100, places=2))
rows = st.lists(st.tuples(texts, moments, grades), min_size=1, max_size=6)


@pytest.mark.usefixtures("ordinary_morning")
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows)
@example([(text, ORDINARY_MORNING, None) for text in AWKWARD])
def test_an_export_brings_no_change(cast: SimpleNamespace, typed: list[tuple]) -> None:
    with rolled_back():
        fill(cast, typed)
        told = {kind: counts(planned(kind, exported(kind, cast.admin), actor=cast.admin)) for kind in KINDS}
    assert told == {kind: {"unchanged": len(typed)} for kind in KINDS}


def fill(cast: SimpleNamespace, typed: list[tuple[str, object, Decimal | None]]) -> None:
    """An assignment, a submission for it, a day and a call of each."""
    fields = [
        {"code": f"a{n}", "day": 1, "title": text, "opens_at": at, "due_at": at + timedelta(days=1), "max_points": n}
        for n, (text, at, _grade) in enumerate(typed)
    ]
    work = create_assignments(actor=None, rows=[{"mission": cast.mission, **each} for each in fields])
    record_submissions(
        actor=None,
        rows=[(cast.enrolled.pk, each.pk, at, grade) for each, (_text, at, grade) in zip(work, typed, strict=True)],
    )
    for n, (text, _at, _grade) in enumerate(typed):
        DailyRecord.objects.create(
            mission_enrollment=cast.enrolled, on=date(2026, 11, 22) - timedelta(days=n), status="absent", reason=text
        )
    calls = [(cast.enrolled.pk, cast.sre.pk, at, "picked", text) for text, at, _grade in typed]
    import_calls(actor=None, rows=calls)
