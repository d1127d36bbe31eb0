from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from sms.attendance.models import LateTap
from sms.core.columns import FragmentColumn, StateColumn, StudentColumn
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
