"""Whom of a mission the people of a report are, and what the report makes of them.

An address decides. A name alone never does: it only suggests a student, and a person says whether that is right.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sms.attendance.choices import DayStatus
from sms.attendance.models import Meeting, MeetingRecord
from sms.attendance.queries import status_at, taking_part_on
from sms.data_exchange.cells import CLEAR
from sms.data_exchange.meeting_reports import Attendee, Report, Stay, joined_at, seconds_present
from sms.programme.models import MissionEnrollment

FAR_FROM_START = timedelta(hours=3)


@dataclass(frozen=True)
class Suggestion:
    """Somebody of the report whom no address tells: the place in the report, and the only student of that name."""

    place: int
    attendee: Attendee
    student: MissionEnrollment | None

    @property
    def minutes(self) -> int:
        return round(seconds_present(self.attendee.stays) / 60)


@dataclass(frozen=True)
class Matched:
    """`known` are found by their address. `is_far` says that the report is hardly one of this meeting."""

    meeting: Meeting
    known: dict[int, list[Stay]]  # by the key of the mission enrollment
    students: dict[int, MissionEnrollment]
    unknown: list[Suggestion]
    is_far: bool
    begins: datetime | None

    @property
    def suggested(self) -> list[Suggestion]:
        return [each for each in self.unknown if each.student]

    @property
    def strangers(self) -> list[Suggestion]:
        return [each for each in self.unknown if not each.student]

    @property
    def needs_answers(self) -> bool:
        return bool(self.unknown) or self.is_far

    def rows(self, confirmed: Collection[int], *, is_complete: bool) -> Iterator[dict[str, Any]]:
        """The rows of the import: of those known, of the suggestions in the `confirmed` places and, where the report
        is complete, of everyone else who has no record yet, as absent.
        """
        stays: dict[int, list[Stay]] = defaultdict(list, {pk: list(each) for pk, each in self.known.items()})
        for suggestion in self.suggested:
            if suggestion.place in confirmed:
                stays[suggestion.student.pk] += suggestion.attendee.stays
        for pk, each in stays.items():
            yield self._row(pk, each)
        if is_complete:
            recorded = MeetingRecord.objects.filter(meeting=self.meeting).values_list("mission_enrollment", flat=True)
            for pk in self.students.keys() - stays.keys() - set(recorded):
                yield self._key(pk) | {"status": DayStatus.ABSENT.value}

    def _key(self, pk: int) -> dict[str, str]:
        mission = self.meeting.mission
        return {
            "email": self.students[pk].student.email,
            "batch": mission.batch.code,
            "mission": mission.code,
            "meeting": self.meeting.local_start,
        }

    def _row(self, pk: int, stays: list[Stay]) -> dict[str, Any]:
        joined = joined_at(stays)
        length = (self.meeting.ends_at - self.meeting.starts_at).total_seconds()
        seconds = seconds_present(stays)
        if joined is None:
            seconds = min(seconds, length)  # of stays without times nobody knows whether they overlap
        return self._key(pk) | {
            "status": self._status(seconds / length, joined).value,
            "minutes": str(round(seconds / 60)),
            "joined_at": joined.astimezone(self.meeting.zone).isoformat(sep=" ") if joined else "",
            "reason": CLEAR,  # what a report says is no correction, so the reason of one goes
        }

    def _status(self, share: float, joined: datetime | None) -> DayStatus:
        if 100 * share < self.meeting.least_percent:
            return DayStatus.ABSENT
        return status_at(self.meeting, joined) if joined else DayStatus.PRESENT


def match(report: Report, meeting: Meeting) -> Matched:
    """Looks for the people of the report among those who were asked to be there. The host is none of them."""
    asked = taking_part_on(meeting.mission, meeting.on).select_related("enrollment__student__student_profile")
    students = {student.pk: student for student in asked}
    by_email = {student.student.email: pk for pk, student in students.items()}
    by_name: dict[str, list[int]] = defaultdict(list)
    for pk, student in students.items():
        by_name[student.student.name.casefold()].append(pk)
    hosts = {report.host.strip().lower(), meeting.host.email if meeting.host else ""} - by_email.keys()
    known: dict[int, list[Stay]] = {}
    unknown = []
    for place, attendee in enumerate(report.attendees):
        if attendee.email in by_email:
            known[by_email[attendee.email]] = attendee.stays
        elif not attendee.email or attendee.email not in hosts:
            named = {pk for name in attendee.names for pk in by_name.get(name.casefold(), ())}
            only = students[named.pop()] if len(named) == 1 else None
            unknown.append(Suggestion(place, attendee, only))
    is_far = report.begins is not None and abs(report.begins - meeting.starts_at) > FAR_FROM_START
    return Matched(meeting, known, students, unknown, is_far, report.begins)
