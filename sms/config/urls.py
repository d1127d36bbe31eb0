"""Every address of the site (interface.md, "Addresses")."""

from django.urls import include, path, register_converter

from sms.core.converters import IsoDateConverter
from sms.developer.views import healthz

register_converter(IsoDateConverter, "isodate")

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("sms.dashboards.urls")),
    path("", include("sms.programme.urls")),
    path("", include("sms.mentoring.urls")),
    path("", include("sms.attendance.urls")),
    path("", include("sms.points.urls")),
    path("", include("sms.assignments.urls")),
    path("", include("sms.risk.urls")),
    path("", include("sms.outreach.urls")),
    path("", include("sms.data_exchange.urls")),
    path("", include("sms.authorization.urls")),
    path("audit/", include("sms.audit.urls")),
    path("developer/", include("sms.developer.urls")),
    path("accounts/", include("sms.accounts.urls")),
    path("accounts/", include("allauth.urls")),
]

handler400 = "sms.core.errors.bad_request"
handler403 = "sms.core.errors.permission_denied"
handler404 = "sms.core.errors.page_not_found"
handler429 = "sms.core.errors.too_many_requests"
handler500 = "sms.core.errors.server_error"
