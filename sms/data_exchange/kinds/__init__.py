"""The kinds of import and export, in the order in which a programme is filled: each refers only to those before it."""

from sms.data_exchange.kinds.assignments import AssignmentKind, SubmissionKind
from sms.data_exchange.kinds.attendance import AttendanceKind
from sms.data_exchange.kinds.base import Kind
from sms.data_exchange.kinds.extensions import ExtensionKind
from sms.data_exchange.kinds.meetings import MeetingRecordKind
from sms.data_exchange.kinds.mentoring import MentorAssignmentKind
from sms.data_exchange.kinds.outreach import CallKind
from sms.data_exchange.kinds.people import StaffKind, StudentKind
from sms.data_exchange.kinds.programme import EnrollmentKind, MissionKind

KINDS: dict[str, type[Kind]] = {
    kind.key: kind
    for kind in (
        StaffKind,
        StudentKind,
        MissionKind,
        EnrollmentKind,
        MentorAssignmentKind,
        AssignmentKind,
        AttendanceKind,
        MeetingRecordKind,
        SubmissionKind,
        ExtensionKind,
        CallKind,
    )
}
