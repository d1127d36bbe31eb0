import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.attendance.models import Meeting, MeetingRecord
from sms.core.columns import (
    NUMBER,
    ActionsColumn,
    FragmentColumn,
    NumberColumn,
    StateColumn,
    StudentColumn,
    WhenColumn,
)
from sms.core.list_page import Table


def own_status(meeting: Meeting) -> str:
    return meeting.own.get_status_display() if meeting.own else ""


class OwnMeetingTable(Table):
    """For a student: with how they were there."""

    title = FragmentColumn("attendance/meeting_title_cell.html", verbose_name=_("Meeting"))
    own = StateColumn(
        "attendance/own_record_cell.html",
        verbose_name=_("You"),
        orderable=False,
        empty_values=(),
        accessor="pk",
        plain=own_status,
    )
    mission = tables.Column(_("Mission"), order_by=("mission__order", "starts_at"))
    starts_at = WhenColumn(verbose_name=_("Starts"))

    class Meta(Table.Meta):
        model = Meeting
        fields = ("title", "own", "mission", "starts_at")


class MeetingTable(Table):
    """For hosts and staff: with how many of whom they see were there."""

    title = FragmentColumn("attendance/meeting_title_cell.html", verbose_name=_("Meeting"))
    state = StateColumn("attendance/meeting_state_cell.html", verbose_name=_("State"), plain=Meeting.get_state_display)
    mission = tables.Column(_("Mission"), order_by=("mission__order", "starts_at"))
    starts_at = WhenColumn(verbose_name=_("Starts"))
    host = tables.Column(_("Host"), order_by=("host__name",), default="–")
    attended = NumberColumn(_("There"), accessor="turnout__attended", orderable=False)
    rate = FragmentColumn(
        "attendance/rate_cell.html",
        verbose_name=_("Rate"),
        accessor="turnout__rate",
        orderable=False,
        attrs=NUMBER,
        empty_values=(),
        plain=lambda meeting: meeting.turnout.rate,
    )

    class Meta(Table.Meta):
        model = Meeting
        fields = ("title", "state", "mission", "starts_at", "host", "attended", "rate")


class MeetingRecordTable(Table):
    student = StudentColumn(through="mission_enrollment", verbose_name=_("Student"))
    status = StateColumn(
        "attendance/meeting_status_cell.html", verbose_name=_("Status"), plain=MeetingRecord.get_status_display
    )
    submitted_at = WhenColumn(verbose_name=_("Submitted"))
    joined_at = WhenColumn(verbose_name=_("Joined"))
    minutes = NumberColumn(_("Minutes"))
    reason = tables.Column(_("Reason"))

    class Meta(Table.Meta):
        model = MeetingRecord
        fields = ("student", "status", "submitted_at", "joined_at", "minutes", "reason")


class HostedRecordTable(MeetingRecordTable):
    """For whoever may correct."""

    correct = ActionsColumn("attendance/meeting_record_actions.html", verbose_name=_("Correct"))

    class Meta(MeetingRecordTable.Meta):
        fields = (*MeetingRecordTable.Meta.fields, "correct")
