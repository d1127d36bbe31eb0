import django_tables2 as tables
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.core.columns import FragmentColumn, NumberColumn, StateColumn, WhenColumn
from sms.core.list_page import Table
from sms.points.models import DriftReport, LedgerEntry
from sms.points.sources import all_kinds, source_of


def rule_of(entry: LedgerEntry) -> str:
    """The rule that an entry follows from, in words; empty where none could be set."""
    kind = all_kinds()[entry.kind]
    if not kind.is_ruled:
        return ""
    if entry.rule is None:
        return _("%(kind)s: as usual") % {"kind": kind.title}
    words = {"kind": kind.title, "rule": kind.worded(entry.rule.points)}
    if entry.rule.effective_from is None:
        return _("%(kind)s: %(rule)s") % words
    words["day"] = date_format(entry.rule.effective_from, "j M Y")
    return _("%(kind)s: %(rule)s from %(day)s") % words


class LedgerTable(Table):
    what = tables.Column(gettext_lazy("What"), accessor="reference", order_by=("reference", "pk"))
    points = StateColumn(
        "points/change_cell.html", verbose_name=gettext_lazy("Points"), plain=lambda entry: entry.points
    )
    rule = tables.Column(gettext_lazy("Rule"), accessor="kind")
    cause = tables.Column(gettext_lazy("Cause"))
    # On screen the cause names the person; a file has a column for each.
    actor = tables.Column(gettext_lazy("By"), accessor="actor__name", empty_values=(), visible=False)
    created_at = WhenColumn(verbose_name=gettext_lazy("Booked"), order_by=("created_at", "pk"))

    class Meta(Table.Meta):
        model = LedgerEntry
        fields = ("what", "points", "rule", "cause", "actor", "created_at")

    def render_what(self, record: LedgerEntry) -> str:
        return source_of(record).explain(record)

    def render_cause(self, record: LedgerEntry) -> str:
        cause = record.get_cause_display()
        return _("%(cause)s, by %(name)s") % {"cause": cause, "name": record.actor.name} if record.actor else cause

    def value_cause(self, record: LedgerEntry) -> str:
        return record.get_cause_display()

    def render_rule(self, record: LedgerEntry) -> str:
        return rule_of(record) or "–"

    def value_rule(self, record: LedgerEntry) -> str:
        return rule_of(record)

    def value_actor(self, record: LedgerEntry) -> str:
        return record.actor.name if record.actor else ""


class DriftTable(Table):
    started_at = WhenColumn(verbose_name=gettext_lazy("Checked"), order_by=("started_at", "pk"))
    state = StateColumn(
        "points/drift_state.html",
        verbose_name=gettext_lazy("Result"),
        accessor="entries",
        plain=lambda report: report.entries,
    )
    missions = FragmentColumn(
        "points/drifted_missions.html",
        verbose_name=gettext_lazy("Missions"),
        orderable=False,
        empty_values=(),
        plain=lambda report: ", ".join(f"{each.mission.title}: {each.entries}" for each in report.missions.all()),
    )
    students = NumberColumn(gettext_lazy("Students"))
    took = NumberColumn(gettext_lazy("Took"), accessor="seconds", orderable=False)

    class Meta(Table.Meta):
        model = DriftReport
        fields = ("started_at", "state", "missions", "students", "took")

    def render_took(self, value: float) -> str:
        return _("%(n).1f s") % {"n": value}

    def value_took(self, value: float) -> float:
        return value
