"""The site's own error pages, templates/errors/<status>.html; a fragment gets one sentence instead of a page.

The pages of 500 and 503 are rendered without the request, so that nothing in them asks for the database.
"""

import logging
import sys
from collections.abc import Callable

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _

RETRY_AFTER = 5  # seconds

# Classes and codes of SQLSTATE that say "not now", in contrast to a deadlock or a cancelled statement.
UNAVAILABLE_CLASS = "08"
UNAVAILABLE_STATES = {"53300", "57P01", "57P02", "57P03"}

Handler = Callable[..., HttpResponse]

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response(request, 400, _("We could not read what your browser sent. Reload the page and try again."))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response(request, 403, _("You do not have permission to do this."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_response(request, 403, _("This page is out of date. Reload it and try again."))


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response(request, 404, _("There is nothing here, or it is not for you to see."))


def too_many_requests(request: HttpRequest) -> HttpResponse:
    return error_response(request, 429, _("That was too often. Wait a few minutes and try again."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Also answers for a database that fails outside of a view, where no middleware sees the exception."""
    if is_database_unavailable(sys.exc_info()[1]):
        return database_unavailable(request)
    return error_response(request, 500, _("Something went wrong on our side. Try again in a moment."), bare=True)


def database_unavailable(request: HttpRequest) -> HttpResponse:
    logger.warning("The database is unavailable: %s %s answered 503.", request.method, request.path)
    sentence = _("The site cannot reach its database. Nothing was saved; try again in a few seconds.")
    response = error_response(request, 503, sentence, bare=True)
    response["Retry-After"] = str(RETRY_AFTER)
    # Django would log it as an error, and records of errors are kept in the database.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def is_database_unavailable(error: BaseException | None) -> bool:
    """True when the connection failed rather than the statement."""
    while error is not None and not isinstance(error, DatabaseError | InterfaceError):
        error = error.__cause__ or error.__context__
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    cause = error.__cause__
    state = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    return state is None or state.startswith(UNAVAILABLE_CLASS) or state in UNAVAILABLE_STATES


def error_response(request: HttpRequest, status: int, sentence: str, *, bare: bool = False) -> HttpResponse:
    """`bare` leaves the request and its context processors out of the page."""
    if is_fragment(request):
        return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    template = f"errors/{status}.html"
    if not bare:
        return render(request, template, {"sentence": sentence}, status=status)
    return HttpResponse(bare_page(template, sentence), status=status)


def bare_page(template: str, sentence: str) -> str:
    """The page, or the sentence alone where the page itself is what fails."""
    try:
        return loader.get_template(template).render({"sentence": sentence})
    except Exception:
        logger.exception("The page %s cannot be shown.", template)
        return sentence


def is_fragment(request: HttpRequest) -> bool:
    """Asked of the headers: the request may have failed before django_htmx saw it."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
