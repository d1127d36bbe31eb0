"""What happens around every request: a database that is away, and a person who is not signed in."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.deprecation import MiddlewareMixin
from django_htmx.http import HttpResponseClientRedirect

from sms.core.errors import database_unavailable, is_database_unavailable, is_fragment

View = Callable[..., HttpResponseBase]


class DatabaseUnavailableMiddleware(MiddlewareMixin):
    """A view that cannot reach the database answers 503, and the next request tries again.

    Where it fails outside of a view, in another middleware, `sms.core.errors.server_error` says the same.
    """

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return database_unavailable(request) if is_database_unavailable(exception) else None


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Everything asks for a sign-in but views marked with `login_not_required`.

    A fragment whose session has expired leads the whole page to the sign-in form, and from there back to the page.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: View) -> HttpResponseBase:
        if not is_fragment(request):
            return super().handle_no_permission(request, view_func)
        sign_in = resolve_url(self.get_login_url(view_func))
        page = request.htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(f"{sign_in}?{urlencode({self.get_redirect_field_name(view_func): page})}")
