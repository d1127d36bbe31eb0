"""Who was in a meeting, set by hand or by a report: both values, the person and the reason stay readable."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from sms.accounts.models import User
from sms.attendance.choices import MeetingState
from sms.attendance.models import Meeting, MeetingRecord
from sms.attendance.queries import CORRECTED, REMOVED, Limits, fingerprint_of, policy_of
from sms.audit.actions import record_keyed as audit_keyed
from sms.core import bulk, clock
from sms.core.problems import Refused, broken_constraints_refused
from sms.points.actions import request_recalculation
from sms.programme.models import MissionEnrollment

Key = tuple[int, int]  # (key of the meeting, key of the mission enrollment)

LOCK_RECORDS = """
SELECT record.meeting_id, record.mission_enrollment_id, record.id,
       record.status, record.minutes, record.joined_at, record.reason
FROM attendance_meetingrecord record
JOIN UNNEST(%s::bigint[], %s::bigint[]) AS given (meeting_id, mission_enrollment_id)
  USING (meeting_id, mission_enrollment_id)
ORDER BY record.id
FOR UPDATE OF record
"""

DELETE_RECORDS = """
DELETE FROM attendance_meetingrecord record
USING UNNEST(%s::bigint[], %s::bigint[]) AS given (meeting_id, mission_enrollment_id)
WHERE record.meeting_id = given.meeting_id AND record.mission_enrollment_id = given.mission_enrollment_id
RETURNING record.meeting_id, record.mission_enrollment_id, record.status
"""

BROKEN = {
    "attendance_meeting_attended_has_cause": gettext_lazy(
        "Say why a student counts as present or late in a meeting to which they did not submit."
    ),
    "attendance_one_record_a_meeting": gettext_lazy("A student stands twice among these, or was recorded just now."),
    "attendance_meeting_same_mission": gettext_lazy("One of these students is not in the mission of the meeting."),
}


class Was(NamedTuple):
    """What is set of one student in one meeting. `minutes` and `joined_at` are what a report says, else None."""

    status: str
    minutes: int | None = None
    joined_at: datetime | None = None
    reason: str = ""


class Change(NamedTuple):
    meeting_id: int
    mission_enrollment_id: int
    before: str | None
    after: str | None
    reason: str


@transaction.atomic
def correct_meeting_record(
    *, actor: User, meeting: Meeting, mission_enrollment: MissionEnrollment, status: str, reason: str
) -> None:
    """Sets by hand how a student was there. Minutes that a report gave stay beside it."""
    if meeting.starts_at > clock.now():
        raise Refused(_("This meeting has not begun. Correct it once it has."))
    if mission_enrollment.enrollment.student_id == actor.pk:
        raise Refused(_("Your own records are corrected by somebody else."))
    mark_meeting(actor=actor, meeting=meeting, students=[mission_enrollment.pk], status=status, reason=reason)


@transaction.atomic
def mark_meeting(
    *, actor: User, meeting: Meeting, students: Iterable[int], status: str, reason: str, fingerprint: str | None = None
) -> int:
    """Sets all these students (keys of mission enrollments) of a meeting to one status, also after the fact.

    Returns how many became different. Raises Refused before the meeting has begun, without a reason, and when what
    stands there is no longer what the person was shown, where its `fingerprint` is given.
    """
    if meeting.starts_at > clock.now():
        raise Refused(_("This meeting has not begun. Mark it once it has."))
    if not reason.strip():
        raise Refused(_("Give the reason. Students can read it."))
    keys = [(meeting.pk, pk) for pk in students]
    stored = {key: was for key, (_pk, was) in _locked(keys).items()}
    if fingerprint is not None:
        statuses = {key[1]: stored[key].status if key in stored else None for key in keys}
        if fingerprint != fingerprint_of(statuses):
            raise Refused(_("Records have changed since they were shown to you. Look once more, then confirm."))
    rows = {
        key: stored[key]._replace(status=status, reason=reason) if key in stored else Was(status, reason=reason)
        for key in keys
        if key not in stored or stored[key].status != status
    }
    return set_meeting_records(actor=actor, rows=rows)


@transaction.atomic
def set_meeting_records(*, actor: User | None, rows: Mapping[Key, Was]) -> int:
    """The bulk form of `correct_meeting_record`, and what a report is applied by. Records that are as given stay
    untouched. Returns how many were written.

    What has a reason counts as set by the actor; a report, which has none, corrects nobody.
    """
    _check_meetings(actor, {meeting for meeting, _student in rows})
    stored = _locked(rows)
    changed = {key: was for key, was in rows.items() if key not in stored or stored[key][1] != was}
    with broken_constraints_refused(BROKEN):
        bulk.update(
            MeetingRecord,
            ["status", "minutes", "joined_at", "reason", "corrected_by_id", "excuse_id"],
            ((stored[key][0], *was, _by(actor, was), None) for key, was in changed.items() if key in stored),
        )
        bulk.insert(
            MeetingRecord,
            ["meeting_id", "mission_enrollment_id", "status", "minutes", "joined_at", "reason", "corrected_by_id"],
            ((*key, *was, _by(actor, was)) for key, was in changed.items() if key not in stored),
        )
    changes = [
        Change(*key, stored[key][1].status if key in stored else None, was.status, was.reason)
        for key, was in changed.items()
    ]
    _tell(actor, CORRECTED, changes)
    return len(changes)


@transaction.atomic
def remove_meeting_records(*, actor: User | None, keys: Iterable[Key]) -> int:
    """Takes back records that were made by mistake. Returns how many."""
    keys = list(keys)
    _check_limits(actor, _meetings({meeting for meeting, _student in keys}))
    with connection.cursor() as cursor:
        cursor.execute(DELETE_RECORDS, _as_arrays(keys))
        removed = [Change(meeting, student, before, None, "") for meeting, student, before in cursor.fetchall()]
    _tell(actor, REMOVED, removed)
    return len(removed)


def _by(actor: User | None, was: Was) -> int | None:
    return actor.pk if actor and was.reason else None


def _meetings(pks: Iterable[int]) -> list[Meeting]:
    with_limits = Meeting.objects.select_related("mission__batch", "mission__attendance_policy")
    return list(with_limits.filter(pk__in=set(pks)))


def _check_limits(actor: User | None, meetings: Iterable[Meeting]) -> None:
    """What is locked for days is locked for the meetings on them."""
    for meeting in meetings:
        limits, today = Limits.of(policy_of(meeting.mission)), clock.today(meeting.zone)
        if locked := limits.why_locked(actor, meeting.on, today):
            raise Refused(locked)


def _check_meetings(actor: User | None, pks: Iterable[int]) -> None:
    meetings = _meetings(pks)
    _check_limits(actor, meetings)
    for meeting in meetings:
        if meeting.state == MeetingState.CANCELLED:
            raise Refused(_("“%(meeting)s” was cancelled, so nobody was there.") % {"meeting": meeting})
        if meeting.starts_at > clock.now():
            raise Refused(_("“%(meeting)s” has not begun.") % {"meeting": meeting})


def _as_arrays(keys: Iterable[Key]) -> list[list[int]]:
    keys = list(keys)
    return [[meeting for meeting, _student in keys], [student for _meeting, student in keys]]


def _locked(keys: Iterable[Key]) -> dict[Key, tuple[int, Was]]:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_RECORDS, _as_arrays(keys))
        return {(meeting, student): (pk, Was(*was)) for meeting, student, pk, *was in cursor.fetchall()}


def _tell(actor: User | None, verb: str, changes: Sequence[Change]) -> None:
    """One event a student, where both values stay readable; one a meeting with the numbers."""
    if not changes:
        return
    meetings = {
        meeting.pk: str(meeting)
        for meeting in Meeting.objects.select_related("mission__batch").filter(
            pk__in={change.meeting_id for change in changes}
        )
    }
    people = {
        pk: f"{student} · {mission}"  # as MissionEnrollment says it
        for pk, student, mission in MissionEnrollment.objects.filter(
            pk__in=bulk.among({change.mission_enrollment_id for change in changes})
        ).values_list("pk", "enrollment__student__name", "mission__title")
    }
    audit_keyed(
        actor=actor,
        verb=verb,
        subject_type=MissionEnrollment,
        events=(
            (
                each.mission_enrollment_id,
                people[each.mission_enrollment_id],
                {
                    "meeting": each.meeting_id,
                    "title": meetings[each.meeting_id],
                    "before": each.before,
                    "after": each.after,
                    "reason": each.reason,
                },
            )
            for each in changes
        ),
    )
    by_meeting: dict[int, list[Change]] = defaultdict(list)
    for each in changes:
        by_meeting[each.meeting_id].append(each)
    audit_keyed(
        actor=actor,
        verb=gettext_noop("set records of"),
        subject_type=Meeting,
        events=(
            (
                pk,
                meetings[pk],
                {
                    "students": len(those),
                    "before": Counter(each.before or "none" for each in those),
                    "after": Counter(each.after or "none" for each in those),
                },
            )
            for pk, those in sorted(by_meeting.items())
        ),
    )
    request_recalculation({each.mission_enrollment_id for each in changes})
