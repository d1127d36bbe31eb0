"""Rules hold from a day on; their change is rehearsed, and what was shown is what happens."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.db import IntegrityError, transaction

from sms.core.problems import Refused
from sms.points import actions, queries
from sms.points.actions import RulesChanged
from sms.points.models import LedgerEntry, PointsRule
from sms.points.rates import Proposal
from sms.points.rehearsal import Bar, Rehearsal, rehearse
from sms.programme.models import MissionEnrollment
from tests.conftest import build_cast
from tests.factories import MissionEnrollmentFactory, attended

SUNDAY = date(2026, 11, 22)
FRIDAY = SUNDAY - timedelta(days=2)
PRESENT, LATE = "attendance.present", "attendance.late"
pytestmark = pytest.mark.usefixtures("ordinary_morning")


@pytest.fixture
def booked(cast: SimpleNamespace) -> SimpleNamespace:
    """One student with days before and after Friday, one late, one with nothing."""
    attended(cast.enrolled, "PPPP", SUNDAY)
    attended(cast.enrolled2, "LLL", SUNDAY)
    MissionEnrollmentFactory(mission=cast.mission)
    recalculate()
    return cast


def recalculate() -> int:
    return actions.recalculate(MissionEnrollment.objects.all())


def ledger(mission: object) -> dict[int, int]:
    students = queries.with_points(mission.mission_enrollments.all())
    return dict(students.values_list("pk", "points"))


def change(cast: SimpleNamespace, proposal: Proposal, shown: str | None = None) -> Rehearsal:
    return actions.change_rules(actor=cast.manager, mission=cast.mission, proposal=proposal, shown=shown)


def test_the_rule_of_the_day_holds(booked: SimpleNamespace) -> None:
    change(booked, Proposal({PRESENT: 20}, FRIDAY))
    assert queries.points_of(booked.enrolled) == 10 + 3 * 20
    change(booked, Proposal({PRESENT: 1}, SUNDAY))
    assert queries.points_of(booked.enrolled) == 10 + 2 * 20 + 1
    change(booked, Proposal({PRESENT: 7}))  # from the beginning, up to Friday
    assert queries.points_of(booked.enrolled) == 7 + 2 * 20 + 1
    change(booked, Proposal({PRESENT: 3}, FRIDAY, replaces_later=True))
    assert queries.points_of(booked.enrolled) == 7 + 3 * 3
    assert recalculate() == 0
    assert queries.rules_of(booked.mission) == queries.rules_of(booked.mission) | {PRESENT: 3, LATE: 5}
    assert queries.rules_of(booked.mission, FRIDAY - timedelta(days=1))[PRESENT] == 7


def test_an_entry_names_the_rule_and_who_set_it(booked: SimpleNamespace) -> None:
    change(booked, Proposal({PRESENT: 20}, SUNDAY))
    first = PointsRule.objects.get()
    change(booked, Proposal({PRESENT: 30}, SUNDAY))
    first.refresh_from_db()
    second = PointsRule.objects.get(superseded_at=None)
    assert (first.points, first.superseded_at is None, second.points) == (20, False, 30)
    entries = booked.enrolled.ledger_entries.filter(reference=SUNDAY).order_by("pk")
    assert list(entries.values_list("points", "cause", "rule", "actor")) == [
        (10, "recorded", None, None),
        (10, "rule_changed", first.pk, booked.manager.pk),
        (10, "rule_changed", second.pk, booked.manager.pk),
    ]


def test_a_correction_under_the_same_rule_is_no_change_of_rules(booked: SimpleNamespace) -> None:
    change(booked, Proposal({PRESENT: 20}))
    day = booked.enrolled.daily_records.get(on=SUNDAY)
    for status in ("absent", "present"):
        day.status = status
        day.save()
        recalculate()
    causes = booked.enrolled.ledger_entries.filter(reference=SUNDAY).order_by("pk").values_list("points", "cause")
    assert list(causes) == [(10, "recorded"), (10, "rule_changed"), (-20, "removed"), (20, "corrected")]


@pytest.mark.parametrize(
    "proposal",
    [
        Proposal({PRESENT: 12, LATE: 0}),
        Proposal({PRESENT: -3}, FRIDAY),
        Proposal({PRESENT: 4, LATE: 9}, FRIDAY, replaces_later=True),
    ],
)
def test_what_it_showed_is_what_happens(booked: SimpleNamespace, proposal: Proposal) -> None:
    change(booked, Proposal({PRESENT: 15}, SUNDAY))  # begins later than what is proposed
    before, entries = ledger(booked.mission), LedgerEntry.objects.count()
    shown = rehearse(booked.mission, proposal)
    assert (ledger(booked.mission), LedgerEntry.objects.count()) == (before, entries)
    assert {student: points for student, points, _after in shown.rows} == before
    change(booked, proposal, shown.fingerprint)
    assert {student: points for student, _before, points in shown.rows} == ledger(booked.mission)
    assert (shown.gaining + shown.losing + shown.staying, recalculate()) == (3, 0)


def test_what_changed_in_between_stops_it(booked: SimpleNamespace) -> None:
    proposal = Proposal({PRESENT: 12})
    shown = rehearse(booked.mission, proposal).fingerprint
    attended(booked.enrolled2, "P", SUNDAY - timedelta(days=5))  # seen by nobody, and by no recalculation yet
    before = ledger(booked.mission)
    with pytest.raises(RulesChanged):
        change(booked, proposal, shown)
    assert (ledger(booked.mission), PointsRule.objects.count()) == (before, 0)
    with pytest.raises(RulesChanged):
        change(booked, Proposal({PRESENT: 12}, FRIDAY), rehearse(booked.mission, proposal).fingerprint)
    assert not PointsRule.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_managers_at_once(at_once: Callable, ordinary_morning: datetime) -> None:
    """Each was shown the same points before: only one of the changes is what was shown."""
    cast = build_cast()
    attended(cast.enrolled, "PPPP", SUNDAY)
    recalculate()
    proposals = [Proposal({PRESENT: points}) for points in (20, 30, 40)]
    shown = [rehearse(cast.mission, proposal).fingerprint for proposal in proposals]

    def apply(place: int) -> str:
        try:
            change(cast, proposals[place], shown[place])
        except Refused:
            return "refused"
        return "done"

    assert sorted(at_once(apply, range(3))) == ["done", "refused", "refused"]
    rule = PointsRule.objects.get()
    assert queries.points_of(cast.enrolled) == 4 * rule.points


def test_one_rule_for_a_kind_and_day(cast: SimpleNamespace) -> None:
    for day in (None, FRIDAY):
        fields = {"mission": cast.mission, "kind": PRESENT, "points": 1, "effective_from": day}
        PointsRule.objects.create(**fields, set_at=datetime(2026, 1, 1, tzinfo=cast.batch.zone))
        with pytest.raises(IntegrityError), transaction.atomic():
            PointsRule.objects.create(**fields, set_at=datetime(2026, 1, 1, tzinfo=cast.batch.zone))


@pytest.mark.parametrize(
    ("points", "bars"),
    [
        ([], []),
        ([(4, 4)], [Bar(4, 4, 1, 1)]),
        ([(-3, 9), (18, 19)], [Bar(-4, -3, 1, 0), *(Bar(n, n + 1, 0, int(n == 8)) for n in range(-2, 18, 2)), Bar(18, 19, 1, 1)]),
        ([(0, 999), (400, 400)], [Bar(0, 99, 1, 0), *(Bar(n, n + 99, int(n == 400), int(n == 400)) for n in range(100, 900, 100)), Bar(900, 999, 0, 1)]),
    ],
)  # fmt: skip
def test_the_distribution_has_bars_of_one_round_width(points: list, bars: list) -> None:
    rows = [(place, before, after) for place, (before, after) in enumerate(points)]
    assert Rehearsal(Proposal(), rows).distribution == bars


def test_in_the_browser(booked: SimpleNamespace, as_: Callable) -> None:
    client, url = as_(booked.manager), f"/missions/{booked.mission.pk}/points-rules/"
    change(booked, Proposal({LATE: 6}, SUNDAY))
    assert "since 22 Nov 2026" in client.get(url).text
    asked = f"{url}rehearsal/?{PRESENT}=20&{LATE}=&effective_from=2026-11-20"
    page = BeautifulSoup(client.get(asked).text, "html.parser")
    assert [stat.get_text(strip=True) for stat in page.find_all(class_="stat-value")] == ["1", "0", "2"]
    assert [cell.get_text(strip=True) for cell in page.find_all("table")[-1].tbody("td")] == [
        "Arif Rahman", "+30", "40", "70",
    ]  # fmt: skip
    posted = {field["name"]: field["value"] for field in page.main.find_all("input", type="hidden")}
    assert PointsRule.objects.count() == 1
    attended(booked.enrolled, "P", FRIDAY - timedelta(days=9))
    recalculate()
    answer = client.post(f"{url}rehearsal/", posted)
    assert (answer.status_code, "Points have changed since you looked." in answer.text) == (422, True)
    anew = BeautifulSoup(answer.text, "html.parser")
    posted = {field["name"]: field["value"] for field in anew.main.find_all("input", type="hidden")}
    answers = [client.post(f"{url}rehearsal/", posted) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 422]
    assert (queries.points_of(booked.enrolled), PointsRule.objects.count()) == (80, 2)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [("", "Enter at least one number."), ("many", "Enter a whole number."), ("1001", "less than or equal to 1000")],
)
def test_wrong_rules(cast: SimpleNamespace, as_: Callable, wrong: str, sentence: str) -> None:
    url = f"/missions/{cast.mission.pk}/points-rules/rehearsal/"
    for ask in (as_(cast.manager).get, as_(cast.manager).post):
        answer = ask(url, {PRESENT: wrong, "replaces_later": "on"})
        assert (answer.status_code, sentence in answer.text) == (422, True)
    assert not PointsRule.objects.exists()
