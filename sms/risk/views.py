"""Who is falling behind, as a list that can be filtered, sorted, exported and put on the call list."""

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sms.attendance.queries import add_strips
from sms.core.access import requires
from sms.core.list_page import Empty, list_page
from sms.mentoring.queries import with_mentors
from sms.programme.queries import student_search
from sms.risk import queries
from sms.risk.choices import RULES, WINDOW_DAYS, RiskLabel
from sms.risk.filters import LowPerformerFilter
from sms.risk.tables import LowPerformerTable


@require_safe
@requires("risk.view_low_performers")
def low_performers(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        title=_("Falling behind"),
        subtitle=_("By attendance of the last %(days)d days in running missions.") % {"days": WINDOW_DAYS},
        queryset=with_mentors(queries.low_performers(request.user)),
        table_class=LowPerformerTable,
        filterset_class=LowPerformerFilter,
        search_fields=student_search(request.user, "enrollment__student__"),
        empty=Empty(_("Everyone is on track"), _("Nobody matches the criteria today."), icon="circle-check"),
        export_name="falling-behind",
        enrich=add_strips,
        template="risk/low_performers.html",
        context={"rules": [(RiskLabel(label), below, in_a_row) for label, below, in_a_row in RULES]},
    )
