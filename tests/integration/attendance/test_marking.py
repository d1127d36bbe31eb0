"""A day of many students is marked as it was shown, and taken back but for what was edited since."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from sms.attendance.actions import correct_attendance, mark_many, move_lock, submit_attendance, undo_mark
from sms.attendance.choices import Whom
from sms.attendance.models import BulkMark, DailyRecord
from sms.attendance.queries import plan_of_mark
from sms.core.problems import Refused
from tests.factories import DailyRecordFactory, MissionEnrollmentFactory

SUNDAY = date(2026, 11, 22)
pytestmark = pytest.mark.usefixtures("ordinary_morning")


def statuses() -> dict[int, tuple]:
    rows = DailyRecord.objects.values_list("mission_enrollment", "status", "reason", "corrected_by")
    return {pk: tuple(rest) for pk, *rest in rows}


def plan(cast: SimpleNamespace, whom: str = Whom.ALL, status: str = "present", **fields: object) -> object:
    return plan_of_mark(cast.sre, cast.mission, on=SUNDAY, status=status, whom=whom, **fields)


def mark(cast: SimpleNamespace, shown: object) -> BulkMark:
    return mark_many(
        actor=cast.sre, mission=cast.mission, plan=shown, reason="All there", fingerprint=shown.fingerprint
    )


@pytest.fixture
def absent(cast: SimpleNamespace) -> DailyRecord:
    return DailyRecordFactory(mission_enrollment=cast.enrolled, on=SUNDAY, status="absent", corrected_by=cast.admin)


def test_whom_it_speaks_of(cast: SimpleNamespace, absent: DailyRecord) -> None:
    first, second = cast.enrolled.pk, cast.enrolled2.pk
    MissionEnrollmentFactory(mission=cast.mission, joined_on=date(2026, 11, 23))
    found = {
        whom: [tuple(change) for change in plan(cast, whom).changes] for whom in (Whom.ALL, Whom.WITHOUT, Whom.ABSENT)
    }
    assert found == {
        Whom.ALL: [(first, "absent"), (second, None)],
        Whom.WITHOUT: [(second, None)],
        Whom.ABSENT: [(first, "absent")],
    }
    assert [change.mission_enrollment_id for change in plan(cast, mentor=cast.mentor2).changes] == [second]
    assert plan(cast, status="absent").unchanged == 1


def test_undo_puts_back_what_stood_there(cast: SimpleNamespace, absent: DailyRecord) -> None:
    before = statuses()
    made = mark(cast, plan(cast))
    assert set(statuses().values()) == {("present", "All there", cast.sre.pk)}
    assert undo_mark(actor=cast.sre, mark=made) == []
    assert statuses() == before
    with pytest.raises(Refused, match="taken back already"):
        undo_mark(actor=cast.sre, mark=made)


def test_undo_leaves_and_names_what_was_edited_since(cast: SimpleNamespace, absent: DailyRecord) -> None:
    made = mark(cast, plan(cast))
    correct_attendance(
        actor=cast.admin, mission_enrollment=cast.enrolled2, on=SUNDAY, status="late", reason="Came at noon"
    )
    assert undo_mark(actor=cast.sre, mark=made) == [cast.student2.name]
    assert statuses() == {
        cast.enrolled.pk: ("absent", absent.reason, cast.admin.pk),
        cast.enrolled2.pk: ("late", "Came at noon", cast.admin.pk),
    }


def test_what_was_not_shown_is_not_done(cast: SimpleNamespace) -> None:
    shown = plan(cast)
    submit_attendance(actor=cast.student, mission_enrollment=cast.enrolled, on=SUNDAY, is_holiday=False)
    with pytest.raises(Refused, match="changed since they were shown"):
        mark(cast, shown)
    with pytest.raises(Refused, match="changed since they were shown"):
        mark_many(actor=cast.sre, mission=cast.mission, plan=plan(cast), reason="All", fingerprint=shown.fingerprint)
    assert set(statuses()) == {cast.enrolled.pk}


def test_locked_days_are_not_marked(cast: SimpleNamespace) -> None:
    move_lock(actor=cast.manager, mission=cast.mission, until=SUNDAY, reason="Reported")
    with pytest.raises(Refused, match="is locked"):
        mark(cast, plan(cast))
    assert not statuses()


def test_in_the_browser(cast: SimpleNamespace, as_: Callable, absent: DailyRecord) -> None:
    url = f"/missions/{cast.mission.pk}/attendance/mark/"
    form = {"on": "2026-11-22", "status": "present", "whom": "all", "reason": "All there"}
    page = BeautifulSoup(as_(cast.sre).post(url, form).text, "html.parser")
    assert "Mark 2 students" in page.text
    assert statuses()[cast.enrolled.pk][0] == "absent"
    form["fingerprint"] = page.find("input", {"name": "fingerprint"})["value"]
    assert "The day of 2 students is marked." in as_(cast.sre).post(url, form, follow=True).text
    assert as_(cast.sre).post(url, form).status_code == 422
    undo = f"/missions/{cast.mission.pk}/attendance/marks/{BulkMark.objects.get().pk}/undo/"
    answers = [as_(cast.sre).post(undo, follow=True).text for _ in range(2)]
    assert "22 November 2026 is as it was before." in answers[0]
    assert "taken back already" in answers[1]
    assert statuses() == {cast.enrolled.pk: ("absent", absent.reason, cast.admin.pk)}
