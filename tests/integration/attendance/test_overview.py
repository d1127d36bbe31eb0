"""Grid, heat maps and reports count the same days: as plain Python counts them from the records."""

import re
from datetime import date, timedelta
from itertools import groupby
from random import Random
from types import SimpleNamespace

import pytest
from django.urls import reverse

from sms.attendance.models import AttendancePolicy, DailyRecord, Holiday
from sms.attendance.queries.asked import Period
from sms.attendance.queries.grid import grid_of
from sms.attendance.queries.heat import heat_of_batch, heat_of_mission
from sms.attendance.queries.reports import (
    add_longest_absences,
    batch_report,
    missions_report,
    missions_today,
    report_of,
    students_report,
)
from sms.programme.models import MissionEnrollment
from tests.factories import MissionEnrollmentFactory, MissionFactory, attended, guided_by

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ordinary_morning")]

SUNDAY = date(2026, 11, 22)
PERIOD = Period(SUNDAY - timedelta(days=20), SUNDAY)
WORDS = ("present", "late", "excused", "absent")
NOTHING = dict.fromkeys((*WORDS, "missing"), 0)
HOLIDAY = SUNDAY - timedelta(days=6)


def plus(*counts):
    return {word: sum(count[word] for count in counts) for word in NOTHING}


def numbers(row):
    return {word: getattr(row, word) for word in NOTHING}


@pytest.fixture
def scenario(cast):
    """Two missions, each with its own weekdays; students who join late, leave early, have two mentors or none."""
    random = Random(4)
    second = MissionFactory(batch=cast.batch, starts_on=SUNDAY - timedelta(days=9))
    AttendancePolicy.objects.create(mission=second, weekdays=[1, 3, 7])
    Holiday.objects.create(batch=cast.batch, on=HOLIDAY, title="Victory Day")
    for n in range(6):
        first = MissionEnrollmentFactory(
            mission=cast.mission,
            joined_on=SUNDAY - timedelta(days=random.randint(5, 30)),
            left_on=SUNDAY - timedelta(days=random.randint(0, 4)) if n in (2, 4) else None,
        )
        if n % 2:
            guided_by(cast.mentor, first)
        if n == 3:
            guided_by(cast.mentor2, first)
        MissionEnrollmentFactory(mission=second, student=first.student, joined_on=first.joined_on)
    DailyRecord.objects.bulk_create(
        DailyRecord(mission_enrollment=spell, on=on, status=random.choice(WORDS), reason="By hand")
        for spell in MissionEnrollment.objects.order_by("pk")
        for on in PERIOD.days
        if spell.joined_on <= on and (not spell.left_on or on <= spell.left_on) and random.random() < 0.7
    )
    return cast.mission, second


def by_hand(spell, on, statuses):
    """What became of one day of one student: the rule once more, one day at a time."""
    if status := statuses.get((spell.pk, on)):
        return {**NOTHING, status: 1}
    weekdays = [1, 3, 7] if hasattr(spell.mission, "attendance_policy") else [1, 2, 3, 4, 6, 7]
    is_asked = spell.mission.starts_on <= on and on.isoweekday() in weekdays and on != HOLIDAY
    is_there = spell.joined_on <= on and (spell.left_on is None or on < spell.left_on)
    return {**NOTHING, "missing": int(is_asked and is_there)}


def longest_by_hand(spell):
    days = spell.daily_records.exclude(status="excused").order_by("on").values_list("status", flat=True)
    return max((len(list(run)) for status, run in groupby(days) if status == "absent"), default=0)


def test_every_view_counts_what_plain_python_counts(cast, scenario, as_) -> None:
    first, _second = scenario
    spells = list(MissionEnrollment.objects.select_related("mission__batch", "enrollment__student"))
    rows = DailyRecord.objects.values_list("mission_enrollment", "on", "status")
    statuses = {(spell, on): status for spell, on, status in rows}
    day = {(spell.pk, on): by_hand(spell, on, statuses) for spell in spells for on in PERIOD.days}
    own = {spell.pk: plus(*(day[spell.pk, on] for on in PERIOD.days)) for spell in spells}
    assert sum(own[spell.pk]["missing"] for spell in spells) > 10, "a scenario that could not tell"

    for spell in spells:
        assert numbers(report_of(spell, PERIOD).tally) == own[spell.pk]
    for mission in scenario:
        mine = [spell for spell in spells if spell.mission_id == mission.pk]
        rows = list(students_report(cast.sre, mission, PERIOD))
        add_longest_absences(rows, PERIOD)
        assert {row.pk: (numbers(row), row.longest_absence) for row in rows} == {
            spell.pk: (own[spell.pk], longest_by_hand(spell)) for spell in mine
        }
        assert {row.pk: row.asked for row in rows} == {row.pk: report_of(row, PERIOD).asked for row in rows}
        grid = grid_of(mission, mine, PERIOD)
        assert [numbers(row.tally) for row in grid.rows] == [own[spell.pk] for spell in mine]
        heat = heat_of_mission(mission, PERIOD)
        in_columns = [plus(*(day[spell.pk, on] for spell in mine)) for on in PERIOD.days]
        assert [numbers(tally) for tally in grid.foot] == in_columns
        assert [numbers(cell.tally) for cell in heat.all.cells] == in_columns
        for row in heat.rows:
            guided = [
                s for s in mine if row.key in (set(s.mentor_assignments.values_list("mentor", flat=True)) or {None})
            ]
            assert numbers(row.total) == plus(*(own[spell.pk] for spell in guided)), row.title
    assert {row.key for row in heat_of_mission(first, PERIOD).rows} == {cast.mentor.pk, cast.mentor2.pk, None}

    of_mission = {m.pk: plus(*(own[s.pk] for s in spells if s.mission_id == m.pk)) for m in scenario}
    assert {row.key: numbers(row.total) for row in heat_of_batch(cast.batch, PERIOD).rows} == of_mission
    assert {row.pk: numbers(row) for row in missions_report(cast.batch, PERIOD)} == of_mission
    assert {row.pk: numbers(row) for row in batch_report(cast.sre, cast.batch, PERIOD)} == {
        enrollment: plus(*(own[s.pk] for s in spells if s.enrollment_id == enrollment))
        for enrollment in {spell.enrollment_id for spell in spells}
    }
    today = {m.pk: plus(*(day[s.pk, SUNDAY] for s in spells if s.mission_id == m.pk)) for m in scenario}
    assert {row.pk: numbers(row) for row in missions_today()} == today

    page = as_(cast.sre).get(reverse("attendance:history", args=[spells[-1].pk])).context["summary"]
    month = Period(SUNDAY - timedelta(days=29), SUNDAY)
    assert page.percent == report_of(spells[-1], month).tally.percent


def test_a_mission_that_never_asked_has_nothing_missing(cast) -> None:
    AttendancePolicy.objects.create(mission=cast.mission, weekdays=[])
    [row, _other] = students_report(cast.sre, cast.mission, PERIOD)
    assert (row.asked, row.missing, row.rate) == (0, 0, None)
    assert heat_of_mission(cast.mission, PERIOD).all.total.missing == 0


class TestGrid:
    def test_own_students_only_each_once_and_who_stands_out(self, cast, as_) -> None:
        for _ in range(3):
            attended(guided_by(cast.mentor, MissionEnrollmentFactory(mission=cast.mission)), "PPPPP", SUNDAY)
        guided_by(cast.mentor2, cast.enrolled)
        attended(cast.enrolled, "PPAEAA", SUNDAY)
        attended(cast.enrolled2, "AAAAAA", SUNDAY)
        response = as_(cast.mentor).get("/attendance/grid/?sort=attention&weeks=3")
        rows = response.context["grid"].rows
        assert len(rows) == 4
        assert len(response.context["grid"].days) == 21
        assert rows[0].student == cast.enrolled
        assert rows[0].reasons == ["Absent 3 days in a row", "60 points under the middle of the group"]
        assert not any(row.reasons for row in rows[1:])
        assert "Tanvir Hasan" not in response.text

    def test_one_student_costs_as_much_as_three(self, cast, as_, django_assert_num_queries) -> None:
        client = as_(cast.mentor)
        client.get("/attendance/grid/")
        with django_assert_num_queries(9):
            client.get("/attendance/grid/")
        for _ in range(2):
            attended(guided_by(cast.mentor, MissionEnrollmentFactory(mission=cast.mission)), "PLAE", SUNDAY)
        with django_assert_num_queries(9):
            client.get("/attendance/grid/")

    @pytest.mark.parametrize("query", ["weeks=9", "until=0001-01-01", "until=x", "until=9999-12-31"])
    def test_days_that_make_no_sense(self, cast, as_, query) -> None:
        assert as_(cast.mentor).get(f"/attendance/grid/?{query}").status_code == 200

    def test_a_mission_without_own_students(self, cast, as_) -> None:
        other = guided_by(cast.mentor2, MissionEnrollmentFactory(mission=MissionFactory(batch=cast.batch)))
        assert as_(cast.mentor).get(f"/attendance/grid/?mission={other.mission_id}").status_code == 404
        assert as_(cast.mentor).get(f"/missions/{other.mission_id}/attendance/report/").status_code == 404


def test_reports_and_files_show_a_mentor_no_other_student(cast, as_) -> None:
    attended(cast.enrolled, "PLA", SUNDAY)
    attended(cast.enrolled2, "PLA", SUNDAY)
    client = as_(cast.mentor)
    for url in (f"/missions/{cast.mission.pk}/attendance/report/", "/attendance/records/"):
        for query in ("", "?_export=csv"):
            answer = client.get(url + query)
            text = answer.getvalue().decode() if answer.streaming else answer.text
            assert "Arif Rahman" in text
            assert "Tanvir Hasan" not in text
            assert "Imran Kabir" not in text


def test_a_period_is_counted_and_exported(cast, as_) -> None:
    attended(cast.enrolled, "AAPL", SUNDAY)
    client = as_(cast.sre)
    period = f"since={SUNDAY - timedelta(days=1)}&until={SUNDAY}"
    answer = client.get(f"/missions/{cast.mission.pk}/attendance/report/?{period}&days=present&_export=csv")
    assert "2026-11-21-2026-11-22" in answer["Content-Disposition"]
    header, line = answer.getvalue().decode("utf-8-sig").splitlines()
    assert header == "Student,Rate,Days asked,Present,Late,Excused,Absent,Not recorded,Longest absence"
    assert line == "Arif Rahman,100.0,2,1,1,0,0,0,0"
    answer = client.get(f"/attendance/{cast.enrolled.pk}/report/?{period}&_export=csv")
    lines = answer.getvalue().decode("utf-8-sig").splitlines()
    assert [line.split(",")[2:4] for line in lines[1:]] == [["2026-11-21", "present"], ["2026-11-22", "late"]]
    xlsx = client.get(f"/batches/{cast.batch.pk}/attendance/report/?{period}&_export=xlsx")
    assert xlsx.getvalue()[:2] == b"PK"


@pytest.mark.parametrize(
    "query", ["since=x", "until=9999-12-31", "since=0001-01-01", "since=2026-12-01&until=2026-01-01"]
)
def test_periods_that_make_no_sense(cast, as_, query) -> None:
    client = as_(cast.sre)
    for url in (f"/batches/{cast.batch.pk}/attendance/", f"/missions/{cast.mission.pk}/attendance/report/"):
        assert client.get(f"{url}?{query}").status_code == 200


def test_every_number_of_the_heat_map_leads_to_its_rows(cast, as_) -> None:
    attended(cast.enrolled, "P", SUNDAY)
    attended(cast.enrolled2, "A", SUNDAY)
    client = as_(cast.manager)
    text = client.get(f"/missions/{cast.mission.pk}/attendance/days/").text
    link = f"/attendance/records/?mission={cast.mission.pk}&amp;mentor={cast.mentor.pk}&amp;on={SUNDAY}"
    assert link in text
    records = client.get(link.replace("&amp;", "&")).context["table"].data
    assert [record.mission_enrollment for record in records] == [cast.enrolled]


def test_the_days_asked_of_a_mission_are_counted_once_and_not_for_each_record(cast: SimpleNamespace) -> None:
    for rows in (missions_today(), missions_report(cast.batch, PERIOD), batch_report(cast.sre, cast.batch, PERIOD)):
        grouped_by = str(rows.query).rpartition("GROUP BY")[2].partition(" ORDER BY")[0]
        columns = [each.strip() for each in grouped_by.split(",")]
        assert all(re.fullmatch(r'"\w+"\."\w+"', column) for column in columns), columns
