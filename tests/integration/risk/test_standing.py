"""Facts of the last days, the label that follows from them, and the sentences that say why."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest

from sms.programme.choices import Access, BatchStatus, MissionStatus
from sms.programme.models import MissionEnrollment
from sms.risk.queries import low_performers, numbers, reasons, visible_to, with_facts
from tests.factories import MissionEnrollmentFactory, attended

SUNDAY = date(2026, 11, 22)
pytestmark = pytest.mark.usefixtures("ordinary_morning")


@pytest.fixture
def facts_of(cast: SimpleNamespace) -> Callable[[str], MissionEnrollment]:
    def facts_of(days: str) -> MissionEnrollment:
        attended(cast.enrolled, days, SUNDAY)
        return with_facts(MissionEnrollment.objects.all()).get(pk=cast.enrolled.pk)

    return facts_of


@pytest.mark.parametrize(
    ("days", "rate", "in_a_row", "last", "label"),
    [
        ("", None, 0, None, "on_track"),
        ("E", None, 0, None, "on_track"),
        ("P", 100, 0, SUNDAY, "on_track"),
        ("L", 100, 0, SUNDAY, "on_track"),
        # by the share: 80 is on track, 60 is watch, 40 is at risk
        ("APPPP", 80, 0, SUNDAY, "on_track"),
        ("AAAPPPPPPPPPPP", 79, 0, SUNDAY, "watch"),
        ("APAPP", 60, 0, SUNDAY, "watch"),
        ("APAPAPAPPAPAPP", 57, 0, SUNDAY, "at_risk"),
        ("AAAPP", 40, 0, SUNDAY, "at_risk"),
        ("AAAAAAAAAPPPPP", 36, 0, SUNDAY, "critical"),
        # by days in a row: two, three, five
        ("PPPPPPPPPPPPPA", 93, 1, date(2026, 11, 21), "on_track"),
        ("PPPPPPPPPPPPAA", 86, 2, date(2026, 11, 20), "watch"),
        ("PPPPPPPPPPPAAA", 79, 3, date(2026, 11, 19), "at_risk"),
        ("PPPPPPPPPPAAAA", 71, 4, date(2026, 11, 18), "at_risk"),
        ("PPPPPPPPPAAAAA", 64, 5, date(2026, 11, 17), "critical"),
        # an excused day neither breaks a row nor counts
        ("PPPPPPPPPPPPAEA", 86, 2, date(2026, 11, 19), "watch"),
        ("PPPPPPPPPPPPPPEE", 100, 0, date(2026, 11, 20), "on_track"),
        ("PAEAEA", 25, 3, date(2026, 11, 17), "critical"),
        # days without a record do not count either
        ("P--A--A", 33, 2, date(2026, 11, 16), "critical"),
        # only the last fourteen count; the last time present is remembered for longer
        ("PPPPPP" + "A" * 14, 0, 14, date(2026, 11, 8), "critical"),
        ("AAAAAA" + "P" * 14, 100, 0, SUNDAY, "on_track"),
    ],
)
def test_facts(facts_of: Callable, days: str, rate: int | None, in_a_row: int, last: date | None, label: str) -> None:
    student = facts_of(days)
    facts = (student.attendance_rate, student.days_absent_in_a_row, student.last_attended, student.label)
    assert facts == (rate, in_a_row, last, label)


@pytest.mark.parametrize(
    ("days", "sentences"),
    [
        ("P" * 14, []),
        ("PPPPPPPPPPPPPA", ["Absent 1 day in a row, last present Sat 21 Nov"]),
        (
            "PPPPPPPPPPPAAA",
            ["Absent 3 days in a row, last present Thu 19 Nov", "Attendance 79 % in the last 14 days"],
        ),
        ("AA", ["Absent 2 days in a row, not once present", "Attendance 0 % in the last 14 days"]),
        ("AAAPP", ["Attendance 40 % in the last 14 days"]),
    ],
)
def test_reasons(facts_of: Callable, days: str, sentences: list[str]) -> None:
    assert reasons(facts_of(days)) == sentences


def test_each_mission_is_looked_at_by_itself(cast: SimpleNamespace) -> None:
    attended(cast.enrolled, "AAAAA", SUNDAY)
    attended(cast.enrolled2, "PPPPP", SUNDAY)
    assert [(s.pk, s.label) for s in low_performers(cast.sre)] == [(cast.enrolled.pk, "critical")]
    assert numbers(visible_to(cast.sre).values_list("label", flat=True)) == {
        "on_track": 1, "watch": 0, "at_risk": 0, "critical": 1,
    }  # fmt: skip


def test_sight_holds_here_too(cast: SimpleNamespace) -> None:
    for student in (cast.enrolled, cast.enrolled2):
        attended(student, "AAAAA", SUNDAY)
    assert list(low_performers(cast.mentor)) == [cast.enrolled]
    assert list(low_performers(cast.nobody)) == []


@pytest.mark.parametrize("change", ["mission", "batch", "access", "left", "inactive"])
def test_only_who_takes_part_in_what_runs(cast: SimpleNamespace, change: str) -> None:
    student = MissionEnrollmentFactory(mission=cast.mission)
    attended(student, "AAAAA", SUNDAY)
    assert list(low_performers(cast.sre)) == [student]
    subject, field, value = {
        "mission": (cast.mission, "status", MissionStatus.COMPLETED),
        "batch": (cast.batch, "status", BatchStatus.ARCHIVED),
        "access": (student, "access", Access.REVOKED),
        "left": (student, "left_on", SUNDAY),
        "inactive": (student.student, "is_active", False),
    }[change]
    setattr(subject, field, value)
    subject.save(update_fields=[field])
    assert list(low_performers(cast.sre)) == []


class TestList:
    @pytest.fixture(autouse=True)
    def _students(self, cast: SimpleNamespace) -> None:
        attended(cast.enrolled, "PPPPAAAAAA", SUNDAY)
        attended(cast.enrolled2, "PPPPPPPPAA", SUNDAY)

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("", ["Arif Rahman", "Tanvir Hasan"]),
            ("label=watch", ["Tanvir Hasan"]),
            ("rate_below=60", ["Arif Rahman"]),
            ("absent_days=2", ["Arif Rahman", "Tanvir Hasan"]),
            ("absent_days=3", ["Arif Rahman"]),
            ("q=tanvir", ["Tanvir Hasan"]),
            ("q=nobody", []),
            ("sort=-attendance_rate", ["Tanvir Hasan", "Arif Rahman"]),
            ("sort=student", ["Arif Rahman", "Tanvir Hasan"]),
            ("sort=-student", ["Tanvir Hasan", "Arif Rahman"]),
        ],
    )
    def test_filters_and_orders(self, cast: SimpleNamespace, as_: Callable, query: str, names: list[str]) -> None:
        rows = as_(cast.sre).get(f"/risk/?{query}").context["table"].rows
        assert [row.record.student.name for row in rows] == names

    def test_by_mentor(self, cast: SimpleNamespace, as_: Callable) -> None:
        rows = as_(cast.sre).get("/risk/", {"mentor": cast.mentor2.pk}).context["table"].rows
        assert [row.record.pk for row in rows] == [cast.enrolled2.pk]

    def test_export(self, cast: SimpleNamespace, as_: Callable) -> None:
        answer = as_(cast.sre).get("/risk/?_export=csv")
        assert b"".join(answer.streaming_content).decode("utf-8-sig").splitlines() == [
            "Student,Risk,Attendance,Absent in a row,Last present,Mentors",
            "Arif Rahman,critical,40.0,6,2026-11-16,Sadia Karim",
            "Tanvir Hasan,watch,80.0,2,2026-11-20,Imran Kabir",
        ]
