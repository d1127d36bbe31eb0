"""The audit list, for those who may read it."""

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sms.audit import queries
from sms.audit.filters import EventFilter, SignInFilter
from sms.audit.tables import EventTable, SignInTable
from sms.core.access import requires
from sms.core.list_page import Empty, list_page


@require_safe
@requires("audit.view_events")
def events(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        title=_("Audit"),
        subtitle=_("What was done, by whom, to what. Nothing here can be changed or deleted."),
        queryset=queries.events(),
        table_class=EventTable,
        filterset_class=EventFilter,
        search_fields=("actor_name", "verb", "subject_label"),
        empty=Empty(
            _("Nothing has been done yet"), _("Whatever people do on this site is listed here."), icon="history"
        ),
        export_name="audit",
    )


@require_safe
@requires("audit.view_events")
def sign_ins(request: HttpRequest) -> HttpResponseBase:
    return list_page(
        request,
        title=_("Sign-ins"),
        subtitle=_("Who signed in or out, and who tried to."),
        queryset=queries.sign_ins(),
        table_class=SignInTable,
        filterset_class=SignInFilter,
        search_fields=("actor_name", "data__email", "data__ip"),
        empty=Empty(
            _("Nobody has signed in yet"), _("Sign-ins and failed attempts are listed here."), icon="key-round"
        ),
        export_name="sign-ins",
    )
