"""A mentor's students by day, and who among them stands out."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from statistics import median

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sms.attendance.choices import ATTENDED, DayStatus
from sms.attendance.models import DailyRecord
from sms.attendance.queries.asked import Period, Tally, asked_days
from sms.attendance.queries.heat import added
from sms.programme.models import Mission, MissionEnrollment

BELOW_MEDIAN = 20  # percentage points under the rate of the student in the middle
ABSENT_IN_A_ROW = 3
SMALLEST_GROUP = 3  # among fewer there is no middle to be under


@dataclass(frozen=True)
class GridCell:
    """`status` is a DayStatus, "none" (asked for, no record), "off", or "away" (not yet or no longer taking part)."""

    on: date
    status: str

    @property
    def letter(self) -> str:
        return {"present": _("P"), "late": _("L"), "excused": _("E"), "absent": _("A")}.get(self.status, "")

    @property
    def label(self) -> str:
        if self.status in DayStatus.values:
            said = str(DayStatus(self.status).label)
        else:
            said = {"none": _("nothing recorded"), "away": _("not taking part")}.get(
                self.status, _("no attendance asked for")
            )
        return f"{date_format(self.on, 'D j M')}: {said}"


@dataclass
class GridRow:
    student: MissionEnrollment
    cells: list[GridCell]
    tally: Tally
    streak: int
    absent_in_a_row: int
    reasons: list[str] = field(default_factory=list)


@dataclass
class Grid:
    days: list[date]
    rows: list[GridRow]
    foot: list[Tally]
    all: Tally

    @property
    def outliers(self) -> int:
        return sum(bool(row.reasons) for row in self.rows)


def grid_of(mission: Mission, students: Iterable[MissionEnrollment], period: Period) -> Grid:
    """The days of the period of these students of one mission, in their order. Three queries for any number of them."""
    students = list(students)
    asked = set(asked_days([mission], period)[mission.pk])
    history: dict[int, dict[date, str]] = defaultdict(dict)
    records = DailyRecord.objects.filter(mission_enrollment__in=students, on__lte=period.until).order_by("on")
    for pk, on, status in records.values_list("mission_enrollment_id", "on", "status"):
        history[pk][on] = status
    rows = [_row(student, history[student.pk], asked, period) for student in students]
    _mark_outliers(rows)
    foot = [tally_of(row.cells[column].status for row in rows) for column in range(len(period.days))]
    return Grid(period.days, rows, foot, added(row.tally for row in rows))


def tally_of(statuses: Iterable[str]) -> Tally:
    tally = Tally()
    for status in statuses:
        if status in DayStatus.values:
            setattr(tally, status, getattr(tally, status) + 1)
        elif status == "none":
            tally.missing += 1
    return tally


def cells_of(student: MissionEnrollment, statuses: dict[date, str], asked: set[date], period: Period) -> list[GridCell]:
    return [GridCell(on, statuses.get(on) or _without_record(student, on, asked)) for on in period.days]


def _row(student: MissionEnrollment, statuses: dict[date, str], asked: set[date], period: Period) -> GridRow:
    cells = cells_of(student, statuses, asked, period)
    counted = [status in ATTENDED for status in statuses.values() if status != DayStatus.EXCUSED]
    return GridRow(
        student,
        cells,
        tally_of(cell.status for cell in cells),
        streak=_last_run(counted, of=True),
        absent_in_a_row=_last_run(counted, of=False),
    )


def _without_record(student: MissionEnrollment, on: date, asked: set[date]) -> str:
    if on < student.joined_on or (student.left_on is not None and on >= student.left_on):
        return "away"
    return "none" if on in asked else "off"


def _last_run(days: list[bool], *, of: bool) -> int:
    """How many days in a row, ending with the last, are alike."""
    return next((n for n, day in enumerate(reversed(days)) if day is not of), len(days))


def _mark_outliers(rows: list[GridRow]) -> None:
    rates = [row.tally.percent for row in rows if row.tally.percent is not None]
    middle = median(rates) if len(rates) >= SMALLEST_GROUP else None
    for row in rows:
        if row.absent_in_a_row >= ABSENT_IN_A_ROW:
            said = ngettext("Absent %(n)d day in a row", "Absent %(n)d days in a row", row.absent_in_a_row)
            row.reasons.append(said % {"n": row.absent_in_a_row})
        if middle is not None and row.tally.percent is not None and row.tally.percent <= middle - BELOW_MEDIAN:
            row.reasons.append(
                _("%(n)d points under the middle of the group") % {"n": round(middle - row.tally.percent)}
            )
