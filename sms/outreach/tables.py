import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.core.columns import ActionsColumn, FragmentColumn, NumberColumn, StateColumn, StudentColumn, WhenColumn
from sms.core.list_page import Table
from sms.outreach.models import Call, CallEntry, FollowUp


class CallTable(Table):
    student = StudentColumn(through="entry__mission_enrollment", verbose_name=_("Student"))
    outcome = StateColumn("outreach/outcome.html", verbose_name=_("Outcome"), plain=Call.get_outcome_display)
    caller = tables.Column(_("Caller"), order_by="caller__name")
    notes = tables.Column(_("Notes"), orderable=False, attrs={"td": {"class": "prose"}})
    started_at = WhenColumn(verbose_name=_("Time"))

    class Meta(Table.Meta):
        model = Call
        fields = ("student", "outcome", "caller", "notes", "started_at")


class WaitingTable(Table):
    student = StudentColumn(through="mission_enrollment", verbose_name=_("Student"))
    reasons = FragmentColumn(
        "outreach/reasons.html", verbose_name=_("Why"), orderable=False, plain=lambda entry: "; ".join(entry.reasons)
    )
    attempts = NumberColumn(_("Attempts"))
    due_at = FragmentColumn("outreach/due.html", verbose_name=_("Due"))
    leased_by = FragmentColumn(
        "outreach/holder.html",
        verbose_name=_("With"),
        order_by="leased_by__name",
        plain=lambda entry: str(entry.leased_by or ""),
    )

    class Meta(Table.Meta):
        model = CallEntry
        fields = ("student", "reasons", "attempts", "due_at", "leased_by")


class FollowUpTable(Table):
    student = StudentColumn(through="call__entry__mission_enrollment", verbose_name=_("Student"))
    notes = tables.Column(_("From the call"), accessor="call__notes", orderable=False)
    due_at = WhenColumn(verbose_name=_("Due"))
    finish = ActionsColumn("outreach/finish.html", verbose_name="")

    class Meta(Table.Meta):
        model = FollowUp
        fields = ("student", "notes", "due_at", "finish")
