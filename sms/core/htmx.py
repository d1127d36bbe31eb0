"""Small help for views that answer HTMX with a fragment and everyone else with a page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

INVALID = 422


def done(request: HttpRequest, sentence: str, to: str) -> HttpResponseBase:
    """Says what happened and goes on: HTMX is sent to the page as a whole."""
    messages.success(request, sentence)
    return HttpResponseClientRedirect(to) if request.htmx else redirect(to)


def refused(request: HttpRequest, sentence: str, to: str) -> HttpResponseBase:
    """Says why it was not done, on the page that the person came from."""
    if request.htmx:
        return toast(HttpResponse(status=204), sentence, "error")
    messages.error(request, sentence)
    return redirect(to)


def toast(response: HttpResponse, sentence: str, level: str = "success") -> HttpResponse:
    """Has the page show the sentence for a moment and read it out."""
    return trigger_client_event(response, "toast", {"message": sentence, "level": level})
