"""The weekly series of a mission, and the meetings that are made from it ahead of time."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.attendance.choices import MeetingState
from sms.attendance.models import Meeting, MeetingRecord, MeetingSeries
from sms.attendance.models.meetings import TERMS
from sms.attendance.queries import days_of
from sms.audit.actions import record as audit
from sms.core import clock
from sms.core.problems import Refused
from sms.programme.copying import Copy
from sms.programme.models import Mission
from sms.programme.queries import running_missions

AHEAD = timedelta(weeks=5)


@transaction.atomic
def create_series(*, actor: User | None, mission: Mission, **fields: object) -> MeetingSeries:
    """Begins a weekly meeting; those of the next weeks are made at once."""
    series = MeetingSeries.objects.create(mission=mission, **fields)
    audit(actor=actor, verb=gettext_noop("began the meetings"), subject=series, data=_told(series))
    lay_out_series(actor=actor, series=series)
    return series


@transaction.atomic
def change_series(*, actor: User | None, series: MeetingSeries, **fields: object) -> int:
    """Changes what holds from now on. Returns how many meetings were made, moved or taken away.

    Only meetings that are still scheduled and that nobody has touched follow: what was opened, cancelled, submitted
    to or changed by itself stays as it is.
    """
    for name, value in fields.items():
        setattr(series, name, value)
    series.save(update_fields=list(fields))
    audit(actor=actor, verb=gettext_noop("changed the meetings"), subject=series, data=_told(series))
    return lay_out_series(actor=actor, series=series)


@transaction.atomic
def lay_out_series(*, actor: User | None, series: MeetingSeries) -> int:
    """Brings the meetings to come to what the series says. Returns how many were made, moved or taken away.

    Safe to run twice and side by side: the series is locked, and the database holds one meeting for a day of it. A
    time of the wall clock stays that time where the clocks of the batch are put forward or back.
    """
    MeetingSeries.objects.select_for_update().get(pk=series.pk)
    moment, today = clock.now(), clock.today(series.mission.batch.zone)
    days = days_of(series, today, today + AHEAD) if series.is_active else []
    wanted = {on: start for on in days if (start := _start_on(series, on)) > moment}
    standing = {meeting.series_day: meeting for meeting in _untouched(series, moment).select_for_update(of=("self",))}
    taken = set(series.meetings.values_list("series_day", flat=True)) - standing.keys()
    gone = [meeting.pk for on, meeting in standing.items() if on not in wanted]
    Meeting.objects.filter(pk__in=gone).delete()
    moved = [meeting for on, meeting in standing.items() if on in wanted and _follow(meeting, series, wanted[on])]
    new = [_meeting_on(series, on, start) for on, start in wanted.items() if on not in standing and on not in taken]
    try:
        with transaction.atomic():
            Meeting.objects.bulk_update(moved, [*TERMS, "starts_at", "ends_at"])
            Meeting.objects.bulk_create(new)
    except IntegrityError as error:
        raise Refused(_("Another meeting of this mission is at the same time. Choose another day or time.")) from error
    counts = {"made": len(new), "moved": len(moved), "taken_away": len(gone)}
    if any(counts.values()):
        audit(actor=actor, verb=gettext_noop("laid out the meetings"), subject=series, data=counts)
    return sum(counts.values())


def lay_out_all_series() -> int:
    """Makes the meetings of the coming weeks in every running mission. Returns how many meetings changed."""
    changed = 0
    for series in MeetingSeries.objects.select_related("mission__batch").filter(mission__in=running_missions()):
        try:
            changed += lay_out_series(actor=None, series=series)
        except Refused:
            # Somebody set a meeting by itself at the same hour. It stands; the others of the series wait until
            # a person has changed one of the two.
            continue
    return changed


@transaction.atomic
def copy_series(*, actor: User | None, copy: Copy) -> None:
    """Gives the missions of a duplicated batch the series of those that they were made from, with their hosts."""
    for series in MeetingSeries.objects.filter(mission__in=copy.missions):
        series.pk, series._state.adding = None, True
        series.mission = copy.missions[series.mission_id]
        series.first_on, series.last_on = (on and copy.day(on) for on in (series.first_on, series.last_on))
        series.save()


def _start_on(series: MeetingSeries, on: date) -> datetime:
    return clock.at_local(on, series.starts_at, series.mission.batch.zone)


def _untouched(series: MeetingSeries, moment: datetime) -> QuerySet[Meeting]:
    """Meetings to come that still are what the series made them."""
    records = MeetingRecord.objects.filter(meeting=OuterRef("pk"))
    return series.meetings.filter(~Exists(records), state=MeetingState.SCHEDULED, is_edited=False, starts_at__gt=moment)


def _meeting_on(series: MeetingSeries, on: date, start: datetime) -> Meeting:
    return Meeting(
        mission=series.mission,
        series=series,
        series_day=on,
        starts_at=start,
        ends_at=start + series.length,
        **{name: getattr(series, name) for name in TERMS},
    )


def _follow(meeting: Meeting, series: MeetingSeries, start: datetime) -> bool:
    """Gives the meeting what the series says; whether anything became different."""
    fields: Iterable[tuple[str, object]] = [
        *((name, getattr(series, name)) for name in TERMS),
        ("starts_at", start),
        ("ends_at", start + series.length),
    ]
    changed = [(name, value) for name, value in fields if getattr(meeting, name) != value]
    for name, value in changed:
        setattr(meeting, name, value)
    return bool(changed)


def _told(series: MeetingSeries) -> dict[str, object]:
    return {
        "mission": series.mission.title,
        "weekday": series.weekday,
        "starts_at": f"{series.starts_at:%H:%M}",
        "minutes": series.minutes,
        "is_active": series.is_active,
    }
