"""The points that meetings give: registered with the points app.

The reference of an entry is the start on the wall clock of the batch and the key of the meeting, so that a page of
entries can say which meetings they stand for without asking for any.
"""

from datetime import datetime

from django.db.models import CharField, DateField, DateTimeField, DecimalField, F, Func, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.attendance.choices import ATTENDED, DayStatus, MeetingState
from sms.attendance.models import MeetingRecord
from sms.points.models import LedgerEntry
from sms.points.sources import Kind, PointsSource
from sms.programme.models import MissionEnrollment

PREFIX = "attendance.meeting_"


def events(mission_enrollments: QuerySet[MissionEnrollment]) -> QuerySet:
    """One event for each meeting attended that was not cancelled."""
    attended = MeetingRecord.objects.filter(mission_enrollment__in=mission_enrollments, status__in=ATTENDED)
    on_the_wall = Func(
        "meeting__mission__batch__timezone", "meeting__starts_at", function="timezone", output_field=DateTimeField()
    )
    minute = Func(on_the_wall, Value('YYYY-MM-DD"T"HH24:MI'), function="to_char", output_field=CharField())
    return attended.exclude(meeting__state=MeetingState.CANCELLED).annotate(
        reference=Concat(minute, Value("/"), Cast("meeting", CharField())),
        kind_key=Concat(Value(PREFIX), F("status")),
        day=Cast(on_the_wall, DateField()),
        amount=Value(1, DecimalField()),
        by=F("corrected_by"),
    )


def explain(entry: LedgerEntry) -> str:
    started = datetime.fromisoformat(entry.reference.partition("/")[0])
    status = DayStatus(entry.kind.removeprefix(PREFIX)).label
    return _("Meeting on %(time)s: %(status)s") % {"time": date_format(started, "l j F, H:i"), "status": status}


MEETINGS = PointsSource(
    key="attendance.meeting",
    kinds={
        PREFIX + DayStatus.PRESENT: Kind(gettext_lazy("Present in a meeting"), 15),
        PREFIX + DayStatus.LATE: Kind(gettext_lazy("Late in a meeting"), 8),
    },
    events=events,
    explain=explain,
    title=gettext_lazy("Weekly meetings"),
)
