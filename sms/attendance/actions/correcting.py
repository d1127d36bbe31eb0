"""Correcting days by hand, one or thousands: both values, the person and the reason stay readable."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from sms.accounts.models import User
from sms.attendance.choices import KIND_BY_MISSION_STATUS, DayKind
from sms.attendance.models import DailyRecord
from sms.attendance.queries import policy_of
from sms.attendance.queries.limits import Limits
from sms.audit.actions import record as audit
from sms.audit.actions import record_keyed as audit_keyed
from sms.core import bulk, clock
from sms.core.fields import zone_of
from sms.core.problems import Refused, broken_constraints_refused
from sms.points.actions import request_recalculation
from sms.programme.models import Mission, MissionEnrollment

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
    locked_until: date | None
    days: int | None
    mentors_may: bool | None
    mentors_days: int | None

    def __str__(self) -> str:
        return f"{self.student} · {self.mission_title}"  # as MissionEnrollment says it

    @property
    def limits(self) -> Limits:
        return Limits(self.locked_until, self.days, self.mentors_days if self.mentors_may else None)


@transaction.atomic
def correct_attendance(
    *, actor: User, mission_enrollment: MissionEnrollment, on: date, status: str, reason: str
) -> DailyRecord:
    """Sets a past or present day by hand. Both values, the person and the reason stay in the audit list."""
    if on > clock.today(mission_enrollment.mission.batch.zone):
        raise Refused(_("That day has not come yet. Choose today or a day in the past."))
    if mission_enrollment.enrollment.student_id == actor.pk:
        raise Refused(_("Your own days are corrected by somebody else."))
    # Two people at one day: the later one waits here, and finds what the earlier one wrote.
    MissionEnrollment.objects.select_for_update(no_key=True).get(pk=mission_enrollment.pk)
    mission = mission_enrollment.mission
    if frozen := Limits.of(policy_of(mission)).why_frozen(actor, on, clock.today(mission.batch.zone)):
        raise Refused(frozen)
    record = DailyRecord.objects.select_for_update().filter(mission_enrollment=mission_enrollment, on=on).first()
    before = record.status if record else None
    record = record or DailyRecord(mission_enrollment=mission_enrollment, on=on, kind=_kind(mission_enrollment.mission))
    record.status, record.reason, record.corrected_by, record.excuse = status, reason, actor, None
    DailyRecord.objects.bulk_create(
        [record],
        update_conflicts=True,
        unique_fields=["mission_enrollment", "on"],
        update_fields=["status", "reason", "corrected_by", "excuse"],
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
def set_records(*, actor: User | None, rows: Iterable[tuple[int, date, str, str]], in_review: bool = False) -> int:
    """The bulk form of `correct_attendance`: (key of the mission enrollment, day, status, reason) a row.

    Days that are as given stay untouched. Returns how many were written. Raises Refused, and writes nothing, when a
    day has not come yet or is frozen for the actor, or somebody would count as having attended without a submission
    and without a reason.

    In the review of what a student did themself a day may be set by whoever reviews it, mentors as well, unless it is
    locked.
    """
    given = {(pk, on): (status, reason) for pk, on, status, reason in rows}
    places = _places(pk for pk, _on in given)
    _check_days(actor, given, places, in_review=in_review)
    stored = _locked(given)
    changed = {key: new for key, new in given.items() if key not in stored or stored[key][1:] != new}
    by = actor.pk if actor else None
    with broken_constraints_refused(BROKEN):
        bulk.update(
            DailyRecord,
            ["status", "reason", "corrected_by_id", "excuse_id"],
            ((stored[key][0], *new, by, None) for key, new in changed.items() if key in stored),
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
    keys = list(keys)
    places = _places(pk for pk, _on in keys)
    _check_limits(actor, [key for key in keys if key[0] in places], places)
    with connection.cursor() as cursor:
        cursor.execute(DELETE_RECORDS, _as_arrays(keys))
        removed = [Correction(pk, on, before, None, "") for pk, on, before in cursor.fetchall()]
    _tell(actor, gettext_noop("removed a day of attendance of"), removed, places)
    return len(removed)


def _kind(mission: Mission) -> DayKind:
    return KIND_BY_MISSION_STATUS.get(mission.status, DayKind.REGULAR)


def _places(pks: Iterable[int]) -> dict[int, Place]:
    policy = "mission__attendance_policy__"
    fields = (
        "mission",
        "mission__title",
        "mission__status",
        "mission__batch__timezone",
        "enrollment__student__name",
        f"{policy}locked_until",
        f"{policy}corrections_until_days",
        f"{policy}mentors_may_correct",
        f"{policy}mentors_until_days",
    )
    found = MissionEnrollment.objects.filter(pk__in=set(pks)).values_list("pk", *fields)
    return {pk: Place(*values) for pk, *values in found}


def _check_days(
    actor: User | None, keys: Collection[tuple[int, date]], places: Mapping[int, Place], *, in_review: bool
) -> None:
    todays = _todays(places)
    for pk, on in keys:
        if pk not in places:
            raise Refused(_("One of these students is no longer in the mission. Nothing was changed."))
        if on > todays[places[pk].timezone]:
            raise Refused(
                _("%(day)s has not come yet for %(student)s. Nothing was changed.")
                % {"day": date_format(on, "j F Y"), "student": places[pk]}
            )
    _check_limits(actor, keys, places, in_review=in_review)


def _check_limits(
    actor: User | None, keys: Iterable[tuple[int, date]], places: Mapping[int, Place], *, in_review: bool = False
) -> None:
    todays = _todays(places)
    asked = {(places[pk].limits, todays[places[pk].timezone], on) for pk, on in keys}
    for limits, today, on in sorted(asked, key=lambda each: each[2]):
        why = limits.why_locked if in_review else limits.why_frozen
        if frozen := why(actor, on, today):
            raise Refused(_("%(sentence)s Nothing was changed.") % {"sentence": frozen})


def _todays(places: Mapping[int, Place]) -> dict[str, date]:
    return {timezone: clock.today(zone_of(timezone)) for timezone in {each.timezone for each in places.values()}}


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
