"""Days set by the thousand, as an import does it: the same rules and the same traces as one by one."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sms.attendance.actions import remove_records, set_records
from sms.attendance.choices import DayStatus
from sms.audit.models import Event
from sms.core.problems import Refused
from sms.points.models import RecalculationRequest
from sms.programme.choices import MissionStatus
from tests.conftest import ORDINARY_MORNING
from tests.factories import BatchFactory, DailyRecordFactory, MissionEnrollmentFactory, MissionFactory

SUNDAY = date(2026, 11, 22)
SATURDAY = SUNDAY - timedelta(days=1)
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def stored(student: object) -> list[tuple]:
    fields = ("on", "status", "reason", "kind", "submitted_at", "corrected_by")
    return list(student.daily_records.order_by("on").values_list(*fields))


def events(verb: str) -> list[tuple]:
    return list(Event.objects.filter(verb=verb).order_by("pk").values_list("actor_id", "subject_id", "subject_label", "data"))  # fmt: skip


def test_new_and_existing_days(cast: SimpleNamespace) -> None:
    DailyRecordFactory(mission_enrollment=cast.enrolled, on=SUNDAY, status=DayStatus.PRESENT)
    one, two = cast.enrolled, cast.enrolled2
    rows = [(one.pk, SUNDAY, "late", ""), (one.pk, SATURDAY, "excused", "Ill"), (two.pk, SUNDAY, "absent", "")]
    assert set_records(actor=cast.sre, rows=iter(rows)) == 3
    assert stored(one) == [
        (SATURDAY, "excused", "Ill", "regular", None, cast.sre.pk),
        (SUNDAY, "late", "", "regular", ORDINARY_MORNING, cast.sre.pk),
    ]
    assert stored(two) == [(SUNDAY, "absent", "", "regular", None, cast.sre.pk)]
    assert set(RecalculationRequest.objects.values_list("mission_enrollment", flat=True)) == {one.pk, two.pk}


def test_both_values_the_person_and_the_reason_stay_readable(cast: SimpleNamespace) -> None:
    DailyRecordFactory(mission_enrollment=cast.enrolled, on=SUNDAY, status=DayStatus.ABSENT)
    rows = [(cast.enrolled.pk, SUNDAY, "present", "Power cut"), (cast.enrolled2.pk, SUNDAY, "absent", "")]
    set_records(actor=cast.sre, rows=rows)
    remove_records(actor=cast.admin, keys=[(cast.enrolled.pk, SUNDAY), (cast.enrolled.pk, SATURDAY)])
    on = {"on": "2026-11-22"}
    assert events("corrected the attendance of") == [
        (cast.sre.pk, cast.enrolled.pk, str(cast.enrolled), on | {"before": "absent", "after": "present", "reason": "Power cut"}),
        (cast.sre.pk, cast.enrolled2.pk, str(cast.enrolled2), on | {"before": None, "after": "absent", "reason": ""}),
    ]  # fmt: skip
    assert events("removed a day of attendance of") == [
        (cast.admin.pk, cast.enrolled.pk, str(cast.enrolled), on | {"before": "present", "after": None, "reason": ""})
    ]
    mission = (cast.mission.pk, cast.mission.title)
    assert events("set days of attendance in") == [
        (cast.sre.pk, *mission, on | {"students": 2, "before": {"absent": 1, "none": 1}, "after": {"present": 1, "absent": 1}}),
        (cast.admin.pk, *mission, on | {"students": 1, "before": {"present": 1}, "after": {"none": 1}}),
    ]  # fmt: skip


def test_a_second_time_writes_nothing(cast: SimpleNamespace) -> None:
    rows = [(cast.enrolled.pk, SUNDAY, "excused", "Ill")]
    assert (set_records(actor=cast.sre, rows=rows), set_records(actor=cast.sre, rows=rows)) == (1, 0)
    assert len(events("corrected the attendance of")) == 1
    assert remove_records(actor=cast.sre, keys=[(cast.enrolled2.pk, SUNDAY)]) == 0


def test_what_is_refused_is_refused_as_a_whole(cast: SimpleNamespace) -> None:
    good = (cast.enrolled2.pk, SUNDAY, "absent", "")
    wrong = {
        "has not come yet for Arif Rahman": (cast.enrolled.pk, SUNDAY + timedelta(days=1), "absent", ""),
        "Say why a student counts as present or late": (cast.enrolled.pk, SUNDAY, "present", ""),
        "no longer in the mission": (10**9, SUNDAY, "absent", ""),
    }
    for sentence, row in wrong.items():
        with pytest.raises(Refused, match=f"{sentence}.*Nothing was changed"):
            set_records(actor=cast.sre, rows=[good, row])
    assert stored(cast.enrolled2) == []


def test_the_day_is_that_of_the_batch(cast: SimpleNamespace) -> None:
    """At 10:00 in Dhaka it is still Saturday in Los Angeles."""
    mission = MissionFactory(batch=BatchFactory(timezone="America/Los_Angeles"))
    student = MissionEnrollmentFactory(mission=mission)
    set_records(actor=cast.sre, rows=[(student.pk, SATURDAY, "absent", "")])
    with pytest.raises(Refused, match="22 November 2026 has not come yet"):
        set_records(actor=cast.sre, rows=[(student.pk, SUNDAY, "absent", "")])


def test_the_kind_follows_the_mission(cast: SimpleNamespace) -> None:
    mission = MissionFactory(batch=cast.batch, status=MissionStatus.COMPLETED)
    student = MissionEnrollmentFactory(mission=mission)
    set_records(actor=cast.sre, rows=[(student.pk, SUNDAY, "absent", "")])
    assert [row[3] for row in stored(student)] == ["revision"]


def test_a_thousand_cost_as_many_statements_as_one(cast: SimpleNamespace) -> None:
    students = [MissionEnrollmentFactory(mission=cast.mission).pk for _ in range(5)]

    def statements(act: Callable, **arguments: object) -> int:
        with CaptureQueriesContext(connection) as captured:
            act(actor=cast.sre, **arguments)
        return len(captured)

    cast.sre.get_all_permissions()  # asked for once a request, whatever the number of rows
    single = statements(set_records, rows=[(cast.enrolled.pk, SUNDAY, "absent", "")])
    assert statements(set_records, rows=[(pk, SUNDAY, "absent", "") for pk in students]) == single
    single = statements(remove_records, keys=[(cast.enrolled.pk, SUNDAY)])
    assert statements(remove_records, keys=[(pk, SUNDAY) for pk in students]) == single


def test_the_page_tells_of_corrections_and_of_nothing_else(cast: SimpleNamespace, as_: Callable) -> None:
    set_records(actor=cast.sre, rows=[(cast.enrolled.pk, SUNDAY, "excused", "Ill")])
    remove_records(actor=cast.sre, keys=[(cast.enrolled.pk, SUNDAY)])
    Event.objects.create(
        at=ORDINARY_MORNING, verb="changed the access of", subject_type="programme.missionenrollment", subject_id=cast.enrolled.pk
    )  # fmt: skip
    page = as_(cast.sre).get(f"/attendance/{cast.enrolled.pk}/correct/")
    assert [event.verb for event in page.context["corrections"]] == [
        "removed a day of attendance of",
        "corrected the attendance of",
    ]
    assert "2026-11-22: excused → –" in page.text
