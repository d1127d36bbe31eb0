"""Reading meetings: which ones a person sees and hosts, what a student submits now, and how many were there."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.models import Permission
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from sms.accounts.models import User
from sms.attendance.choices import ATTENDED, DOORS_TO_SUBMIT, DayStatus, MeetingDoor, MeetingState, MeetingWay
from sms.attendance.meeting_windows import AFTER_END, BEFORE_START, door_of
from sms.attendance.models import Holiday, Meeting, MeetingRecord, MeetingSeries
from sms.audit.models import Event
from sms.audit.queries import about
from sms.core import clock
from sms.programme import queries as programme
from sms.programme.choices import Access
from sms.programme.models import Batch, Mission, MissionEnrollment

CORRECTED, REMOVED = "corrected the meeting of", "removed a meeting of"


def with_places() -> QuerySet[Meeting]:
    return Meeting.objects.select_related("mission__batch", "host", "series")


def meetings_visible_to(user: User) -> QuerySet[Meeting]:
    """Staff see all; a mentor those that they host and those of missions in which they have students; a student those
    of the missions that they take part in.
    """
    meetings = with_places()
    if user.has_perm("programme.view_all_students"):
        return meetings
    in_sight = programme.visible_to(user).filter(programme.taking_part()).order_by().values("mission")
    hosted = Q(host=user) if user.has_perm("attendance.host_meetings") else Q()
    return meetings.filter(Q(mission__in=in_sight) | hosted)


def meetings_hosted_by(user: User) -> QuerySet[Meeting]:
    """Those that the person may open, close and correct: staff all, a mentor those of which they are the host."""
    if not user.has_perm("attendance.host_meetings"):
        return Meeting.objects.none()
    meetings = meetings_visible_to(user)
    return meetings if user.has_perm("programme.view_all_students") else meetings.filter(host=user)


def meeting_records_visible_to(user: User) -> QuerySet[MeetingRecord]:
    """Records of the students whom the person may see, and of no others, whoever hosts."""
    return MeetingRecord.objects.filter(mission_enrollment__in=programme.visible_to(user).order_by().values("pk"))


def series_visible_to(user: User) -> QuerySet[MeetingSeries]:
    series = MeetingSeries.objects.select_related("mission__batch", "host")
    return series if user.has_perm("programme.view_programme") else series.none()


def hosts() -> QuerySet[User]:
    """People who may host a meeting and can sign in, by name."""
    may_host = Permission.objects.filter(
        content_type__app_label="attendance", codename="host_meetings", group__user=OuterRef("pk")
    )
    return User.objects.filter(Exists(may_host), is_active=True).order_by("name", "pk")


# --- A student's side


@dataclass(frozen=True)
class OwnMeeting:
    """A meeting as one of its students sees it."""

    meeting: Meeting
    student: MissionEnrollment
    record: MeetingRecord | None
    door: MeetingDoor

    @property
    def can_submit(self) -> bool:
        return self.record is None and self.door in DOORS_TO_SUBMIT and self.student.access == Access.FULL

    @property
    def attended(self) -> bool:
        return self.record is not None and self.record.status in ATTENDED

    @property
    def asks_for_code(self) -> bool:
        return self.meeting.way == MeetingWay.CODE

    @property
    def shown_link(self) -> str:
        """Where to go, as long as there is something to go to."""
        is_near = self.door in (MeetingDoor.WAITING, *DOORS_TO_SUBMIT)
        return self.meeting.link if is_near and self.student.access == Access.FULL else ""


def place_in(user: User, meeting: Meeting) -> MissionEnrollment | None:
    """The user's own open part in the mission of the meeting."""
    return programme.own(user).filter(mission=meeting.mission_id).first()


def own_meeting(student: MissionEnrollment, meeting: Meeting) -> OwnMeeting:
    record = MeetingRecord.objects.filter(meeting=meeting, mission_enrollment=student).first()
    return OwnMeeting(meeting, student, record, door_of(meeting, clock.now()))


def meetings_now(students: Iterable[MissionEnrollment]) -> list[OwnMeeting]:
    """What is on for these students, in two queries: meetings about to start, on, or just over."""
    by_mission = {student.mission_id: student for student in students if student.access == Access.FULL}
    moment = clock.now()
    near = Q(starts_at__lte=moment + BEFORE_START) & (Q(ends_at__gt=moment - AFTER_END) | Q(state=MeetingState.OPEN))
    going_on = (MeetingState.SCHEDULED, MeetingState.OPEN)
    found = Meeting.objects.filter(Q(state=MeetingState.OPEN) | near, mission__in=by_mission, state__in=going_on)
    meetings = list(found.select_related("mission__batch", "host").order_by("starts_at", "pk"))
    records = {
        record.meeting_id: record
        for record in MeetingRecord.objects.filter(
            meeting__in=meetings, mission_enrollment__in=[student.pk for student in by_mission.values()]
        )
    }
    return [
        OwnMeeting(each, by_mission[each.mission_id], records.get(each.pk), door_of(each, moment)) for each in meetings
    ]


def add_own_records(user: User) -> Callable[[list[Meeting]], None]:
    """Hangs the user's own record on each meeting, as `own`. For the `enrich` of a list page."""

    def enrich(meetings: list[Meeting]) -> None:
        records = MeetingRecord.objects.filter(meeting__in=meetings, mission_enrollment__enrollment__student=user)
        # Of a student with two spells in the mission the later record is the one that counts.
        own = {record.meeting_id: record for record in records.order_by("mission_enrollment")}
        for meeting in meetings:
            meeting.own = own.get(meeting.pk)

    return enrich


# --- The host's and staff's side


@dataclass(frozen=True)
class Turnout:
    """How many of whom the person sees were there. `rate` is percent of those who are not excused, or None."""

    counts: Counter

    @property
    def late(self) -> int:
        return self.counts[DayStatus.LATE]

    @property
    def absent(self) -> int:
        return self.counts[DayStatus.ABSENT]

    @property
    def attended(self) -> int:
        return sum(self.counts[status] for status in ATTENDED)

    @property
    def asked(self) -> int:
        return self.counts.total() - self.counts[DayStatus.EXCUSED]

    @property
    def rate(self) -> int | None:
        return round(100 * self.attended / self.asked) if self.asked else None


def add_turnouts(user: User) -> Callable[[list[Meeting]], None]:
    """Hangs on each meeting how many were there, as `turnout`, in one query. For the `enrich` of a list page."""

    def enrich(meetings: list[Meeting]) -> None:
        counts: dict[int, Counter] = {meeting.pk: Counter() for meeting in meetings}
        records = meeting_records_visible_to(user).filter(meeting__in=meetings).order_by()
        for pk, status, count in records.values_list("meeting", "status").annotate(count=Count("pk")):
            counts[pk][status] = count
        for meeting in meetings:
            meeting.turnout = Turnout(counts[meeting.pk])

    return enrich


def turnout_of(user: User, meeting: Meeting) -> Turnout:
    add_turnouts(user)([meeting])
    return meeting.turnout


def submitted_count(meeting: Meeting) -> int:
    """How many have attended, all students of the mission counted: the host reads the number, not the names."""
    return meeting.records.filter(status__in=ATTENDED).count()


def taking_part_on(mission: Mission, on: date) -> QuerySet[MissionEnrollment]:
    """Who is asked for on a day: in the mission then, with full access, and able to sign in."""
    return programme.with_people().filter(
        Q(left_on=None) | Q(left_on__gt=on),
        mission=mission,
        access=Access.FULL,
        enrollment__student__is_active=True,
        joined_on__lte=on,
    )


def asked_in(user: User, meeting: Meeting) -> QuerySet[MissionEnrollment]:
    """Those of the students asked for whom the person may see."""
    in_sight = programme.visible_to(user).order_by().values("pk")
    return taking_part_on(meeting.mission, meeting.on).filter(pk__in=in_sight)


def records_in(user: User, meeting: Meeting) -> QuerySet[MeetingRecord]:
    return (
        meeting_records_visible_to(user)
        .filter(meeting=meeting)
        .select_related("mission_enrollment__enrollment__student", "mission_enrollment__mission", "corrected_by")
        .order_by("mission_enrollment__enrollment__student__name", "pk")
    )


def last_meetings(student: MissionEnrollment) -> QuerySet[MeetingRecord]:
    """How a student was in the meetings that took place, the latest first."""
    records = student.meeting_records.exclude(meeting__state=MeetingState.CANCELLED).select_related("meeting")
    return records.order_by("-meeting__starts_at", "-pk")


def meeting_corrections(student: MissionEnrollment, meeting: Meeting) -> QuerySet[Event]:
    """What was set by hand or by a report for this student in this meeting, newest first, with both values."""
    return about(student).filter(verb__in=(CORRECTED, REMOVED), data__meeting=meeting.pk)


# --- Series


def days_of(series: MeetingSeries, first: date, last: date) -> list[date]:
    """The days of the series from `first` to `last`: within it and its mission, and no holidays of the batch."""
    mission = series.mission
    first = max(filter(None, (first, mission.starts_on, series.first_on)))
    last = min(filter(None, (last, mission.ends_on, series.last_on)))
    holidays = set(Holiday.objects.filter(batch=mission.batch_id, on__range=(first, last)).values_list("on", flat=True))
    nearest = first + timedelta(days=(series.weekday - first.isoweekday()) % 7)
    weeks = range(max(0, (last - nearest).days // 7 + 1))
    return [on for on in (nearest + timedelta(weeks=week) for week in weeks) if on not in holidays]


def meetings_of(batch: Batch) -> list[tuple[date, str]]:
    """The days of a batch with a meeting that was not cancelled, each with its title, for the calendar."""
    meetings = with_places().filter(mission__batch=batch).exclude(state=MeetingState.CANCELLED).order_by("starts_at")
    return [(meeting.on, meeting.title) for meeting in meetings]
