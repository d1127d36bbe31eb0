from datetime import timedelta

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.attendance.models import ExcuseRequest, LateTap
from sms.core.columns import FragmentColumn, PersonColumn, StateColumn, StudentColumn, WhenColumn
from sms.core.list_page import Table


class LateTapTable(Table):
    """Who tapped when by their word, and when it arrived."""

    student = StudentColumn(through="mission_enrollment", verbose_name=_("Student"))
    state = StateColumn("attendance/tap_state.html", verbose_name=_("State"), plain=lambda tap: tap.get_state_display())
    claimed_at = FragmentColumn(
        "attendance/tap_claim.html", verbose_name=_("Tapped"), plain=lambda tap: tap.claimed_at.isoformat()
    )
    worth = FragmentColumn(
        "attendance/tap_worth.html",
        verbose_name=_("Would count as"),
        orderable=False,
        empty_values=(),
        plain=lambda tap: tap.worth.label if tap.worth else "",
    )
    received_at = FragmentColumn(
        "attendance/tap_arrival.html", verbose_name=_("Arrived"), plain=lambda tap: tap.received_at.isoformat()
    )
    clock = FragmentColumn(
        "attendance/tap_clock.html",
        verbose_name=_("Clock of the device"),
        orderable=False,
        empty_values=(),
        plain=lambda tap: round(tap.clock_offset / timedelta(minutes=1)),
    )
    answer = FragmentColumn("attendance/tap_answer.html", verbose_name=_("Answer"), orderable=False, empty_values=())

    class Meta(Table.Meta):
        model = LateTap
        fields = ("student", "state", "claimed_at", "worth", "received_at", "clock", "answer")
        order_by = ("received_at", "pk")


class ExcuseTable(Table):
    """What students ask for, and the answer."""

    student = PersonColumn(
        lambda record: {
            "shown": record.mission_enrollment.enrollment.student,
            "detail": record.mission_enrollment.mission.title,
            "page": record.get_absolute_url(),
        },
        verbose_name=_("Student"),
        order_by=("mission_enrollment__enrollment__student__name", "pk"),
    )
    first = tables.DateColumn("D j M", verbose_name=_("First day"))
    last = tables.DateColumn("D j M", verbose_name=_("Last day"))
    reason = tables.Column(verbose_name=_("Reason"), orderable=False)
    asked_at = WhenColumn(verbose_name=_("Asked"))
    state = FragmentColumn(
        "attendance/excuse_state_cell.html",
        verbose_name=_("State"),
        plain=lambda record: record.get_state_display(),
    )

    class Meta(Table.Meta):
        model = ExcuseRequest
        fields = ("student", "first", "last", "reason", "asked_at", "state")
