"""Who is falling behind, by rules that anyone can read (choices.py), on behaviour only."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sms.accounts.models import User
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
    return mission_enrollments.annotate(
        attendance_rate=F("standing__attendance_rate"),
        days_absent_in_a_row=F("standing__days_absent_in_a_row"),
        last_attended=F("standing__last_attended"),
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
            _("Attendance %(rate)d %% in the last %(days)d days")
            % {"rate": student.attendance_rate, "days": WINDOW_DAYS}
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


def _label() -> Case:
    return Case(
        *(
            When(
                Q(standing__attendance_rate__lt=below) | Q(standing__days_absent_in_a_row__gte=in_a_row),
                then=Value(label.value),
            )
            for label, below, in_a_row in RULES
        ),
        default=Value(RiskLabel.ON_TRACK.value),
        output_field=CharField(),
    )
