"""Excuses: asking, answering, and taking back. A granted day counts neither for nor against the student."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from django.conf import settings
from django.core.files.base import File
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from sms.accounts.models import User
from sms.attendance.choices import DayStatus, ExcuseState
from sms.attendance.locks import lock_days
from sms.attendance.models import MOST_DAYS, DailyRecord, ExcusedDay, ExcuseRequest, Meeting, MeetingRecord
from sms.attendance.queries import CORRECTED, policy_of
from sms.attendance.queries.limits import Limits
from sms.audit.actions import record as audit
from sms.audit.actions import record_each as audit_each
from sms.core import clock
from sms.core.problems import Refused, broken_constraints_refused
from sms.core.uploads import UploadKind, check_upload, clean_name, store_upload
from sms.points.actions import request_recalculation
from sms.programme.choices import Access
from sms.programme.models import MissionEnrollment

FOLDER = "excuses"
FILE_KINDS = (UploadKind.PDF, UploadKind.JPEG, UploadKind.PNG)

TAKEN = {
    "attendance_one_excuse_a_day": gettext_lazy(
        "You have asked for one of these days already. Withdraw that request first, or choose other days."
    )
}

EXCUSE = """
UPDATE attendance_dailyrecord record
SET status = 'excused', excuse_id = excuse.id, reason = excuse.reason, corrected_by_id = NULL
FROM attendance_excuserequest excuse, attendance_dailyrecord before
WHERE excuse.id = ANY(%s) AND record.mission_enrollment_id = excuse.mission_enrollment_id
  AND record."on" BETWEEN excuse.first AND excuse.last AND record.status = 'absent' AND before.id = record.id
RETURNING excuse.id, record."on", before.status
"""

# The meetings on these days, by the calendar of the batch.
EXCUSE_MEETINGS = """
UPDATE attendance_meetingrecord record
SET status = 'excused', excuse_id = excuse.id, reason = excuse.reason, corrected_by_id = NULL
FROM attendance_excuserequest excuse, attendance_meeting meeting, programme_mission mission, programme_batch batch
WHERE excuse.id = ANY(%s) AND record.mission_enrollment_id = excuse.mission_enrollment_id
  AND meeting.id = record.meeting_id AND mission.id = meeting.mission_id AND batch.id = mission.batch_id
  AND timezone(batch.timezone, meeting.starts_at)::date BETWEEN excuse.first AND excuse.last
  AND record.status = 'absent' AND meeting.state <> 'cancelled'
RETURNING excuse.id, meeting.id
"""


@transaction.atomic
def ask_for_excuse(
    *,
    actor: User,
    mission_enrollment: MissionEnrollment,
    first: date,
    last: date,
    reason: str,
    file: File | None = None,
) -> ExcuseRequest:
    """A student's own request, before the days or after them."""
    mission = mission_enrollment.mission
    if last < first:
        raise Refused(_("The last day lies before the first. Turn them round."))
    if (last - first).days >= MOST_DAYS:
        raise Refused(_("Ask for at most %(n)d days at once.") % {"n": MOST_DAYS})
    if first < mission.starts_on or last > mission.ends_on:
        raise Refused(_("Choose days of this mission."))
    if mission_enrollment.access == Access.REVOKED or mission_enrollment.left_on:
        raise Refused(_("You no longer take part in this mission."))
    _refuse_frozen(actor, mission_enrollment, first)
    kind = check_upload(file, FILE_KINDS, settings.UPLOAD_MOST_BYTES) if file else ""
    with broken_constraints_refused(TAKEN):
        request = ExcuseRequest.objects.create(
            mission_enrollment=mission_enrollment,
            first=first,
            last=last,
            reason=reason,
            asked_at=clock.now(),
            file_name=clean_name(file.name, kind) if file else "",
            file_kind=kind,
        )
        ExcusedDay.objects.bulk_create(
            ExcusedDay(request=request, mission_enrollment=mission_enrollment, on=first + timedelta(days=n))
            for n in range((last - first).days + 1)
        )
    if file:
        request.file = store_upload(file, FOLDER)
        request.save(update_fields=["file"])
    audit(
        actor=actor,
        verb=gettext_noop("asked to be excused in"),
        subject=mission_enrollment,
        data={"first": first.isoformat(), "last": last.isoformat(), "reason": reason},
    )
    return request


@transaction.atomic
def decide_excuses(*, actor: User, requests: Iterable[int], state: str, answer: str) -> int:
    """Grants or refuses requests that wait; one's own, and those that somebody else answered meanwhile, are passed over.

    Of granted days the absences become excused now, and those to come when they are closed; so do those in meetings.
    Returns how many.
    """
    if state not in (ExcuseState.GRANTED, ExcuseState.REFUSED):
        raise ValueError(state)
    waiting = [
        request
        for request in _locked(requests, ExcuseState.PENDING)
        if request.mission_enrollment.enrollment.student_id != actor.pk
    ]
    if state == ExcuseState.GRANTED:
        for request in waiting:
            _refuse_frozen(actor, request.mission_enrollment, request.first)
    _settle(actor, waiting, state, answer)
    if state == ExcuseState.GRANTED:
        with connection.cursor() as cursor:
            cursor.execute(EXCUSE, [[request.pk for request in waiting]])
            days = cursor.fetchall()
            cursor.execute(EXCUSE_MEETINGS, [[request.pk for request in waiting]])
            meetings = cursor.fetchall()
        by_key = {request.pk: request for request in waiting}
        _tell_days(actor, by_key, days, DayStatus.EXCUSED)
        _tell_meetings(actor, by_key, meetings, DayStatus.ABSENT, DayStatus.EXCUSED)
    return len(waiting)


@transaction.atomic
def withdraw_excuse(*, actor: User, request: ExcuseRequest, reason: str = "") -> None:
    """Takes a request back: the student one that waits, staff one that was granted. Its days are absences again."""
    is_own = request.mission_enrollment.enrollment.student_id == actor.pk
    found = _locked([request.pk], ExcuseState.PENDING if is_own else ExcuseState.GRANTED)
    if not found:
        raise Refused(_("This request was answered or withdrawn meanwhile. Reload the page to see it."))
    if not is_own:
        _refuse_frozen(actor, found[0].mission_enrollment, found[0].first)
    _settle(actor, found, ExcuseState.WITHDRAWN, reason)
    records = DailyRecord.objects.filter(excuse=request)
    days = [(request.pk, on, DayStatus.EXCUSED) for on in records.values_list("on", flat=True)]
    records.update(status=DayStatus.ABSENT, reason="", excuse=None)
    _tell_days(actor, {request.pk: found[0]}, days, DayStatus.ABSENT, reason)
    in_meetings = MeetingRecord.objects.filter(excuse=request)
    meetings = [(request.pk, meeting) for meeting in in_meetings.values_list("meeting", flat=True)]
    in_meetings.update(status=DayStatus.ABSENT, reason="", excuse=None)
    _tell_meetings(actor, {request.pk: found[0]}, meetings, DayStatus.EXCUSED, DayStatus.ABSENT, reason)


def _locked(requests: Iterable[int], state: str) -> list[ExcuseRequest]:
    """Those in this state, held against others who answer, and their missions against the closing of days."""
    found = ExcuseRequest.objects.filter(pk__in=list(requests))
    lock_days(found.values_list("mission_enrollment__mission", flat=True))
    return list(
        found.filter(state=state)
        .select_related(
            "mission_enrollment__enrollment__student",
            "mission_enrollment__mission__batch",
            "mission_enrollment__mission__attendance_policy",
        )
        .select_for_update(of=("self",))
        .order_by("pk")
    )


def _refuse_frozen(actor: User, mission_enrollment: MissionEnrollment, first: date) -> None:
    mission = mission_enrollment.mission
    if frozen := Limits.of(policy_of(mission)).why_locked(actor, first, clock.today(mission.batch.zone)):
        raise Refused(frozen)


def _settle(actor: User, requests: Collection[ExcuseRequest], state: str, answer: str) -> None:
    keys = [request.pk for request in requests]
    ExcuseRequest.objects.filter(pk__in=keys).update(
        state=state, answer=answer, decided_by=actor, decided_at=clock.now()
    )
    if state != ExcuseState.GRANTED:
        ExcusedDay.objects.filter(request__in=keys).delete()
    audit_each(
        actor=actor,
        verb=VERBS[state],
        events=(
            (
                each.mission_enrollment,
                {"first": each.first.isoformat(), "last": each.last.isoformat(), "answer": answer},
            )
            for each in requests
        ),
    )


VERBS = {
    ExcuseState.GRANTED: gettext_noop("granted the excuse of"),
    ExcuseState.REFUSED: gettext_noop("refused the excuse of"),
    ExcuseState.WITHDRAWN: gettext_noop("withdrew the excuse of"),
}


def _tell_days(
    actor: User,
    requests: dict[int, ExcuseRequest],
    days: Collection[tuple[int, date, str]],
    after: str,
    reason: str | None = None,
) -> None:
    """As for each day that is corrected by hand: what stood there, and what stands there now."""
    audit_each(
        actor=actor,
        verb=gettext_noop("corrected the attendance of"),
        events=(
            (
                requests[pk].mission_enrollment,
                {
                    "on": on.isoformat(),
                    "before": str(before),
                    "after": str(after),
                    "reason": requests[pk].reason if reason is None else reason,
                },
            )
            for pk, on, before in days
        ),
    )
    if days:
        request_recalculation({requests[pk].mission_enrollment_id for pk, _on, _before in days})


def _tell_meetings(
    actor: User,
    requests: dict[int, ExcuseRequest],
    meetings: Collection[tuple[int, int]],
    before: str,
    after: str,
    reason: str | None = None,
) -> None:
    """The same for meetings. Neither status gives points, so none are reckoned anew."""
    titles = Meeting.objects.select_related("mission__batch").in_bulk({meeting for _pk, meeting in meetings})
    audit_each(
        actor=actor,
        verb=CORRECTED,
        events=(
            (
                requests[pk].mission_enrollment,
                {
                    "meeting": meeting,
                    "title": str(titles[meeting]),
                    "before": str(before),
                    "after": str(after),
                    "reason": requests[pk].reason if reason is None else reason,
                },
            )
            for pk, meeting in meetings
        ),
    )
