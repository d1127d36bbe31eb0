"""Receiving taps that a device kept without a network, and deciding about those that came too late.

The server's clock decides. What arrives while the window is open is an ordinary submission of that moment; only
what the claimed time would change about it goes to a person. Nothing that arrives is lost: it is recorded, waits
for review, or is refused with a sentence and an event in the audit list.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from sms.accounts.models import User
from sms.attendance.actions.correcting import set_records
from sms.attendance.actions.submitting import submit_attendance
from sms.attendance.choices import ATTENDED, DayStatus, TapOutcome, TapState, WindowState
from sms.attendance.models import DailyRecord, LateTap, corrected_claim
from sms.attendance.queries import add_worth, takes_attendance, window_on
from sms.attendance.windows import Window
from sms.audit.actions import record as audit
from sms.audit.actions import record_each as audit_each
from sms.audit.queries import about
from sms.core import clock
from sms.core.problems import Refused
from sms.programme.choices import Access
from sms.programme.models import MissionEnrollment

# After a week nobody can tell any more whether somebody was there, and the points of the week have been talked about.
REACH = timedelta(days=7)


@dataclass(frozen=True)
class TapAnswer:
    """What became of a tap, and the sentence for the student."""

    outcome: TapOutcome
    sentence: str


@transaction.atomic
def receive_tap(
    *, actor: User, mission_enrollment: MissionEnrollment, key: UUID, tapped_at: datetime, sent_at: datetime
) -> TapAnswer:
    """Takes in a tap of the student's own. The same key a second time gets the same answer and changes nothing."""
    # One tap of a student at a time, so that two of them cannot both find that nothing is there yet.
    MissionEnrollment.objects.select_for_update(no_key=True).get(pk=mission_enrollment.pk)
    known = LateTap.objects.filter(mission_enrollment=mission_enrollment, key=key).first()
    if known:
        return _answer_of(known)
    received_at = clock.now()
    claimed_at = corrected_claim(tapped_at, sent_at, received_at)
    on = claimed_at.astimezone(mission_enrollment.mission.batch.zone).date()
    window = window_on(mission_enrollment.mission, on)
    try:
        _check_student(mission_enrollment, on)
        record = _submitted_or_there(actor, mission_enrollment, window)
        worth = window.status_at(claimed_at)
        if record and record.status in ATTENDED and (record.status, worth) != (DayStatus.LATE, DayStatus.PRESENT):
            return TapAnswer(TapOutcome.RECORDED, _recorded_sentence(record))
        _check_claim(mission_enrollment, window, claimed_at)
    except Refused as refusal:
        _audit_refused(actor, mission_enrollment, on, key, tapped_at, sent_at, refusal.sentence)
        return TapAnswer(TapOutcome.REFUSED, refusal.sentence)
    facts = {"on": on.isoformat(), "key": str(key), "claimed_at": claimed_at.isoformat()}
    waiting = LateTap.objects.filter(mission_enrollment=mission_enrollment, on=on, state=TapState.PENDING).first()
    if waiting:
        # From another device, say. One of them is enough for whoever decides, and both stay readable.
        verb = gettext_noop("sent one more kept tap in")
    else:
        verb = gettext_noop("sent a kept tap in")
        waiting = LateTap.objects.create(
            mission_enrollment=mission_enrollment,
            on=on,
            key=key,
            tapped_at=tapped_at,
            sent_at=sent_at,
            received_at=received_at,
            claimed_at=claimed_at,
        )
    audit(actor=actor, verb=verb, subject=mission_enrollment, data=facts)
    return _answer_of(waiting)


@transaction.atomic
def decide_taps(*, actor: User, taps: QuerySet[LateTap], accept: bool, answer: str) -> int:
    """Accepts taps, which sets their days by the window at the claimed time, or refuses them with an answer.

    Those that somebody else has decided meanwhile are passed over. Returns how many were decided. A day that counts
    as much already stays as it is. Raises Refused, and decides nothing, where a day can no longer be set.
    """
    if not accept and not answer:
        raise Refused(_("Say why, so that the student can read it."))
    chosen = list(taps.filter(state=TapState.PENDING).select_for_update(of=("self",)).order_by("pk"))
    add_worth(chosen)
    if accept:
        set_records(actor=actor, rows=_days_of(chosen), in_review=True)
    state = TapState.ACCEPTED if accept else TapState.REFUSED
    LateTap.objects.filter(pk__in=[tap.pk for tap in chosen]).update(
        state=state, answer=answer, decided_by=actor, decided_at=clock.now()
    )
    audit_each(
        actor=actor,
        verb=gettext_noop("accepted a kept tap of") if accept else gettext_noop("refused a kept tap of"),
        events=[
            (
                tap.mission_enrollment,
                {"on": tap.on.isoformat(), "claimed_at": tap.claimed_at.isoformat(), "answer": answer},
            )
            for tap in chosen
        ],
    )
    return len(chosen)


def _days_of(taps: list[LateTap]) -> list[tuple[int, date, str, str]]:
    """(student, day, status, reason) of the days that a tap makes better than they are."""
    stored = {
        (pk, on): status
        for pk, on, status in DailyRecord.objects.filter(
            mission_enrollment__in=[tap.mission_enrollment_id for tap in taps], on__in=[tap.on for tap in taps]
        )
        .select_for_update()
        .values_list("mission_enrollment_id", "on", "status")
    }
    rows = []
    for tap in taps:
        mission_enrollment = tap.mission_enrollment
        if tap.worth is None:
            raise Refused(
                _("%(student)s tapped outside of the window, as it is now. Refuse it, or correct the day by hand.")
                % {"student": mission_enrollment}
            )
        if stored.get((mission_enrollment.pk, tap.on)) in (DayStatus.PRESENT, tap.worth):
            continue
        local = tap.claimed_at.astimezone(mission_enrollment.mission.batch.zone)
        reason = _("Tapped at %(time)s without a network") % {"time": time_format(local, "H:i")}
        rows.append((mission_enrollment.pk, tap.on, tap.worth.value, reason))
    return rows


def _submitted_or_there(actor: User, mission_enrollment: MissionEnrollment, window: Window) -> DailyRecord | None:
    """The record of the day: made just now if its window is open, or the one that is there."""
    if window.state(clock.now()) in (WindowState.OPEN, WindowState.LATE):
        return submit_attendance(
            actor=actor, mission_enrollment=mission_enrollment, on=window.on, is_holiday=window.is_off
        ).record
    return DailyRecord.objects.filter(mission_enrollment=mission_enrollment, on=window.on).first()


def _check_student(mission_enrollment: MissionEnrollment, on: date) -> None:
    if not takes_attendance(mission_enrollment.mission):
        raise Refused(_("This mission is archived and takes no attendance."))
    if mission_enrollment.left_on and mission_enrollment.left_on <= on:
        raise Refused(_("You were no longer in this mission on %(day)s.") % {"day": date_format(on, "l j F")})
    if mission_enrollment.access != Access.FULL:
        raise Refused(_("Your access to this mission is limited. Ask your SRE about it."))


def _check_claim(mission_enrollment: MissionEnrollment, window: Window, claimed_at: datetime) -> None:
    now, zone = clock.now(), mission_enrollment.mission.batch.zone
    day = {"day": date_format(window.on, "l j F")}
    if claimed_at > now:
        raise Refused(_("The time of your tap has not come yet. Set the clock of your device, and tap again."))
    if now - claimed_at > REACH:
        raise Refused(
            _("Your tap of %(day)s came more than a week later. Ask your mentor or SRE if you were there.") % day
        )
    state = window.state(claimed_at)
    if state == WindowState.OFF:
        raise Refused(_("There was no attendance on %(day)s.") % day)
    if state == WindowState.BEFORE:
        opens = time_format(window.opens.astimezone(zone), "H:i")
        raise Refused(_("You tapped on %(day)s before attendance opened at %(time)s.") % {**day, "time": opens})
    if state == WindowState.CLOSED:
        closes = time_format(window.closes.astimezone(zone), "H:i")
        raise Refused(
            _("You tapped on %(day)s after attendance had closed at %(time)s. Ask your mentor or SRE about it.")
            % {**day, "time": closes}
        )


def _audit_refused(
    actor: User,
    mission_enrollment: MissionEnrollment,
    on: date,
    key: UUID,
    tapped_at: datetime,
    sent_at: datetime,
    sentence: str,
) -> None:
    """One event a tap, however often a device that missed the answer sends it."""
    verb = gettext_noop("sent a kept tap that was refused in")
    if about(mission_enrollment).filter(verb=verb, data__key=str(key)).exists():
        return
    data = {
        "on": on.isoformat(),
        "key": str(key),
        "tapped_at": tapped_at.isoformat(),
        "sent_at": sent_at.isoformat(),
        "why": str(sentence),
    }
    audit(actor=actor, verb=verb, subject=mission_enrollment, data=data)


def _answer_of(tap: LateTap) -> TapAnswer:
    day = {"day": date_format(tap.on, "l j F")}
    if tap.state == TapState.ACCEPTED:
        return TapAnswer(TapOutcome.RECORDED, _("Your tap of %(day)s was accepted.") % day)
    if tap.state == TapState.REFUSED:
        refused = _("Your tap of %(day)s was refused: %(answer)s") % {**day, "answer": tap.answer}
        return TapAnswer(TapOutcome.REFUSED, refused)
    sentence = _("Your tap of %(day)s arrived late. Your mentor or SRE decides whether it counts as in time.") % day
    return TapAnswer(TapOutcome.REVIEW, sentence)


def _recorded_sentence(record: DailyRecord) -> str:
    return _("%(day)s is recorded as %(status)s.") % {
        "day": date_format(record.on, "l j F"),
        "status": record.get_status_display(),
    }
