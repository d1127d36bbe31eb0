"""Who may open a view.

Signing in is asked for everywhere by `SignInRequiredMiddleware`. On top of that each view names
the permission it needs with `@requires`, or says with `@for_everyone_signed_in` why it needs none.
Two sweeps in tests/architecture/ read the marks that these decorators leave.
"""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def requires(*permissions: str) -> Callable[[View], View]:
    """Lets in whoever holds at least one of the permissions; everyone else gets 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not any(request.user.has_perm(permission) for permission in permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.required_permissions = permissions
        return guarded

    return decorate


def for_everyone_signed_in(reason: str) -> Callable[[View], View]:
    """Marks a view that asks for no permission beyond a sign-in, with the reason."""

    def decorate(view: View) -> View:
        view.required_permissions = ()
        view.open_to_signed_in_because = reason
        return view

    return decorate
