"""Submitting, correcting and closing days of attendance.

The window decides what counts, the database that there is one record a day, and the points follow
by request: each event asks for the recalculation of its student inside its own transaction.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from sms.accounts.models import User
from sms.attendance.choices import KIND_BY_MISSION_STATUS, DayKind, DayStatus, WindowState
from sms.attendance.models import AttendancePolicy, DailyRecord, Holiday
from sms.attendance.queries import policy_of
from sms.attendance.windows import Window, window_of
from sms.audit.actions import record as audit
from sms.audit.actions import record_keyed as audit_keyed
from sms.core import bulk, clock
from sms.core.fields import zone_of
from sms.core.problems import Refused, broken_constraints_refused
from sms.points.actions import request_recalculation
from sms.programme.choices import Access, BatchStatus, MissionStatus
from sms.programme.copying import Copy
from sms.programme.models import Batch, Mission, MissionEnrollment
from sms.programme.queries import running_missions

INSERT_RECORD = """
INSERT INTO attendance_dailyrecord (mission_enrollment_id, "on", status, kind, submitted_at, reason)
VALUES (%s, %s, %s, %s, %s, '')
ON CONFLICT (mission_enrollment_id, "on") DO UPDATE
    SET status = EXCLUDED.status, submitted_at = EXCLUDED.submitted_at
    WHERE attendance_dailyrecord.status = 'absent' AND attendance_dailyrecord.corrected_by_id IS NULL
RETURNING id
"""

CLOSE_DAY = """
INSERT INTO attendance_dailyrecord (mission_enrollment_id, "on", status, kind, reason)
SELECT taking_part.id, %s, 'absent', 'regular', ''
FROM programme_missionenrollment taking_part
JOIN programme_enrollment enrollment ON enrollment.id = taking_part.enrollment_id
JOIN accounts_user student ON student.id = enrollment.student_id
WHERE taking_part.mission_id = %s AND taking_part.access = 'full' AND student.is_active
  AND taking_part.joined_on <= %s AND (taking_part.left_on IS NULL OR taking_part.left_on > %s)
ON CONFLICT (mission_enrollment_id, "on") DO NOTHING
RETURNING mission_enrollment_id
"""

LOCK_RECORDS = """
SELECT record.mission_enrollment_id, record."on", record.id, record.status, record.reason
FROM attendance_dailyrecord record
JOIN UNNEST(%s::bigint[], %s::date[]) AS given (mission_enrollment_id, "on") USING (mission_enrollment_id, "on")
ORDER BY record.id
FOR UPDATE OF record
"""

DELETE_RECORDS = """
DELETE FROM attendance_dailyrecord record
USING UNNEST(%s::bigint[], %s::date[]) AS given (mission_enrollment_id, "on")
WHERE record.mission_enrollment_id = given.mission_enrollment_id AND record."on" = given."on"
RETURNING record.mission_enrollment_id, record."on", record.status
"""

BROKEN = {
    "attendance_attended_has_cause": gettext_lazy(
        "Say why a student counts as present or late on a day that they did not submit."
    ),
    "attendance_one_record_a_day": gettext_lazy(
        "A day of a student stands twice among these, or was recorded just now."
    ),
}

CATCH_UP_DAYS = 14
BULK = 5_000


@dataclass(frozen=True)
class Submitted:
    """The record of the day, and whether this very act made it."""

    record: DailyRecord
    is_new: bool


class Correction(NamedTuple):
    """One day of one student: what stood there before, None for nothing, and what stands there now."""

    mission_enrollment_id: int
    on: date
    before: str | None
    after: str | None
    reason: str


class Place(NamedTuple):
    """A mission enrollment as far as corrections in bulk need it."""

    mission_id: int
    mission_title: str
    mission_status: str
    timezone: str
    student: str

    def __str__(self) -> str:
        return f"{self.student} · {self.mission_title}"  # as MissionEnrollment says it


@transaction.atomic
def submit_attendance(*, actor: User, mission_enrollment: MissionEnrollment, on: date, is_holiday: bool) -> Submitted:
    """Records a student's own attendance of today. A second time changes nothing.

    Raises Refused when `on` is not today in the batch's timezone, the window is not open, or the
    student's access to the mission is not full.
    """
    moment = clock.now()
    status = _status_for_submission(mission_enrollment, on, is_holiday)
    kind = KIND_BY_MISSION_STATUS[mission_enrollment.mission.status]
    with connection.cursor() as cursor:
        # A record of absence can stand there already when the day was being closed while the person
        # submitted in its last second: they were in time, so it gives way.
        cursor.execute(INSERT_RECORD, [mission_enrollment.pk, on, status, kind, moment])
        inserted = cursor.fetchone()
    if inserted is None:
        return Submitted(DailyRecord.objects.get(mission_enrollment=mission_enrollment, on=on), is_new=False)
    record = DailyRecord(
        pk=inserted[0], mission_enrollment=mission_enrollment, on=on, status=status, kind=kind, submitted_at=moment
    )
    audit(
        actor=actor,
        verb=gettext_noop("submitted attendance in"),
        subject=mission_enrollment.mission,
        data={"on": on.isoformat(), "status": status},
    )
    request_recalculation([mission_enrollment.pk])
    return Submitted(record, is_new=True)


@transaction.atomic
def record_day(
    *, actor: User | None, mission: Mission, on: date, submitted: Mapping[int, datetime], kind: str = DayKind.REGULAR
) -> int:
    """The bulk form of `submit_attendance`: one day of a mission, by what was submitted when.

    `submitted` maps the keys of mission enrollments to instants; the window decides what each counts as.
    Instants outside of it and students who have a record of the day are passed over. Returns how many
    of the instants lay in the window.
    """
    is_holiday = Holiday.objects.filter(batch=mission.batch_id, on=on).exists()
    window = window_of(policy_of(mission), on, mission.batch.zone, is_holiday=is_holiday)
    records = [
        DailyRecord(mission_enrollment_id=pk, on=on, status=status, kind=kind, submitted_at=moment)
        for pk, moment in submitted.items()
        if (status := window.status_at(moment))
    ]
    if records:
        DailyRecord.objects.bulk_create(records, ignore_conflicts=True, batch_size=BULK)
        audit(
            actor=actor,
            verb=gettext_noop("recorded the attendance of"),
            subject=mission,
            data={"on": on.isoformat(), "students": len(records)},
        )
        request_recalculation(record.mission_enrollment_id for record in records)
    return len(records)


@transaction.atomic
def correct_attendance(
    *, actor: User, mission_enrollment: MissionEnrollment, on: date, status: str, reason: str
) -> DailyRecord:
    """Sets a past or present day by hand. Both values, the person and the reason stay in the audit list."""
    if on > clock.today(mission_enrollment.mission.batch.zone):
        raise Refused(_("That day has not come yet. Choose today or a day in the past."))
    record = DailyRecord.objects.select_for_update().filter(mission_enrollment=mission_enrollment, on=on).first()
    before = record.status if record else None
    record = record or DailyRecord(mission_enrollment=mission_enrollment, on=on, kind=_kind(mission_enrollment.mission))
    record.status, record.reason, record.corrected_by = status, reason, actor
    DailyRecord.objects.bulk_create(
        [record],
        update_conflicts=True,
        unique_fields=["mission_enrollment", "on"],
        update_fields=["status", "reason", "corrected_by"],
    )
    audit(
        actor=actor,
        verb=gettext_noop("corrected the attendance of"),
        subject=mission_enrollment,
        data={"on": on.isoformat(), "before": before, "after": status, "reason": reason},
    )
    request_recalculation([mission_enrollment.pk])
    return record


@transaction.atomic
def set_records(*, actor: User | None, rows: Iterable[tuple[int, date, str, str]]) -> int:
    """The bulk form of `correct_attendance`: (key of the mission enrollment, day, status, reason) a row.

    Days that are as given stay untouched. Returns how many were written. Raises Refused, and writes nothing, when a
    day has not come yet, or somebody would count as having attended without a submission and without a reason.
    """
    given = {(pk, on): (status, reason) for pk, on, status, reason in rows}
    places = _places(pk for pk, _on in given)
    _check_days(given, places)
    stored = _locked(given)
    changed = {key: new for key, new in given.items() if key not in stored or stored[key][1:] != new}
    by = actor.pk if actor else None
    with broken_constraints_refused(BROKEN):
        bulk.update(
            DailyRecord,
            ["status", "reason", "corrected_by_id"],
            ((stored[key][0], *new, by) for key, new in changed.items() if key in stored),
        )
        bulk.insert(
            DailyRecord,
            ["mission_enrollment_id", "on", "status", "reason", "kind", "corrected_by_id"],
            (
                (*key, *new, KIND_BY_MISSION_STATUS.get(places[key[0]].mission_status, DayKind.REGULAR).value, by)
                for key, new in changed.items()
                if key not in stored
            ),
        )
    corrections = [
        Correction(*key, stored[key][1] if key in stored else None, status, reason)
        for key, (status, reason) in changed.items()
    ]
    _tell(actor, gettext_noop("corrected the attendance of"), corrections, places)
    return len(corrections)


@transaction.atomic
def remove_records(*, actor: User | None, keys: Iterable[tuple[int, date]]) -> int:
    """Takes back days that were recorded by mistake: (key of the mission enrollment, day). Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(DELETE_RECORDS, _as_arrays(keys))
        removed = [Correction(pk, on, before, None, "") for pk, on, before in cursor.fetchall()]
    places = _places(each.mission_enrollment_id for each in removed)
    _tell(actor, gettext_noop("removed a day of attendance of"), removed, places)
    return len(removed)


def close_due_days() -> int:
    """Closes every day whose window is over, of every active mission. Returns the absences written.

    Safe to run twice and side by side; after a downtime it goes back CATCH_UP_DAYS.
    """
    missions = running_missions().filter(status=MissionStatus.ACTIVE).select_related("attendance_policy")
    return sum(close_day(mission=mission, on=on) for mission in missions for on in _days_to_close(mission))


@transaction.atomic
def close_day(*, mission: Mission, on: date) -> int:
    """Turns a day that is over into absences for those who have no record. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(CLOSE_DAY, [on, mission.pk, on, on])
        absent = [pk for (pk,) in cursor.fetchall()]
    if absent:
        audit(
            actor=None,
            verb=gettext_noop("closed the day of"),
            subject=mission,
            data={"on": on.isoformat(), "absent": len(absent)},
        )
        request_recalculation(absent)
    return len(absent)


@transaction.atomic
def set_policy(*, actor: User | None, mission: Mission, **fields: object) -> AttendancePolicy:
    """Sets days and window of a mission's attendance. Days that are recorded stay as they are."""
    policy, _created = AttendancePolicy.objects.update_or_create(mission=mission, defaults=fields)
    audit(actor=actor, verb=gettext_noop("set the attendance window of"), subject=mission, data={"window": str(policy)})
    return policy


@transaction.atomic
def add_holiday(*, actor: User | None, batch: Batch, on: date, title: str) -> Holiday:
    """Makes a day free for a batch. Naming it again gives it the new title."""
    holiday, _created = Holiday.objects.update_or_create(batch=batch, on=on, defaults={"title": title})
    audit(
        actor=actor, verb=gettext_noop("added a holiday to"), subject=batch, data={"on": on.isoformat(), "title": title}
    )
    return holiday


@transaction.atomic
def copy_policies(*, actor: User | None, copy: Copy) -> None:
    """Gives the missions of a duplicated batch the windows of those that they were made from."""
    AttendancePolicy.objects.bulk_create(
        AttendancePolicy(
            mission=copy.missions[policy.mission_id],
            weekdays=policy.weekdays,
            opens_at=policy.opens_at,
            late_after=policy.late_after,
            closes_at=policy.closes_at,
        )
        for policy in AttendancePolicy.objects.filter(mission__in=copy.missions)
    )


def _status_for_submission(mission_enrollment: MissionEnrollment, on: date, is_holiday: bool) -> DayStatus:
    mission = mission_enrollment.mission
    zone = mission.batch.zone
    if mission.status not in KIND_BY_MISSION_STATUS or mission.batch.status == BatchStatus.ARCHIVED:
        raise Refused(_("This mission is archived and takes no attendance."))
    if mission_enrollment.access != Access.FULL:
        raise Refused(_("Your access to this mission is limited. Ask your SRE about it."))
    if on != clock.today(zone):
        raise Refused(_("This page is from another day. Reload it to mark today’s attendance."))
    window = window_of(policy_of(mission), on, zone, is_holiday=is_holiday)
    status = window.status_at(clock.now())
    if status is None:
        raise Refused(why_closed(window, mission))
    return status


def why_closed(window: Window, mission: Mission) -> str:
    """Why nothing can be submitted at this instant, and when it can."""
    zone = mission.batch.zone
    state = window.state(clock.now())
    if state == WindowState.OFF:
        return _("There is no attendance on %(day)s.") % {"day": date_format(window.on, "l j F")}
    if state == WindowState.BEFORE:
        return _("Attendance opens at %(time)s.") % {"time": time_format(window.opens.astimezone(zone), "H:i")}
    return _("Attendance closed at %(time)s. Ask your mentor or SRE if you were there.") % {
        "time": time_format(window.closes.astimezone(zone), "H:i")
    }


def _kind(mission: Mission) -> DayKind:
    return KIND_BY_MISSION_STATUS.get(mission.status, DayKind.REGULAR)


def _days_to_close(mission: Mission) -> list[date]:
    zone, policy = mission.batch.zone, policy_of(mission)
    today = clock.today(zone)
    first = max(mission.starts_on, today - timedelta(days=CATCH_UP_DAYS))
    last = min(mission.ends_on, today)
    holidays = set(Holiday.objects.filter(batch=mission.batch_id, on__gte=first).values_list("on", flat=True))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    windows = (window_of(policy, day, zone, is_holiday=day in holidays) for day in days)
    return [window.on for window in windows if window.state(clock.now()) == WindowState.CLOSED]


def _places(pks: Iterable[int]) -> dict[int, Place]:
    fields = ("mission", "mission__title", "mission__status", "mission__batch__timezone", "enrollment__student__name")
    found = MissionEnrollment.objects.filter(pk__in=set(pks)).values_list("pk", *fields)
    return {pk: Place(*values) for pk, *values in found}


def _check_days(keys: Iterable[tuple[int, date]], places: Mapping[int, Place]) -> None:
    todays = {timezone: clock.today(zone_of(timezone)) for timezone in {each.timezone for each in places.values()}}
    for pk, on in keys:
        if pk not in places:
            raise Refused(_("One of these students is no longer in the mission. Nothing was changed."))
        if on > todays[places[pk].timezone]:
            raise Refused(
                _("%(day)s has not come yet for %(student)s. Nothing was changed.")
                % {"day": date_format(on, "j F Y"), "student": places[pk]}
            )


def _as_arrays(keys: Iterable[tuple[int, date]]) -> list[list]:
    keys = list(keys)
    return [[pk for pk, _on in keys], [on for _pk, on in keys]]


def _locked(keys: Iterable[tuple[int, date]]) -> dict[tuple[int, date], tuple[int, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_RECORDS, _as_arrays(keys))
        return {(pk, on): tuple(rest) for pk, on, *rest in cursor.fetchall()}


def _tell(actor: User | None, verb: str, corrections: Sequence[Correction], places: Mapping[int, Place]) -> None:
    """One event a student and day, where both values stay readable; one a mission and day with the numbers."""
    audit_keyed(
        actor=actor,
        verb=verb,
        subject_type=MissionEnrollment,
        events=(
            (
                each.mission_enrollment_id,
                str(places[each.mission_enrollment_id]),
                {"on": each.on.isoformat(), "before": each.before, "after": each.after, "reason": each.reason},
            )
            for each in corrections
        ),
    )
    by_day: dict[tuple[int, str, date], list[Correction]] = defaultdict(list)
    for each in corrections:
        place = places[each.mission_enrollment_id]
        by_day[place.mission_id, place.mission_title, each.on].append(each)
    audit_keyed(
        actor=actor,
        verb=gettext_noop("set days of attendance in"),
        subject_type=Mission,
        events=(
            (
                mission_id,
                title,
                {
                    "on": on.isoformat(),
                    "students": len(those),
                    "before": Counter(each.before or "none" for each in those),
                    "after": Counter(each.after or "none" for each in those),
                },
            )
            for (mission_id, title, on), those in sorted(by_day.items())
        ),
    )
    if corrections:
        request_recalculation({each.mission_enrollment_id for each in corrections})
