"""Signing in is asked for everywhere, and errors answer in the form that was asked for."""

import pytest
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from sms.core import errors
from sms.core.middleware import DatabaseUnavailableMiddleware, SignInRequiredMiddleware

HTMX = {"HX-Request": "true"}


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


def anonymous_request(path: str, **headers: str) -> HttpRequest:
    request = RequestFactory().get(path, headers=headers)
    request.user = AnonymousUser()
    request.htmx = HtmxDetails(request)
    return request


def ask_for_sign_in(request: HttpRequest) -> HttpResponse | None:
    return SignInRequiredMiddleware(page).process_view(request, page, (), {})


def test_a_page_redirects_to_the_sign_in_form_and_back() -> None:
    response = ask_for_sign_in(anonymous_request("/batches/?page=2"))
    assert (response.status_code, response["Location"]) == (302, f"{sign_in_address()}?next=/batches/%3Fpage%3D2")


def test_a_fragment_leads_the_whole_page_to_the_sign_in_form_and_back_to_the_page() -> None:
    request = anonymous_request("/points/7/row/", **HTMX, **{"HX-Current-URL": "http://testserver/points/?q=a%26b"})
    response = ask_for_sign_in(request)
    assert (response.status_code, response.content, response["HX-Redirect"]) == (
        200,
        b"",
        f"{sign_in_address()}?next=%2Fpoints%2F%3Fq%3Da%2526b",
    )


def test_a_fragment_of_another_site_does_not_lead_there() -> None:
    request = anonymous_request("/points/", **HTMX, **{"HX-Current-URL": "https://evil.example/points/"})
    assert ask_for_sign_in(request)["HX-Redirect"] == f"{sign_in_address()}?next=%2F"


def test_a_boosted_link_is_a_page() -> None:
    assert ask_for_sign_in(anonymous_request("/points/", **HTMX, **{"HX-Boosted": "true"})).status_code == 302


def test_a_public_view_is_open() -> None:
    public = login_not_required(lambda request: HttpResponse())
    assert SignInRequiredMiddleware(public).process_view(anonymous_request("/"), public, (), {}) is None


def test_a_view_without_database_answers_503() -> None:
    middleware = DatabaseUnavailableMiddleware(page)
    request = RequestFactory().get("/")
    response = middleware.process_exception(request, OperationalError("connection refused"))
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert middleware.process_exception(request, ValueError()) is None


@pytest.mark.parametrize(
    ("handler", "status"),
    [
        (errors.bad_request, 400),
        (errors.permission_denied, 403),
        (errors.csrf_failure, 403),
        (errors.page_not_found, 404),
        (errors.too_many_requests, 429),
        (errors.server_error, 500),
        (errors.database_unavailable, 503),
    ],
)
def test_a_fragment_gets_a_sentence_instead_of_a_page(handler: errors.Handler, status: int) -> None:
    response = handler(RequestFactory().get("/", headers=HTMX))
    assert (response.status_code, response["Content-Type"]) == (status, "text/plain; charset=utf-8")
    sentence = response.content.decode()
    assert (sentence[-1], "<" in sentence) == (".", False)


@pytest.mark.parametrize(("handler", "status"), [(errors.server_error, 500), (errors.database_unavailable, 503)])
def test_the_pages_of_our_own_failures_need_no_database(handler: errors.Handler, status: int) -> None:
    """Without the django_db mark any query fails."""
    response = handler(RequestFactory().get("/"))
    assert (response.status_code, b"</html>" in response.content) == (status, True)


def sign_in_address() -> str:
    return resolve_url("account_login")
