"""Who is falling behind, by rules that anyone can read (choices.py), on behaviour only.

The facts of each student come from one aggregate over the last WINDOW_DAYS days: their days as a
string of letters, the newest first. How many days they were absent in a row is the run of A at
its beginning.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import (
    Case,
    CharField,
    FloatField,
    Func,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Left, Length, NullIf, Replace, Upper
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sms.accounts.models import User
from sms.attendance.choices import DayStatus
from sms.attendance.models import DailyRecord
from sms.core import clock
from sms.programme import queries as programme
from sms.programme.choices import BatchStatus, MissionStatus
from sms.programme.models import MissionEnrollment
from sms.risk.choices import RULES, WINDOW_DAYS, RiskLabel


def visible_to(user: User) -> QuerySet[MissionEnrollment]:
    """Students of running missions with their facts, as far as the person may see them."""
    running = programme.visible_to(user).filter(
        programme.taking_part(), mission__status=MissionStatus.ACTIVE, mission__batch__status=BatchStatus.ACTIVE
    )
    return with_facts(running)


def low_performers(user: User) -> QuerySet[MissionEnrollment]:
    """Those who are not on track."""
    return visible_to(user).exclude(label=RiskLabel.ON_TRACK)


def with_facts(mission_enrollments: QuerySet[MissionEnrollment]) -> QuerySet[MissionEnrollment]:
    """Annotates `attendance_rate` (0–100, or None), `days_absent_in_a_row`, `last_attended` and `label`."""
    since = clock.now().date() - timedelta(days=WINDOW_DAYS)
    days = (
        DailyRecord.objects.filter(mission_enrollment=OuterRef("pk"), on__gte=since)
        .exclude(status=DayStatus.EXCUSED)
        .order_by()
        .values("mission_enrollment")
        .annotate(letters=_letters_newest_first())
        .values("letters")
    )
    last = (
        DailyRecord.objects.filter(mission_enrollment=OuterRef("pk"), status__in=(DayStatus.PRESENT, DayStatus.LATE))
        .order_by()
        .values("mission_enrollment")
        .annotate(last=Max("on"))
        .values("last")
    )
    return mission_enrollments.annotate(
        day_letters=Coalesce(Subquery(days, output_field=CharField()), Value("")),
        attendance_rate=_rate(),
        days_absent_in_a_row=_leading_absences(),
        last_attended=Subquery(last),
        label=_label(),
    )


def reasons(student: MissionEnrollment) -> list[str]:
    """Why a student has their label, in plain sentences; `student` comes from `with_facts`."""
    sentences = []
    if student.days_absent_in_a_row:
        absent = ngettext("Absent %(n)d day in a row", "Absent %(n)d days in a row", student.days_absent_in_a_row)
        sentences.append(absent % {"n": student.days_absent_in_a_row} + _last_seen(student.last_attended))
    if student.attendance_rate is not None and student.attendance_rate < RULES[-1][1]:
        sentences.append(
            _("Attendance %(rate)d %% in the last %(days)d days") % {"rate": student.attendance_rate, "days": WINDOW_DAYS}
        )
    return sentences


def numbers(students: Iterable[str]) -> dict[str, int]:
    """How many students carry each label, from their labels."""
    counts = dict.fromkeys(RiskLabel.values, 0)
    for label in students:
        counts[label] += 1
    return counts


def _last_seen(day: date | None) -> str:
    return _(", last present %(day)s") % {"day": date_format(day, "D j M")} if day else _(", not once present")


def _letters_newest_first() -> Func:
    letter = Upper(Left("status", 1))
    return Func(letter, template="STRING_AGG(%(expressions)s, '' ORDER BY attendance_dailyrecord.\"on\" DESC)", output_field=CharField())


def _rate() -> Func:
    absences_removed = Replace("day_letters", Value("A"), Value(""))
    share = Cast(100 * Length(absences_removed), FloatField()) / NullIf(Length("day_letters"), Value(0))
    return Func(share, function="ROUND", output_field=FloatField())


def _leading_absences() -> Func:
    without_run = Func("day_letters", Value("A"), function="LTRIM", output_field=CharField())
    return Cast(Length("day_letters") - Length(without_run), IntegerField())


def _label() -> Case:
    return Case(
        *(
            When(Q(attendance_rate__lt=below) | Q(days_absent_in_a_row__gte=in_a_row), then=Value(label.value))
            for label, below, in_a_row in RULES
        ),
        default=Value(RiskLabel.ON_TRACK.value),
        output_field=CharField(),
    )
