import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from sms.core.list_page import Table
from sms.outreach.models import Call, CallEntry, FollowUp


class CallTable(Table):
    student = tables.TemplateColumn(
        "{% person record.entry.mission_enrollment.student detail=record.entry.mission_enrollment.mission.title href=record.entry.mission_enrollment.get_absolute_url %}",
        verbose_name=_("Student"),
        accessor="entry__mission_enrollment__enrollment__student__name",
    )
    outcome = tables.TemplateColumn(
        template_name="outreach/outcome.html", verbose_name=_("Outcome"), attrs={"td": {"class": "state"}}
    )
    caller = tables.Column(_("Caller"), order_by="caller__name")
    notes = tables.Column(_("Notes"), orderable=False, attrs={"td": {"class": "prose"}})
    started_at = tables.TemplateColumn("{% when value %}", verbose_name=_("Time"))

    class Meta(Table.Meta):
        model = Call
        fields = ("student", "outcome", "caller", "notes", "started_at")

    def value_student(self, value: str) -> str:
        return value

    def value_outcome(self, record: Call) -> str:
        return record.get_outcome_display()

    def value_started_at(self, value: object) -> object:
        return value


class WaitingTable(Table):
    student = tables.TemplateColumn(
        "{% person record.mission_enrollment.student detail=record.mission_enrollment.mission.title href=record.mission_enrollment.get_absolute_url %}",
        verbose_name=_("Student"),
        accessor="mission_enrollment__enrollment__student__name",
    )
    reasons = tables.TemplateColumn(template_name="outreach/reasons.html", verbose_name=_("Why"), orderable=False)
    attempts = tables.Column(_("Attempts"), attrs={"td": {"class": "number"}, "th": {"class": "number"}})
    due_at = tables.TemplateColumn(template_name="outreach/due.html", verbose_name=_("Due"))
    leased_by = tables.TemplateColumn(
        template_name="outreach/holder.html", verbose_name=_("With"), order_by="leased_by__name", empty_values=()
    )

    class Meta(Table.Meta):
        model = CallEntry
        fields = ("student", "reasons", "attempts", "due_at", "leased_by")

    def value_student(self, value: str) -> str:
        return value

    def value_reasons(self, value: list[str]) -> str:
        return "; ".join(value)

    def value_due_at(self, value: object) -> object:
        return value

    def value_leased_by(self, record: CallEntry) -> str:
        return str(record.leased_by or "")


class FollowUpTable(Table):
    student = tables.TemplateColumn(
        "{% person record.call.entry.mission_enrollment.student detail=record.call.entry.mission_enrollment.mission.title href=record.call.entry.mission_enrollment.get_absolute_url %}",
        verbose_name=_("Student"),
        accessor="call__entry__mission_enrollment__enrollment__student__name",
    )
    notes = tables.Column(_("From the call"), accessor="call__notes", orderable=False)
    due_at = tables.TemplateColumn("{% when value %}", verbose_name=_("Due"), attrs={"td": {"class": "state"}})
    finish = tables.TemplateColumn(
        template_name="outreach/finish.html",
        verbose_name="",
        orderable=False,
        empty_values=(),
        exclude_from_export=True,
        attrs={"td": {"class": "actions"}},
    )

    class Meta(Table.Meta):
        model = FollowUp
        fields = ("student", "notes", "due_at", "finish")

    def value_student(self, value: str) -> str:
        return value

    def value_due_at(self, value: object) -> object:
        return value
