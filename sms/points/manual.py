"""Points given by hand: a source of the points app itself, and how much each role may give."""

from collections.abc import Collection, Mapping

from django.db.models import CharField, DateField, DateTimeField, F, Func, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sms.authorization import roles
from sms.points.models import LedgerEntry, ManualPoints
from sms.points.sources import Kind, PointsSource
from sms.programme.models import MissionEnrollment

KIND = "manual.points"

# How many points one person may give to, or take from, one student of a mission in all. A mentor knows few students
# well, an SRE mends what went wrong, a manager answers for the programme. A role that is not named gets LEAST,
# and whoever may do everything (None) is held by nothing but the reason that stands beside it.
LIMITS: dict[str, int | None] = {roles.ADMIN: None, roles.MANAGER: 200, roles.SRE: 50, roles.MENTOR: 20}
LEAST = 20


def events(mission_enrollments: QuerySet[MissionEnrollment]) -> QuerySet:
    """Each row is an event, what was taken back as well as the taking back."""
    local = Func(
        F("mission_enrollment__mission__batch__timezone"), F("at"), function="TIMEZONE", output_field=DateTimeField()
    )
    return ManualPoints.objects.filter(mission_enrollment__in=mission_enrollments).annotate(
        reference=Cast(F("pk"), CharField()),
        kind_key=Value(KIND),
        day=Cast(local, DateField()),
        amount=F("points"),
        by=F("actor"),
    )


def look_up(references: Collection[str]) -> Mapping[str, ManualPoints]:
    rows = ManualPoints.objects.filter(pk__in=[int(reference) for reference in references])
    return {str(row.pk): row for row in rows.select_related("actor")}


def explain(entry: LedgerEntry) -> str:
    given: ManualPoints = entry.found or look_up([entry.reference])[entry.reference]
    words = {"name": given.actor.name, "reason": given.reason}
    if given.withdraws_id:
        return _("%(name)s took points back that were given by hand: %(reason)s") % words
    if given.points > 0:
        return _("%(name)s gave points by hand: %(reason)s") % words
    return _("%(name)s took points by hand: %(reason)s") % words


MANUAL = PointsSource(
    key="points.manual",
    kinds={KIND: Kind(gettext_lazy("Given by hand"), 1, is_ruled=False)},
    events=events,
    explain=explain,
    title=gettext_lazy("Given by hand"),
    look_up=look_up,
)
